"""What is left of a donor who withdrew: QA disposes of it, thing by thing, before a witness."""

from lims.bank.actions import TakeVial, take_vial
from lims.bank.disposing import DisposeOf, dispose_of, left_of, to_destroy
from lims.bank.models import Vial
from lims.bank.queries import vials_of
from lims.bank.rules import VialStanding, disposing_reasons
from lims.culture.actions import DiscardFlask, discard_flask
from lims.culture.models import Flask
from lims.culture.rules import FlaskStanding
from lims.demonstration import donating, making
from lims.donation.consent import WithdrawConsent, withdraw_consent
from lims.donation.models import Cord
from lims.donation.rules import CordStanding, DonorStanding, WithdrawalScope
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


def withdraws(world: World, scope: WithdrawalScope = WithdrawalScope.DESTRUCTION) -> None:
    said = WithdrawConsent(world.donor, scope, world.clock.now, "Midwife Hu")
    world.story.do("tang", withdraw_consent, said)


def left(world: World) -> list[str]:
    return [one.number for one in read(world, left_of, world.donor).things]


def a_flask_and_a_cord(world: World) -> tuple[str, str]:
    """Of the same donor: a vessel that grows and a cord that nobody has touched yet."""
    story = world.story
    cord = donating.received(story, world.donor, story.clock.now - making.timedelta(hours=9))
    (flask,) = making.isolated(story, stores_of(world), making.a_donor(story), 1)
    return flask, cord


def test_everything_of_hers_is_listed_and_destroyed_as_it_is_scanned(either_world: World) -> None:
    world = either_world
    _, cord = a_flask_and_a_cord(world)
    withdraws(world)
    vials = [v.number for v in read(world, vials_of, world.lots["product"])]
    kept = [n for n in vials if row(world, Vial, n).standing is VialStanding.STORED]
    assert {cord, *kept} <= set(left(world))
    assert read(world, lambda session, _: to_destroy(session), "") == {
        world.donor: len(left(world))
    }
    page = world.client("quinn").get(f"/bank/disposal/{world.donor}").get_data(as_text=True)
    assert kept[0] in page
    assert world.donor in world.client("quinn").get("/").get_data(as_text=True)
    some = DisposeOf(world.donor, (cord, *kept[:2], kept[0]), "autoclaved, then incinerated")
    world.story.do("quinn", dispose_of, some, "tang")
    assert row(world, Cord, cord).standing is CordStanding.REJECTED
    vial = row(world, Vial, kept[0])
    assert (vial.standing, vial.box) == (VialStanding.DESTROYED, None)
    assert set(left(world)).isdisjoint({cord, *kept[:2]})
    world.story.do(
        "quinn", dispose_of, DisposeOf(world.donor, tuple(left(world)), "autoclaved"), "tang"
    )
    assert left(world) == []
    assert read(world, lambda session, _: to_destroy(session), "") == {}


def test_the_laboratory_neither_takes_nor_discards_what_is_hers(world: World) -> None:
    story = world.story
    donor = making.a_donor(story)
    (flask,) = making.isolated(story, stores_of(world), donor, 1)
    said = WithdrawConsent(donor, WithdrawalScope.USE, story.clock.now, "Midwife Hu")
    story.do("tang", withdraw_consent, said)
    discard = DiscardFlask(flask, "she withdrew")
    assert codes(world, "tang", discard_flask, discard) == {"only-qa-disposes"}
    story.do("quinn", dispose_of, DisposeOf(donor, (flask,), "autoclaved"), "tang")
    assert row(world, Flask, flask).standing is FlaskStanding.DISCARDED
    withdraws(world)
    vial = read(world, vials_of, world.lots["product"])[-1].number
    take = TakeVial(vial, VialStanding.QC, "she withdrew")
    assert codes(world, "tang", take_vial, take) == {"only-qa-disposes"}


def test_nothing_else_is_destroyed_with_it(world: World) -> None:
    flask, cord = a_flask_and_a_cord(world)
    one = DisposeOf(world.donor, (cord,), "autoclaved")
    assert codes(world, "quinn", dispose_of, one, "tang") == {"donor-not-stopped"}
    withdraws(world)
    others = DisposeOf(world.donor, (cord, flask), "autoclaved")
    assert codes(world, "quinn", dispose_of, others, "tang") == {"not-of-this-donor"}
    assert row(world, Cord, cord).standing is CordStanding.RECEIVED
    turned_away(world, dispose_of, one, "quinn", "qiu")


def test_what_is_hers_is_destroyed_where_use_ended_and_only_that() -> None:
    assert disposing_reasons(DonorStanding.INELIGIBLE, ()) == []
    found = disposing_reasons(DonorStanding.PENDING, ("LMV1", "LMV2"))
    assert [reason.code for reason in found] == [
        "donor-not-stopped", "not-of-this-donor", "not-of-this-donor",
    ]  # fmt: skip
