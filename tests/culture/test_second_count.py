"""Where the recipe says so, a pool is counted by two people, the second of them blind."""

from pathlib import Path

import pytest

from lims.culture.actions import harvest_flasks
from lims.culture.second import CountFlasks, count_flasks
from lims.demonstration import making
from lims.demonstration.executing import executed
from lims.demonstration.treating import D
from lims.protocol.steps import StepKind
from tests.culture.test_steps import new_version, pool
from tests.support.scenes import codes, stores_of, turned_away
from tests.support.worlds import World


@pytest.fixture
def flasks(world: World, tmp_path: Path) -> tuple[str, ...]:
    """Flasks of a recipe by which two people count."""
    new_version(
        world, tmp_path, "yield_qc_pct = ", "harvest_counted_by_two = true\nyield_qc_pct = "
    )
    found = making.isolated(world.story, stores_of(world), making.a_donor(world.story))
    executed(world.story, StepKind.HARVEST, found[0])
    return found


def own_count(flask: str, live: int = 420, dead: int = 20) -> CountFlasks:
    return CountFlasks(flask, live, dead, 8, D(2))


def test_the_second_person_has_counted_before(world: World, flasks: tuple[str, ...]) -> None:
    wanted, story = pool(world, *flasks), world.story
    assert codes(world, "tang", harvest_flasks, wanted, "tian") == {"not-counted-by-the-second"}
    story.do("tang", count_flasks, own_count(flasks[0]))  # one's own is no second one
    assert codes(world, "tang", harvest_flasks, wanted, "tian") == {"not-counted-by-the-second"}
    story.do("tian", count_flasks, own_count(flasks[1], live=200))
    assert codes(world, "tang", harvest_flasks, wanted, "tian") == {"two-counts-differ"}
    story.do("tian", count_flasks, own_count(flasks[1]))
    assert story.do("tang", harvest_flasks, wanted, "tian").live == 412


def test_nobody_sees_the_second_count_before_the_harvest(
    world: World, flasks: tuple[str, ...]
) -> None:
    world.story.do("tian", count_flasks, own_count(flasks[0], live=437))
    page = world.client("tang").get(f"/culture/flasks/{flasks[0]}").text
    assert "437" not in page
    asked = world.client("tang").get(f"/api/culture/flasks/{flasks[0]}").text
    assert "437" not in asked


def test_a_second_count_is_one_of_a_growing_flask(world: World, flasks: tuple[str, ...]) -> None:
    turned_away(world, count_flasks, own_count(flasks[0]), "tang", "tian")
    assert codes(world, "tian", count_flasks, own_count(flasks[0], 9, 1)) == {"too-few-cells"}
    world.story.do("tian", count_flasks, own_count(flasks[0]))
    world.story.do("tang", harvest_flasks, pool(world, *flasks), "tian")
    assert codes(world, "tian", count_flasks, own_count(flasks[0])) == {"not-growing"}
