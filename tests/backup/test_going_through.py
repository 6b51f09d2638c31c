"""Yesterday's backup restored: what was done since is in papers and hands, and QA goes through it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bank.models import Vial
from lims.bank.rules import VialStanding
from lims.bedside.actions import VerifyBag, verify_bag
from lims.demonstration import making, treating
from lims.dispatch.restored import AcceptCopy, InUse, accept_copy
from lims.identifiers.numbers import Kind, counted_number
from lims.orders.models import TreatmentNumber
from lims.trial.models import Participant
from lims.trust.installation import Site
from lims.trust.trail.copies import restored_from
from tests.backup.conftest import vault_of
from tests.backup.test_backup import restored
from tests.support.scene_fixtures import Scene, received
from tests.support.scenes import codes
from tests.support.worlds import World

__all__ = ["received"]


@pytest.fixture
def yesterday(received: Scene, tmp_path: Path) -> Iterator[tuple[World, World, Scene]]:
    """The ward with a bag for each; a backup; then one is infused and somebody randomised."""
    world, cells, _ = received
    vault = vault_of(world, tmp_path / "backups")
    vault.take()
    treating.ended(world.story, treating.verified(world.story, world.participants[0], cells.bag))
    world.participants.append(treating.randomised(world.story, "P9", "H-9"))
    site = restored(vault, f"sqlite:///{tmp_path / 'again.sqlite'}")
    old = World(world.story.__class__(site, world.clock), world.stores, world.participants)
    yield world, old, received
    site.engine.dispose()


def anchor(site: Site) -> str:
    with site.reading() as session:
        return restored_from(session.connection())


def treatment_of(world: World, participant: str) -> str:
    with world.site.reading() as session:
        return str(session.get_one(Participant, participant).treatment)


def accepted(old: World, **found: tuple[str, ...]) -> InUse:
    wanted = AcceptCopy(anchor(old.site), "the papers of the day", **found)
    done = old.story.do("qiu", accept_copy, wanted, "ada")
    assert isinstance(done, InUse)
    return done


def standing(world: World, bag: str) -> BagStanding:
    with world.site.reading() as session:
        return session.get_one(Bag, bag).standing


def test_the_bag_that_was_given_since_gets_no_second_go(
    yesterday: tuple[World, World, Scene],
) -> None:
    _, old, (_, cells, other) = yesterday
    given, person = cells.bag, old.participants[0]
    assert codes(old, "nora", verify_bag, VerifyBag(person, given)) == {"older-copy"}
    page = old.client("qiu").get("/dispatch/restored").text
    assert given in page
    assert other.bag in page

    done = accepted(old, bags=(other.bag,))
    assert done.withdrawn == (given,)
    assert standing(old, given) is BagStanding.WITHDRAWN
    assert standing(old, other.bag) is BagStanding.RECEIVED
    assert old.story.do("nora", verify_bag, VerifyBag(person, given)).word == "STOP"
    go = VerifyBag(old.participants[1], other.bag)
    assert old.story.do("nora", verify_bag, go).word == "GO"
    assert anchor(old.site) == ""


def test_who_was_randomised_since_gets_the_same_number_again(
    yesterday: tuple[World, World, Scene],
) -> None:
    world, old, _ = yesterday
    on_paper = treatment_of(world, world.participants[-1])
    accepted(old, treatments=(on_paper,))
    again = treating.randomised(old.story, "P9", "H-9")
    assert treatment_of(old, again) == on_paper


def test_a_treatment_number_that_papers_skip_is_looked_for_first(
    yesterday: tuple[World, World, Scene],
) -> None:
    _, old, _ = yesterday
    with old.site.reading() as session:
        left = select(TreatmentNumber.number).where(TreatmentNumber.taken.is_(False))
        second = session.scalars(left.order_by(TreatmentNumber.sequence)).all()[1]
    skipping = AcceptCopy(anchor(old.site), "the papers of the day", treatments=(second,))
    assert "treatment-gap" in codes(old, "qiu", accept_copy, skipping, "ada")
    stranger = AcceptCopy(anchor(old.site), "the papers", treatments=("LMT0000000000",))
    assert "not-in-register" in codes(old, "qiu", accept_copy, stranger, "ada")
    assert anchor(old.site)


def test_a_lost_vial_leaves_the_store_and_a_label_that_nobody_knows_is_named(
    yesterday: tuple[World, World, Scene],
) -> None:
    _, old, _ = yesterday
    with old.site.reading() as session:
        stored = select(Vial.number).where(Vial.standing == VialStanding.STORED)
        vial = session.scalars(stored.order_by(Vial.number)).first()
    assert vial
    unknown = "LML26000099X"
    done = accepted(old, vials=(vial,), labels=(unknown,))
    assert unknown in done.unknown
    assert unknown in done.says
    with old.site.reading() as session:
        assert session.get_one(Vial, vial).standing is VialStanding.DESTROYED


def test_a_number_that_a_label_bears_since_is_not_given_again(
    yesterday: tuple[World, World, Scene],
) -> None:
    world, old, _ = yesterday
    accepted(old)
    since = {making.a_donor(world.story) for _ in range(3)}
    assert making.a_donor(old.story) not in since


def test_it_is_one_of_qa_and_the_administrator_and_done_once(
    yesterday: tuple[World, World, Scene],
) -> None:
    _, old, _ = yesterday
    wanted = AcceptCopy(anchor(old.site), "the papers of the day")
    assert codes(old, "qiu", accept_copy, replace(wanted, anchor="another"), "ada") == {
        "no-older-copy"
    }
    assert "/dispatch/restored" in old.client("qiu").get("/").text
    assert "/dispatch/restored" not in old.client("tang").get("/").text
    accepted(old)
    assert codes(old, "qiu", accept_copy, wanted, "ada") == {"no-older-copy"}
    assert "/dispatch/restored" not in old.client("qiu").get("/").text


def test_a_year_that_began_since_and_a_label_far_ahead_are_counted_past(
    yesterday: tuple[World, World, Scene],
) -> None:
    """No number that a label may bear is given to another thing."""
    world, old, _ = yesterday
    year = world.clock.now.year % 100
    ahead = next(
        n for c in range(60_000, 60_010) if (n := counted_number(Kind.DONOR, 2000 + year, c))
    )
    accepted(old, labels=(ahead,))
    assert making.a_donor(old.story) > ahead
    old.clock.now = old.clock.now.replace(year=old.clock.now.year + 1)
    assert int(making.a_donor(old.story)[5:11]) > 5000
