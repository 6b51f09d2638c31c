"""The second person counts and scans by themselves, and sees nothing of the first one's result."""

import pytest

from lims.filling import actions as filling
from lims.filling import finishing
from lims.filling.counting import CountPool, count_pool
from lims.filling.models import PoolCount
from lims.labelling.actions import MakeSleeves, make_sleeves
from tests.nothing_wrong.doing import GOOD_COUNT, begun_for_both, draw, thawed
from tests.support.scenes import codes, counted_too, turned_away
from tests.support.worlds import World


def own(bag: str, live: int = GOOD_COUNT.live) -> CountPool:
    count = draw(bag, GOOD_COUNT)
    return CountPool(bag, live, count.dead, count.squares, count.dilution)


def test_no_dose_is_drawn_before_a_second_person_has_counted(world: World) -> None:
    cells, _, _ = begun_for_both(world)
    thawed(world, cells.bag)
    wanted = draw(cells.bag, GOOD_COUNT)
    assert "not-counted-by-the-second" in codes(world, "tang", filling.draw_cells, wanted, "tian")
    world.story.do("tang", count_pool, own(cells.bag))  # one's own second count is no second person
    assert "not-counted-by-the-second" in codes(world, "tang", filling.draw_cells, wanted, "tian")
    world.story.do("tian", count_pool, own(cells.bag))
    world.story.do("tang", filling.draw_cells, wanted, "tian")
    turned_away(world, count_pool, own(cells.bag), "tang", "tian")


@pytest.mark.parametrize(
    ("share", "agree"), [("0.82", True), ("0.81", False), ("1.22", True), ("1.23", False)]
)
def test_two_counts_within_a_fifth_are_one_and_others_are_counted_anew(
    world: World, share: str, agree: bool
) -> None:
    cells, _, _ = begun_for_both(world)
    thawed(world, cells.bag)
    wanted = draw(cells.bag, GOOD_COUNT)
    other = int(GOOD_COUNT.live * float(share))
    world.story.do("tian", count_pool, own(cells.bag, other))
    if agree:
        world.story.do("tang", filling.draw_cells, wanted, "tian")
        return
    assert "two-counts-differ" in codes(world, "tang", filling.draw_cells, wanted, "tian")
    world.story.do("tian", count_pool, own(cells.bag))
    world.story.do("tang", filling.draw_cells, wanted, "tian")


def test_nobody_sees_the_second_count_before_the_draw_and_everybody_after_it(world: World) -> None:
    cells, vehicle, _ = begun_for_both(world)
    thawed(world, cells.bag)
    world.story.do("tian", count_pool, own(cells.bag, 431))
    page = world.client("tang").get(f"/filling/bags/{cells.bag}").text
    assert "Tian" in page
    assert "431" not in page
    world.story.do("tang", filling.draw_cells, draw(cells.bag, GOOD_COUNT), "tian")
    assert "431" in world.client("tang").get(f"/filling/bags/{cells.bag}").text
    assert "not-filling" in codes(world, "tian", count_pool, own(cells.bag))
    assert "other-content" in codes(world, "tian", count_pool, own(vehicle.bag))
    with world.site.reading() as session:
        assert [row.by for row in session.query(PoolCount)] == ["tian"]


def test_the_second_person_scans_label_and_sleeve_that_belong_together(world: World) -> None:
    cells, vehicle, _ = begun_for_both(world)
    thawed(world, cells.bag)
    count = counted_too(world, draw(cells.bag, GOOD_COUNT))
    world.story.do("tang", filling.draw_cells, count, "tian")
    run = world.story.do("tang", make_sleeves, MakeSleeves(2)).codes
    for seen, code in (
        ((vehicle.bag, run[0]), "another-bag-seen"),
        ((cells.bag, run[1]), "another-sleeve-seen"),
    ):
        wanted = finishing.SleeveBag(cells.bag, run[0], *seen)
        assert codes(world, "tang", finishing.sleeve_bag, wanted, "tian") == {code}
    wanted = finishing.SleeveBag(cells.bag, run[0], cells.bag, run[0])
    world.story.do("tang", finishing.sleeve_bag, wanted, "tian")
