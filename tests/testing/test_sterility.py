"""The sterility clock, and what the first sign of growth does at once."""

from datetime import timedelta

import pytest

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bedside.queries import ward_bag
from lims.demonstration import making, treating
from lims.deviations.queries import open_about
from lims.release.actions import JudgeLot, return_lot
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from lims.testing import actions as testing
from lims.testing.models import Sample
from lims.testing.rules import SterilityStanding
from lims.testing.sterility import (
    CloseSterility,
    Inoculate,
    ReadSterility,
    close_sterility,
    inoculate,
    read_sterility,
)
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


def sampled(world: World) -> str:
    """A new vehicle lot's sample, not yet inoculated."""
    lot = making.a_vehicle(world.story, stores_of(world))
    return world.story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number


def test_it_turns_away_everybody_but_analysts(world: World) -> None:
    number = sampled(world)
    for action, command in (
        (inoculate, Inoculate(number)),
        (read_sterility, ReadSterility(number, True)),
        (close_sterility, CloseSterility(number)),
    ):
        turned_away(world, action, command, "ana", "aiko")


def test_it_closes_exactly_after_fourteen_times_twenty_four_hours(world: World) -> None:
    number = sampled(world)
    world.story.do("ana", inoculate, Inoculate(number))
    began = row(world, Sample, number).inoculated_at
    for early in (timedelta(days=13), timedelta(days=14) - timedelta(seconds=1)):
        world.story.clock.now = began + early
        refused = codes(world, "ana", close_sterility, CloseSterility(number), "aiko")
        assert refused == {"too-early"}
    world.story.clock.now = began + timedelta(days=14)
    world.story.do("ana", close_sterility, CloseSterility(number), "aiko")
    found = row(world, Sample, number)
    assert found.standing is SterilityStanding.NO_GROWTH
    assert (found.closed_by, found.closing_checked_by) == ("ana", "aiko")


def test_nothing_is_read_or_closed_before_it_was_inoculated(world: World) -> None:
    number = sampled(world)
    world.story.wait(days=30)
    refused = codes(world, "ana", close_sterility, CloseSterility(number), "aiko")
    assert refused == {"not-inoculated"}
    refused = codes(world, "ana", read_sterility, ReadSterility(number, False))
    assert refused == {"not-inoculated"}


def test_the_clock_is_not_set_back_by_a_second_inoculation(world: World) -> None:
    number = sampled(world)
    world.story.do("ana", inoculate, Inoculate(number))
    world.story.wait(days=3)
    assert codes(world, "aiko", inoculate, Inoculate(number)) == {"wrong-standing"}


def test_the_reviewer_of_the_closing_is_another_analyst(world: World) -> None:
    number = sampled(world)
    world.story.do("ana", inoculate, Inoculate(number))
    world.story.wait(days=14)
    for second, code in (("ana", "same-person"), ("tang", "second-person-role"),
                         ("nora", "second-person-role"), ("", "signature-needed")):  # fmt: skip
        assert codes(world, "ana", close_sterility, CloseSterility(number), second) == {code}


def test_growth_is_never_closed_as_no_growth_and_never_unseen(world: World) -> None:
    number = sampled(world)
    world.story.do("ana", inoculate, Inoculate(number))
    world.story.do("ana", read_sterility, ReadSterility(number, True, "mould"))
    world.story.do("aiko", read_sterility, ReadSterility(number, False))
    assert row(world, Sample, number).standing is SterilityStanding.GROWTH
    world.story.wait(days=15)
    refused = codes(world, "aiko", close_sterility, CloseSterility(number), "ana")
    assert refused == {"wrong-standing"}


def test_growth_in_a_lot_in_quarantine_holds_it_and_opens_a_deviation(world: World) -> None:
    number = sampled(world)
    lot = row(world, Sample, number).of
    world.story.do("ana", inoculate, Inoculate(number))
    world.story.wait(days=11)
    world.story.do("ana", read_sterility, ReadSterility(number, True, "mould"))
    assert row(world, Lot, lot).standing is LotStanding.HOLD
    assert len(read(world, open_about, [lot])) == 1


def test_growth_after_the_closing_of_a_released_lot_reopens_and_holds_it(released: Scene) -> None:
    world, *babies = released
    sample = read(world, testing.queries.samples_of, world.lots["product"])[0].number
    assert row(world, Sample, sample).standing is SterilityStanding.NO_GROWTH
    world.story.do("ana", read_sterility, ReadSterility(sample, True, "late report"))
    assert row(world, Sample, sample).standing is SterilityStanding.GROWTH
    assert row(world, Lot, world.lots["product"]).standing is LotStanding.HOLD
    for baby in babies:
        assert row(world, Bag, baby.bag).standing is BagStanding.WITHDRAWN
    judged = JudgeLot(world.lots["product"], "a contaminant of the laboratory")
    assert {"growth", "open-deviation"} <= codes(world, "quinn", return_lot, judged)


@pytest.mark.parametrize("grew", [0, 1])
def test_growth_on_day_eleven_holds_session_lots_and_materials_and_warns_both_arms(
    received: Scene, grew: int
) -> None:
    world, *babies = received
    bags = [baby.bag for baby in babies]
    treating.infused(world.story, world.participants, bags)
    world.story.wait(days=10, hours=20)
    seen = ReadSterility(babies[grew].sample, True, "C. acnes")
    world.story.do("ana", read_sterility, seen)
    stores = stores_of(world)
    for lot in (*world.lots.values(), stores.bags, stores.albumin):
        assert row(world, Lot, lot).standing is LotStanding.HOLD, lot
    notices = [row(world, Bag, bag).notice_at for bag in bags]
    assert notices == [notices[0]] * 2
    for bag in bags:  # infused bags stay infused: what is in a person is not withdrawn
        assert row(world, Bag, bag).standing is BagStanding.INFUSED
        assert read(world, ward_bag, bag).notice is True
    assert read(world, open_about, [babies[grew].bag])


def test_growth_in_one_bag_does_not_touch_what_has_nothing_to_do_with_it(received: Scene) -> None:
    world, cells, _ = received
    other = making.a_vehicle(world.story, stores_of(world))
    world.story.do("ana", read_sterility, ReadSterility(cells.sample, True))
    assert row(world, Lot, stores_of(world).medium).standing is LotStanding.RELEASED
    assert row(world, Lot, other).standing is LotStanding.QUARANTINE
