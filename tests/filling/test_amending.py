"""The count before a draw was mistyped: the dose is what it really was, and is judged anew."""

from dataclasses import replace

import pytest

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.core.quantities import Millilitres
from lims.demonstration import treating
from lims.demonstration.treating import D
from lims.deviations.queries import open_about
from lims.filling.amending import AmendDraw, amend_draw
from lims.filling.models import Fill
from lims.filling.queries import fill
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, read, row, turned_away
from tests.support.worlds import World

B = BagStanding


def right(world: World, bag: str, live: int) -> AmendDraw:
    vials = read(world, fill, bag).vials
    pool = Millilitres(D("3.6") * len(vials))
    return AmendDraw(bag, live, 24, 8, D(20), pool, "the sheet says so")


def test_a_slip_within_the_limits_leaves_the_bag_where_it_stands(received: Scene) -> None:
    world, cells, vehicle = received
    before = row(world, Fill, cells.bag)
    wanted = right(world, cells.bag, 445)
    turned_away(world, amend_draw, wanted, "tang", "tian")
    world.story.do("tang", amend_draw, wanted, "tian")
    after = row(world, Fill, cells.bag)
    assert (after.live, after.drawn) == (445, before.drawn)
    assert after.actual.value > before.actual.value
    assert {row(world, Bag, b.bag).standing for b in (cells, vehicle)} == {B.RECEIVED}
    lab = world.client("quinn").get(f"/filling/bags/{cells.bag}").get_data(as_text=True)
    ward = world.client("mona").get(f"/bedside/bags/{cells.bag}").get_data(as_text=True)
    assert "the sheet says so" in lab
    assert "the sheet says so" not in ward
    assert "Amended" not in ward


def test_a_dose_beyond_the_ceiling_stops_its_session_in_both_arms(received: Scene) -> None:
    world, cells, vehicle = received
    world.story.do("tang", amend_draw, right(world, cells.bag, 300), "tian")
    assert {row(world, Bag, b.bag).standing for b in (cells, vehicle)} == {B.WITHDRAWN}
    assert read(world, open_about, [cells.bag])


def test_what_was_given_stays_given_and_is_a_deviation(received: Scene) -> None:
    world, cells, vehicle = received
    bags = [cells.bag, vehicle.bag]
    treating.infused(world.story, world.participants, bags)
    world.story.do("tang", amend_draw, right(world, cells.bag, 300), "tian")
    assert {row(world, Bag, bag).standing for bag in bags} == {B.INFUSED}
    assert read(world, open_about, [cells.bag])


def test_what_cannot_be_is_refused(received: Scene) -> None:
    world, cells, vehicle = received
    wrong = right(world, cells.bag, 4400)
    assert codes(world, "tang", amend_draw, wrong, "tian") == {"recovery"}
    none = AmendDraw(vehicle.bag, 440, 24, 8, D(20), Millilitres(D(18)), "not counted")
    assert codes(world, "tang", amend_draw, none, "tian") == {"no-count-to-amend"}


@pytest.mark.parametrize("live", [390, 490])
def test_a_dose_that_no_other_weight_leaves_room_for_stops_what_was_released(
    received: Scene, live: int
) -> None:
    """Within the ceiling, but with a weight that the bedside accepts it would be beyond."""
    world, cells, vehicle = received
    world.story.do("tang", amend_draw, right(world, cells.bag, live), "tian")
    deviation = row(world, Fill, cells.bag).deviation.value
    assert 7 < abs(deviation) < 20
    stopped = {row(world, Bag, b.bag).standing for b in (cells, vehicle)}
    assert stopped == {B.WITHDRAWN}


def test_a_viability_that_would_not_have_been_released_stops_it(received: Scene) -> None:
    world, cells, vehicle = received
    wanted = replace(right(world, cells.bag, 440), dead=400)
    world.story.do("tang", amend_draw, wanted, "tian")
    assert {row(world, Bag, b.bag).standing for b in (cells, vehicle)} == {B.WITHDRAWN}
