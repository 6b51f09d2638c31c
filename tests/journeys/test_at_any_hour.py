"""The journey at the edges of a day: early and late, where the clock of the wall is another."""

from datetime import timedelta
from pathlib import Path

import pytest

from lims.bags.queries import bag as find_bag
from lims.bags.rules import BagStanding
from lims.core.days import day_of, start_of
from lims.demonstration import treating
from tests.support.scenes import read
from tests.support.worlds import World, new_site, told


@pytest.mark.parametrize("hour", [timedelta(hours=7, minutes=30), timedelta(hours=23, minutes=30)])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Asia/Kathmandu"])
def test_two_infusions_are_given_at_the_edge_of_the_sites_day(
    zone: str, hour: timedelta, tmp_path: Path
) -> None:
    world = told(new_site(tmp_path, zone=zone))
    first = _given_at(world, hour, 1)
    second = _given_at(world, hour, 2)

    assert (second - first).days == 28
    world.site.engine.dispose()


def _given_at(world: World, hour: timedelta, visit: int) -> object:
    """Everybody's infusion, ordered at this hour of the site's day, four weeks after the first."""
    story, zone = world.story, world.site.settings.zone
    assert world.stores is not None
    if visit > 1:
        begun = read(world, treating.participant, world.participants[0]).first_infusion_at
        story.wait_until(start_of(day_of(begun, zone) + timedelta(days=27), zone))
    story.wait_until(start_of(story.today + timedelta(days=1), zone) + hour - timedelta(hours=4))
    weights = ("72.5", "81.6")
    orders = [
        treating.ordered(story, who, visit, weight)
        for who, weight in zip(world.participants, weights, strict=True)
    ]
    babies = treating.prepared(story, treating.opened_session(story, world.stores), orders)
    for baby in babies:
        treating.received(story, baby.bag)
    treating.infused(story, world.participants, [baby.bag for baby in babies])
    standings = {read(world, find_bag, baby.bag).standing for baby in babies}
    assert standings == {BagStanding.INFUSED}
    return day_of(read(world, treating.participant, world.participants[0]).last_infusion_at, zone)
