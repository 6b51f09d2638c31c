"""The demonstration's world: something waits at every stage, so every page has its forms."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lims.core.chance import SeededChance
from lims.demonstration import history, making, treating
from lims.demonstration.cast import hire
from lims.demonstration.story import Story
from lims.testing.actions import SampleLot, sample_lot
from tests.support.worlds import BEGIN, World, copies_of, new_site


@pytest.fixture(scope="session")
def told_busy(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Told once; never change it, copy it."""
    site = new_site(tmp_path_factory.mktemp("busy"))
    site.chance = SeededChance(history.SEED)
    hire(site)
    story = Story(site, site.clock)  # type: ignore[arg-type]
    stores = making.set_up(story)
    treating.seal_the_list(story, history.ROWS)
    history.lots(story, stores, history.banks(story, stores))
    history.course(story, stores)
    history.present(story, stores, BEGIN + timedelta(days=history.DAYS))
    # What a day of the demonstration lacks: growing flasks, an empty sample, a cell bag begun.
    making.isolated(story, stores, making.a_donor(story))
    story.do("tang", sample_lot, SampleLot(making.a_vehicle(story, stores)))
    new = [treating.randomised(story, f"Z{n}", f"Z-{n}") for n in range(4)]
    orders = [treating.ordered(story, one, 1, "66.0") for one in new]
    story.wait(hours=1)
    session = treating.opened_session(story, stores)
    for order in orders[:3]:
        treating.begun(story, session, order)
    world = World(story, stores)
    site.engine.dispose()
    return world


@pytest.fixture
def busy(told_busy: World, tmp_path: Path) -> Iterator[World]:
    """A busy world of one's own."""
    with copies_of(told_busy, tmp_path) as copy:
        yield copy()
