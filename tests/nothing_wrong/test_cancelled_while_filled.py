"""An order that is cancelled while its bag is filled: the bench hears of it, in both arms."""

import pytest

from lims.bank.queries import vial
from lims.bank.rules import VialStanding
from lims.demonstration import treating
from lims.filling import actions as filling
from lims.filling import finishing
from lims.filling.queries import fill
from lims.trial import ordering
from tests.nothing_wrong.doing import (
    GOOD_COUNT,
    begun_for_both,
    draw,
    orders_for_both,
    thawed,
)
from tests.support.scenes import codes, read, stores_of
from tests.support.worlds import World


@pytest.mark.parametrize("step", ["start", "thaw", "draw", "page", "session", "give up"])
def test_an_order_cancelled_while_its_bag_is_filled_stops_both_arms(
    world: World, step: str
) -> None:
    story = world.story
    if step == "start":
        orders = orders_for_both(world)
        session = treating.opened_session(story, stores_of(world))
        for order in orders:
            story.do("nora", ordering.cancel_order, ordering.OfOrder(order, "a fever"))
            begin = filling.StartFill(order, session)
            assert "order-cancelled" in codes(world, "tang", filling.start_fill, begin)
        return
    cells, vehicle, session = begun_for_both(world)
    picked = read(world, fill, cells.bag).vials
    if step == "draw":
        thawed(world, cells.bag)
    for baby in (cells, vehicle):
        story.do("nora", ordering.cancel_order, ordering.OfOrder(baby.order, "a fever"))
    if step == "thaw":
        thaw = filling.ThawForBag(cells.bag, picked[0])
        assert codes(world, "tang", filling.thaw_for_bag, thaw) == {"order-cancelled"}
    elif step == "draw":
        wanted = draw(cells.bag, GOOD_COUNT)
        by_cells = codes(world, "tang", filling.draw_cells, wanted, "tian")
        other = filling.DrawVehicle(vehicle.bag)
        by_vehicle = codes(world, "tang", filling.draw_vehicle, other, "tian")
        assert by_cells == by_vehicle == {"order-cancelled"}
    elif step == "page":
        for baby in (cells, vehicle):
            page = world.client("tang").get(f"/filling/bags/{baby.bag}").text
            assert "The order is cancelled" in page
            assert "Discard bag" in page
    elif step == "session":
        page = world.client("tang").get(f"/filling/sessions/{session}").text
        assert "cancelled" in page.lower()
        home = world.client("tang").get("/").text
        assert "cancelled" in home.lower()
    else:
        for baby in (cells, vehicle):
            gone = filling.DiscardBag(baby.bag, False, "cancelled")
            story.do("tang", filling.discard_bag, gone, "tian")
        assert {read(world, vial, n).standing for n in picked} == {VialStanding.STORED}


def test_a_drawn_bag_of_a_cancelled_order_is_not_released(world: World) -> None:
    cells, vehicle, _ = begun_for_both(world)
    for baby in (cells, vehicle):
        treating.drawn(world.story, baby)
        cancel = ordering.OfOrder(baby.order, "a fever")
        world.story.do("nora", ordering.cancel_order, cancel)
        wanted = finishing.ReleaseBag(baby.bag)
        assert "order-cancelled" in codes(world, "quinn", finishing.release_bag, wanted)
        take = finishing.OfBag(baby.bag)
        assert "order-cancelled" in codes(world, "tang", finishing.sample_bag, take)
