"""A browser, and the ward and the bench as their people find them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from lims.bedside.models import Check
from lims.core.db import Base
from lims.labelling.models import Label
from lims.trust.trail.scan_log import ScanRead
from tests.browser.hands import Hands, served
from tests.browser.wedge import Wedge
from tests.support.chromium import ChromiumNotFound, browser
from tests.support.scene_fixtures import Scene, received, released
from tests.support.worlds import World

__all__ = ["received", "released"]

EARS = """
window.tones = []; window.buzzes = [];
window.AudioContext = class {
  constructor() { this.currentTime = 0; this.destination = {}; }
  createOscillator() {
    return { frequency: { set value(pitch) { window.tones.push(pitch); } },
             connect() {}, start() {}, stop() {} };
  }
};
Object.defineProperty(navigator, "vibrate", { value: (p) => { window.buzzes.push(p); return true; } });
"""


@dataclass
class Place:
    """A world with its people's browsers, and what the tests of scanning ask of it."""

    world: World
    hands: Hands
    pairs: list[tuple[str, str]] = field(default_factory=list)  # wristband and bag

    def open(self, who: str, path: str) -> tuple[Page, Wedge]:
        first = who not in self.hands.pages
        page = self.hands.page(who)
        if first:
            page.add_init_script(EARS)
            page.set_default_timeout(8000)
        self.hands.go(who, path)
        return page, Wedge(page)

    def rows(self, table: type[Base]) -> list[Any]:
        with self.world.site.reading() as session:
            found = list(session.scalars(select(table)))
            session.expunge_all()
            return found

    @property
    def checks(self) -> list[tuple[str, bool]]:
        """The verdicts so far, each with whether something was typed."""
        return [(str(row.word), row.manual) for row in self.rows(Check)]

    @property
    def reads(self) -> list[ScanRead]:
        return [row for row in self.rows(ScanRead) if row.action == "bedside/verify-bag"]

    def label(self, number: str) -> Label:
        return next(row for row in self.rows(Label) if row.number == number)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    try:
        with browser() as launched:
            yield launched
    except ChromiumNotFound as missing:
        pytest.skip(f"no browser on this machine: {missing}")


@pytest.fixture
def ward(received: Scene, chromium: Browser) -> Iterator[Place]:
    """Two participants with their wristbands, and a bag for each on the ward, in its slot."""
    world, *babies = received
    world.story.wait(minutes=30)
    with served(world) as address:
        place = Place(world, Hands(chromium, address))
        place.pairs = [
            (place.label(person).code, place.label(baby.bag).code)
            for person, baby in zip(world.participants, babies, strict=True)
        ]
        yield place
        place.hands.close()


@pytest.fixture
def bench(world: World, chromium: Browser) -> Iterator[Place]:
    """The laboratory, with its stores and a released lot."""
    world.story.wait_until(world.clock.now + timedelta(minutes=1))
    with served(world) as address:
        place = Place(world, Hands(chromium, address))
        yield place
        place.hands.close()


def verdict(page: Page, word: str) -> None:
    """Wait for the verdict; another one fails at once."""
    page.locator(".word h1").first.wait_for()
    assert page.locator(".word h1").first.inner_text() == word, page.locator(".word").inner_text()


# Where nobody judges the pace of keys: beside these the others, one after the other.
AT_ANY_PACE = {
    "test_axe.py", "test_bad_week.py", "test_bad_week_of_the_laboratory.py", "test_journey.py",
}  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser that leaves a page breaks off what the test server was sending it."""
    broken_off = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(broken_off)
            pace = "any pace" if item.path.name in AT_ANY_PACE else "pace"
            item.add_marker(pytest.mark.xdist_group(pace))
