"""Fixtures of worlds that are told further than the told world; imported by a folder's conftest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lims.demonstration.treating import Baby
from tests.support.scenes import further, two_received, two_released
from tests.support.worlds import World

Scene = tuple[World, Baby, Baby]


@pytest.fixture
def released(told_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A bag of cells and a bag of vehicle, released in the laboratory, near their slot."""
    folder: Path = tmp_path_factory.mktemp("released")
    with further(told_world, folder, two_released) as (world, (cells, vehicle)):
        yield world, cells, vehicle


@pytest.fixture
def received(told_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The same two bags, received on the ward; the first participant's holds cells."""
    folder: Path = tmp_path_factory.mktemp("received")
    with further(told_world, folder, two_received) as (world, (cells, vehicle)):
        yield world, cells, vehicle
