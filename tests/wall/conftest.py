"""Twin worlds for the wall's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lims.demonstration.treating import Baby
from tests.support.provider import Provider, serving
from tests.support.worlds import World
from tests.wall.scenes import on_the_way
from tests.wall.twins import Twin, TwinOf, before_the_list, make_twin


@pytest.fixture(scope="session")
def before_list(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """What all twins have in common, told once; the hospital's log-in serves them all."""
    with pytest.MonkeyPatch.context() as patch, serving(Provider()) as provider:
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield before_the_list(tmp_path_factory.mktemp("before-the-list"), provider)


@pytest.fixture
def twin_of(before_list: World, tmp_path: Path) -> Iterator[TwinOf]:
    """Makes twins of the common past."""
    made: list[Twin] = []

    def make(**how: object) -> Twin:
        made.append(make_twin(before_list, tmp_path / f"twin-{len(made)}", **how))
        return made[-1]

    yield make
    for twin in made:
        twin.world.site.engine.dispose()


@pytest.fixture
def arms_swapped(twin_of: TwinOf) -> tuple[Twin, Twin]:
    """The same people and numbers; code A means cells in one and vehicle in the other."""
    return twin_of(cells="A"), twin_of(cells="B")


@pytest.fixture(scope="session")
def told_on_the_way(
    before_list: World, tmp_path_factory: pytest.TempPathFactory
) -> tuple[tuple[Twin, Twin], list[Baby]]:
    """Both bags on their way in both worlds, told once; to be read only, or copied."""
    folder = tmp_path_factory.mktemp("on-the-way")
    twins = (
        make_twin(before_list, folder / "left", cells="A"),
        make_twin(before_list, folder / "right", cells="B"),
    )
    babies = [on_the_way(twin) for twin in twins]
    assert [b.bag for b in babies[0]] == [b.bag for b in babies[1]]
    return twins, babies[0]


@pytest.fixture
def on_its_way(
    told_on_the_way: tuple[tuple[Twin, Twin], list[Baby]],
) -> tuple[tuple[Twin, Twin], list[Baby]]:
    """The same, for one test; the bags' numbers are equal in both worlds."""
    return told_on_the_way
