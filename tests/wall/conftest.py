"""Twin worlds for the wall's tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.worlds import World
from tests.wall.twins import Twin, before_the_list, make_twin


@pytest.fixture(scope="session")
def before_list(tmp_path_factory: pytest.TempPathFactory) -> World:
    """What all twins have in common, told once."""
    return before_the_list(tmp_path_factory.mktemp("before-the-list"))


@pytest.fixture
def twin_of(before_list: World, tmp_path: Path) -> Callable[..., Twin]:
    """Makes twins of the common past."""
    made: list[Twin] = []

    def make(**how: object) -> Twin:
        made.append(make_twin(before_list, tmp_path / f"twin-{len(made)}", **how))
        return made[-1]

    yield make
    for twin in made:
        twin.world.site.engine.dispose()


@pytest.fixture
def arms_swapped(twin_of: Callable[..., Twin]) -> tuple[Twin, Twin]:
    """The same people and numbers; code A means cells in one and vehicle in the other."""
    return twin_of(cells="A"), twin_of(cells="B")
