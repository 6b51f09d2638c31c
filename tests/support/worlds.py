"""Worlds to test in: a site with its cast, its clock and its database, told by the story builders."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from lims import house
from lims.core.chance import SeededChance
from lims.demonstration import making, treating
from lims.demonstration.cast import PASSWORD, hire
from lims.demonstration.making import Stores
from lims.demonstration.story import Story, StoryClock
from lims.migrate import migrate
from lims.settings import Settings
from lims.trust.actions import Request, perform
from lims.trust.founding import KnowKeys, know_keys
from lims.trust.identity.people import PROGRAM
from lims.trust.installation import Site
from lims.trust.keys import make_keys
from lims.web.app import make_app

BEGIN = datetime(2026, 1, 5, 1, tzinfo=UTC)
CODES = "ABBAABAB"


@dataclass
class World:
    """A site whose story can be told on."""

    story: Story
    stores: Stores | None = None
    participants: list[str] = field(default_factory=list)
    lots: dict[str, str] = field(default_factory=dict)
    donor: str = ""

    @property
    def site(self) -> Site:
        """The installation."""
        return self.story.site

    @property
    def clock(self) -> StoryClock:
        """The clock that the story moves."""
        return self.story.clock

    def app(self) -> Flask:
        """All three doors over this world."""
        return make_app(self.site, house.DOORS)

    def client(self, login: str, app: Flask | None = None) -> FlaskClient:
        """A browser in which this person has logged in."""
        client = (app or self.app()).test_client()
        answer = client.post("/login", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return client


ZONE = os.environ.get("FUNIS_TIME_ZONE", Settings.time_zone)  # the suite passes in any


def new_site(folder: Path, url: str | None = None, seed: str = "test", zone: str = ZONE) -> Site:
    """A migrated, empty site; its keys and, on SQLite, its database lie in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        database_url=url or f"sqlite:///{folder / 'funis.sqlite'}",
        key_folder=folder / "keys",
        secret_key="a secret for tests only",
        demonstration=True,
        light_passwords=True,
        secure_cookies=False,
        time_zone=zone,
        printer_networks=("127.0.0.0/8", "10.0.0.0/8"),
    )
    migrate(settings.database_url)
    make_keys(settings.key_folder)
    site = Site(settings, house.REACTIONS, StoryClock(BEGIN), SeededChance(seed))
    perform(site, know_keys, KnowKeys(), Request(PROGRAM))
    return site


def told(site: Site) -> World:
    """The site with its cast, its stores, a released product lot and vehicle, two participants."""
    assert isinstance(site.clock, StoryClock)
    hire(site)
    story = Story(site, site.clock)
    world = World(story, making.set_up(story))
    assert world.stores is not None
    world.donor = making.a_donor(story)
    product = making.a_product_lot(story, world.stores, world.donor)
    making.tested(story, product)
    making.released(story, product)
    vehicle = making.a_vehicle(story, world.stores)
    making.tested(story, vehicle)
    making.released(story, vehicle)
    world.lots = {"product": product, "vehicle": vehicle}
    treating.seal_the_list(story, CODES)
    world.participants = [
        treating.randomised(story, f"P{place}", f"H-{place}") for place in range(2)
    ]
    return world


Copy = Callable[[], World]


def retold(world: World, folder: Path, url: str, name: str) -> World:
    """The same world over another database, with keys of its own."""
    shutil.copytree(world.site.settings.key_folder, folder / "keys")
    settings = replace(world.site.settings, database_url=url, key_folder=folder / "keys")
    clock = StoryClock(world.clock.now)
    site = Site(settings, house.REACTIONS, clock, SeededChance(name))
    return World(
        Story(site, clock), world.stores, list(world.participants), dict(world.lots), world.donor
    )


@contextmanager
def copies_of(world: World, folder: Path) -> Iterator[Copy]:
    """Copies of a told SQLite world, each to be changed freely; made by copying its file."""
    world.site.engine.dispose()
    source = str(world.site.engine.url.database)
    made: list[World] = []

    def copy() -> World:
        target = folder / f"copy-{len(made)}"
        target.mkdir(parents=True)
        shutil.copy(source, target / "funis.sqlite")
        url = f"sqlite:///{target / 'funis.sqlite'}"
        made.append(retold(world, target, url, f"copy {len(made)}"))
        return made[-1]

    yield copy
    for fresh in made:
        fresh.site.engine.dispose()
