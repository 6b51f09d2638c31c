"""A preparation session: both lots or none, and what lies on the bench is judged at use."""

from datetime import timedelta

import pytest

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bank.destroying import DestroyVials, destroy_vials
from lims.bank.queries import vials_of
from lims.core.errors import Refused
from lims.core.quantities import Hours
from lims.demonstration import treating
from lims.demonstration.treating import Baby, D
from lims.filling import actions as filling
from lims.filling import sessions
from lims.filling.models import Preparation
from lims.filling.queries import fill
from lims.release.actions import JudgeLot, hold_lot, return_lot
from lims.supplies import actions as supplies
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


def two_orders(world: World) -> list[str]:
    """An order in each arm, ready to be begun now; the first is for cells."""
    treating.at_eight(world.story)
    weights = zip(world.participants, ("72.5", "81.6"), strict=True)
    orders = [treating.ordered(world.story, number, 1, weight) for number, weight in weights]
    slot = max(treating.slot_of(world.story, order) for order in orders)
    world.story.wait_until(slot - timedelta(hours=3))
    return orders


def opening(world: World) -> sessions.OpenPreparation:
    stores = stores_of(world)
    return sessions.OpenPreparation((stores.bags, stores.albumin), (stores.cabinet,))


def test_it_stages_a_cell_lot_and_a_vehicle_lot_whatever_the_orders(world: World) -> None:
    number = treating.opened_session(world.story, stores_of(world))
    found = row(world, Preparation, number)
    assert found.cell_lot == world.lots["product"]
    assert found.vehicle_lot == world.lots["vehicle"]
    assert (found.opened_by, found.cleared_by) == ("tang", "tian")


def test_it_turns_away_everybody_but_technicians(world: World) -> None:
    turned_away(world, sessions.open_preparation, opening(world), "tang", "tian")


def test_it_refuses_a_line_clearance_of_ones_own(world: World) -> None:
    for second, code in (
        ("tang", "same-person"),
        ("nora", "second-person-role"),
        ("", "signature-needed"),
    ):
        refused = codes(world, "tang", sessions.open_preparation, opening(world), second)
        assert refused == {code}


@pytest.mark.parametrize("lot", ["product", "vehicle"])
def test_it_opens_nothing_when_either_lot_is_on_hold(world: World, lot: str) -> None:
    world.story.do("quinn", hold_lot, JudgeLot(world.lots[lot], "doubt"))
    refused = codes(world, "tang", sessions.open_preparation, opening(world), "tian")
    assert refused == {"nothing-to-fill"}


def test_it_opens_nothing_when_something_upstream_is_on_hold(world: World) -> None:
    world.story.do("quinn", hold_lot, JudgeLot(stores_of(world).medium, "supplier's notice"))
    refused = codes(world, "tang", sessions.open_preparation, opening(world), "tian")
    assert refused == {"nothing-to-fill"}


@pytest.mark.parametrize("lot", ["product", "vehicle"])
def test_it_starts_no_bag_of_either_arm_after_a_lot_went_on_hold(world: World, lot: str) -> None:
    orders = two_orders(world)
    session = treating.opened_session(world.story, stores_of(world))
    world.story.do("quinn", hold_lot, JudgeLot(world.lots[lot], "doubt"))
    for order in orders:
        command = filling.StartFill(order, session)
        assert "lot-hold" in codes(world, "tang", filling.start_fill, command)


@pytest.mark.parametrize("what", ["bags", "albumin", "medium"])
def test_it_starts_no_bag_of_either_arm_after_a_material_went_on_hold(
    world: World, what: str
) -> None:
    orders = two_orders(world)
    session = treating.opened_session(world.story, stores_of(world))
    world.story.do("quinn", hold_lot, JudgeLot(getattr(stores_of(world), what), "recall"))
    for order in orders:
        with pytest.raises(Refused):
            treating.begun(world.story, session, order)


def test_it_starts_no_bag_with_a_material_whose_life_ended_while_the_session_was_open(
    world: World,
) -> None:
    command = supplies.ReceiveMaterial(
        "Sterile spikes", "Bench Supplies", "S-9", world.story.today + timedelta(days=90),
        Hours(D(6)),
    )  # fmt: skip
    spikes = world.story.do("tian", supplies.receive_material, command).number
    world.story.do("quinn", supplies.accept_material, supplies.AcceptMaterial(spikes, "CoA 7"))
    use = sessions.OpenPreparation((spikes,), (stores_of(world).cabinet,))
    session = world.story.do("tang", sessions.open_preparation, use, "tian").number
    for order in two_orders(world):  # the next morning, more than six hours later
        with pytest.raises(Refused):
            treating.begun(world.story, session, order)


