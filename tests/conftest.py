"""Fixtures that every test may use: worlds on SQLite and on PostgreSQL."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.support.postgres import PostgresNotFound, new_database, postgres_server
from tests.support.quick import compile_once
from tests.support.worlds import World, copies_of, new_site, retold, told

compile_once()

LONGEST = {
    "test_no_route_and_no_number_tells_the_laboratory_who_is_treated",
    "test_no_route_and_no_number_tells_the_arms",
    "test_nothing_wrong_passes_whatever_comes_between",
    "test_nobody_on_the_ward_can_tell_the_arms",
}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI everything must be there: a skip is a failure that names what was missing."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that at the end no worker waits for another."""
    items.sort(key=lambda item: getattr(item, "originalname", "") not in LONGEST)


@pytest.fixture(scope="session")
def told_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world told once for the whole run; never change it, copy it."""
    world = told(new_site(tmp_path_factory.mktemp("told")))
    world.site.engine.dispose()
    return world


@pytest.fixture
def world(told_world: World, tmp_path: Path) -> Iterator[World]:
    """A world of one's own: cast, stores, released lots, two randomised participants."""
    with copies_of(told_world, tmp_path) as copy:
        yield copy()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A throw-away PostgreSQL server."""
    try:
        with postgres_server() as url:
            yield url
    except PostgresNotFound as missing:
        pytest.skip(f"no PostgreSQL on this machine: {missing}")


@pytest.fixture(scope="session")
def told_on_postgres(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The told world on PostgreSQL; a template, never to be changed."""
    site = new_site(tmp_path_factory.mktemp("told-pg"), new_database(postgres))
    try:
        return told(site)
    finally:
        site.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def either_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The same world on both databases."""
    if request.param == "sqlite":
        with copies_of(request.getfixturevalue("told_world"), tmp_path) as copy:
            yield copy()
        return
    template = request.getfixturevalue("told_on_postgres")
    url = new_database(request.getfixturevalue("postgres"), template.site.settings.database_url)
    world = retold(template, tmp_path, url, "copy")
    yield world
    world.site.engine.dispose()
