"""What is scanned into an open form is judged when it is scanned; the form is still to be sent."""

from typing import Any

from sqlalchemy import func, select

from lims.bedside.models import Check
from lims.identifiers.numbers import Kind, random_number
from lims.labelling.models import Label
from lims.release.actions import JudgeLot, hold_lot
from lims.trial.labels import ReprintWardLabel, reprint_ward_label
from lims.trust.trail.scan_log import ScanRead
from tests.support.scene_fixtures import Scene
from tests.support.worlds import World

VERIFY = "bedside/verify-bag"


def echo(world: World, who: str, act: str, field: str, code: str) -> Any:
    asked = {"act": act, "field": field, "code": code}
    return world.client(who).get("/echo", query_string=asked)


def code_of(world: World, number: str) -> str:
    with world.site.reading() as session:
        newest = select(Label.code).where(Label.number == number).order_by(Label.copy.desc())
        return session.scalars(newest).first() or ""


def test_a_nurse_hears_who_wears_the_wristband_before_the_bag_is_scanned(received: Scene) -> None:
    world, cells, _ = received
    person = world.participants[0]

    band = echo(world, "nora", VERIFY, "wristband", code_of(world, person))
    bag = echo(world, "nora", VERIFY, "bag", code_of(world, cells.bag))

    assert person in band.text
    assert "Initials" in band.text
    assert "Born" in band.text
    assert cells.bag in bag.text
    assert "Received" in bag.text or "received" in bag.text
    assert "echo-wrong" not in band.text + bag.text
    with world.site.reading() as session:  # nothing was judged yet, and nothing is kept
        assert session.scalar(select(func.count()).select_from(Check)) == 0
        read = select(func.count()).where(ScanRead.action == VERIFY)
        assert session.scalar(read) == 0


def test_a_wristband_that_was_replaced_is_heard_at_the_first_scan(received: Scene) -> None:
    world, *_ = received
    person = world.participants[0]
    old = code_of(world, person)
    world.story.do("nora", reprint_ward_label, ReprintWardLabel(person, "smeared"), "niu")

    assert "echo-wrong" in echo(world, "nora", VERIFY, "wristband", old).text


def test_a_bag_that_was_stopped_is_heard_in_the_same_words_in_both_arms(received: Scene) -> None:
    world, *babies = received
    for lot in world.lots.values():
        world.story.do("quinn", hold_lot, JudgeLot(lot, "the supplier called"))

    heard = [
        echo(world, "nora", VERIFY, "bag", code_of(world, baby.bag)).text.partition("Expires")
        for baby in babies
    ]

    assert (
        len({before.replace(b.bag, "") for (before, _, _), b in zip(heard, babies, strict=True)})
        == 1
    )
    assert all("standing-danger" in before for before, _, _ in heard)
    assert all("Call the cell laboratory" in after for _, _, after in heard)


def test_a_number_of_another_kind_is_heard_by_the_rule_that_reads_the_entry(
    received: Scene,
) -> None:
    world, cells, _ = received
    heard = echo(world, "tang", "culture/feed-flask", "flask", cells.bag)
    assert heard.status_code == 200
    assert "echo-wrong" in heard.text


def test_of_what_only_the_action_can_judge_nothing_is_said(received: Scene) -> None:
    world, *_ = received
    supplier = "01095011015300031726123110AB12"
    assert echo(world, "nora", VERIFY, "bag", supplier).status_code == 204


def test_a_number_of_nobody_is_unknown_and_the_laboratorys_are_nothing_to_a_nurse(
    received: Scene,
) -> None:
    world, *_ = received
    nobody = random_number(Kind.BAG, world.site.chance)
    assert "unknown here" in echo(world, "nora", VERIFY, "bag", nobody).text
    lot = echo(world, "nora", VERIFY, "bag", world.lots["product"])
    assert (lot.status_code, lot.data) == (204, b"")


def test_who_may_not_do_it_is_told_nothing(received: Scene) -> None:
    world, cells, _ = received
    assert echo(world, "tang", VERIFY, "bag", cells.bag).status_code == 404
    assert echo(world, "asa", VERIFY, "bag", cells.bag).status_code in {403, 404}
    assert echo(world, "nora", VERIFY, "no_such_entry", cells.bag).status_code == 404
    assert echo(world, "nora", "no/such", "bag", cells.bag).status_code == 404