def test_it_starts_no_bag_before_its_time_or_after_its_slot(world: World) -> None:
    treating.at_eight(world.story)
    weights = zip(world.participants, ("72.5", "81.6"), strict=True)
    orders = [treating.ordered(world.story, number, 1, weight) for number, weight in weights]
    session = treating.opened_session(world.story, stores_of(world))
    slot = treating.slot_of(world.story, orders[0])
    for moment, code in ((slot - timedelta(hours=3, seconds=1), "too-early"),
                         (slot + timedelta(minutes=2), "slot-over")):  # fmt: skip
        world.story.clock.now = moment
        for order in orders:
            refused = codes(world, "tang", filling.start_fill, filling.StartFill(order, session))
            assert refused == {code}


def test_it_starts_one_bag_for_one_order_in_an_open_session(world: World) -> None:
    orders = two_orders(world)
    session = treating.opened_session(world.story, stores_of(world))
    baby = treating.begun(world.story, session, orders[0])
    refused = codes(world, "tang", filling.start_fill, filling.StartFill(orders[0], session))
    assert refused == {"has-bag", "order-standing"}
    half = sessions.ClosePreparation(session)
    assert codes(world, "tang", sessions.close_preparation, half) == {"half-filled"}
    lost = filling.DiscardBag(baby.bag, True, "dropped")
    world.story.do("tang", filling.discard_bag, lost, "tian")
    world.story.do("tang", sessions.close_preparation, half)
    assert codes(world, "tang", sessions.close_preparation, half) == {"closed"}
    command = filling.StartFill(orders[0], session)
    assert codes(world, "tang", filling.start_fill, command) == {"session-closed"}


def test_a_dropped_bag_frees_its_vials_and_the_same_order_is_filled_again(world: World) -> None:
    orders = two_orders(world)
    session = treating.opened_session(world.story, stores_of(world))
    for order in orders:
        first = treating.begun(world.story, session, order)
        reserved = set(read(world, fill, first.bag).vials)
        lost = filling.DiscardBag(first.bag, True, "leak at the port")
        world.story.do("tang", filling.discard_bag, lost, "tian")
        again = treating.begun(world.story, session, order)
        assert again.bag != first.bag
        assert row(world, Bag, first.bag).standing is BagStanding.DAMAGED
        assert set(read(world, fill, again.bag).vials) == reserved


def test_it_delays_both_arms_when_there_are_too_few_vials_for_a_dose(world: World) -> None:
    """Otherwise a refused order would tell that it was one for cells."""
    two_orders(world)
    for vial in read(world, vials_of, world.lots["product"])[3:]:
        gone = DestroyVials((vial.number,), "broken in the tank")
        world.story.do("tang", destroy_vials, gone, "tian")
    refused = codes(world, "tang", sessions.open_preparation, opening(world), "tian")
    assert refused == {"no-lot-serves-an-order"}


def test_it_delays_both_arms_when_vials_go_after_the_session_was_opened(world: World) -> None:
    orders = two_orders(world)
    session = treating.opened_session(world.story, stores_of(world))
    for vial in read(world, vials_of, world.lots["product"])[3:]:
        gone = DestroyVials((vial.number,), "broken in the tank")
        world.story.do("tang", destroy_vials, gone, "tian")
    for order in orders:
        refused = codes(world, "tang", filling.start_fill, filling.StartFill(order, session))
        assert refused == {"not-enough-vials"}


def test_a_lot_returned_from_hold_does_not_bring_its_withdrawn_bags_back(world: World) -> None:
    orders = two_orders(world)
    session = treating.opened_session(world.story, stores_of(world))
    babies = [treating.begun(world.story, session, order) for order in orders]
    judged = JudgeLot(world.lots["product"], "doubt, then cleared")
    world.story.do("quinn", hold_lot, judged)
    assert codes(world, "quinn", return_lot, judged) == {"you-held-it"}
    world.story.do("qiu", return_lot, judged)
    for baby in babies:
        assert row(world, Bag, baby.bag).standing is BagStanding.WITHDRAWN
        with pytest.raises(Refused):
            treating.drawn(world.story, Baby(baby.bag, baby.order))
