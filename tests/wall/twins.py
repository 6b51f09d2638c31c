"""Twin worlds: told with the same seed on the same clock; they differ in one thing only."""

import hashlib
import json
import logging
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from lims import house
from lims.core.chance import SeededChance
from lims.core.errors import Refused
from lims.demonstration import cataloguing, making, treating, watching
from lims.demonstration.cast import PASSWORD, hire
from lims.demonstration.story import Story, StoryClock
from lims.deviations.actions import (
    CloseDeviation,
    OpenDeviation,
    close_deviation,
    open_deviation,
)
from lims.deviations.capa import PlanCapa, plan_capa
from lims.deviations.rules import CapaKind
from lims.trial import actions as trial
from lims.trial.labels import print_wristband
from lims.trial.rules import Sex
from lims.trust.actions import Action
from lims.trust.installation import Site
from lims.trust.lateness import Earlier
from lims.web.app import make_app
from tests.support.provider import Provider
from tests.support.worlds import World, new_site
from tests.trust.test_hospital import linked, set_up

C = TypeVar("C")
R = TypeVar("R")

# What flask signs into its cookies and form tokens comes from the real clock, not from ours.
REAL_NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
CSRF = "a" * 40
CODES = "ABBAABAB"
STAYS_LOGGED_IN = timedelta(minutes=10)

WARD = ("nora", "niu", "ines", "asa", "mona")
LAB = ("tang", "ana", "quinn")
NOBODY = ""


@dataclass(frozen=True)
class Someone:
    """Who a participant is; the weight and the times are the same in every twin."""

    initials: str
    hospital_number: str
    sex: Sex
    born_on: date


PEOPLE = (
    Someone("QZ", "H-77001", Sex.FEMALE, date(1961, 2, 3)),
    Someone("VK", "H-88002", Sex.MALE, date(1984, 11, 30)),
)


@dataclass(frozen=True)
class Answer:
    """All that whoever asked gets to see; the date alone is not compared."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        assert self.status == 200, self.text
        return json.loads(self.body)


@dataclass
class HeardStory(Story):
    """A story that keeps what everybody in it is told, refusals too."""

    told: list[tuple[str, str]] = field(default_factory=list)

    def do(
        self,
        who: str,
        wanted: Action[C, R],
        command: C,
        second: str = "",
        earlier: Earlier | None = None,
    ) -> R:
        try:
            result = super().do(who, wanted, command, second, earlier)
        except Refused as refused:
            self.told.append((who, f"{wanted.path} {refused}"))
            raise
        self.told.append((who, f"{wanted.path} {result!r}"))
        return result


LINKED = ("nora", "ines", "mona", "quinn")  # to the hospital's log-in
READ_CHINESE = ("mona", "ana")  # one on each side of the wall


@dataclass
class Twin:
    """One of two worlds, asked over HTTP."""

    world: World
    app: Flask
    asked: int = 0
    heard: list[tuple[str, Answer]] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    clients: dict[str, tuple[FlaskClient, datetime]] = field(default_factory=dict)

    @property
    def story(self) -> HeardStory:
        assert isinstance(self.world.story, HeardStory)
        return self.world.story

    @property
    def now(self) -> datetime:
        return self.world.clock.now

    def at(self, moment: datetime) -> None:
        """The same instant in both twins, however long the laboratory of each has worked."""
        assert self.now <= moment, f"the story is late: {self.now} is after {moment}"
        self.world.clock.now = moment

    def ask(self, login: str, method: str, path: str, **given: Any) -> Answer:
        """One request of one person, with every random number made from the request's own."""
        self.asked += 1
        if login in READ_CHINESE:
            given["headers"] = {"Accept-Language": "zh", **given.get("headers", {})}
        site, told = self.world.site, self.world.site.chance
        site.chance = SeededChance(f"request {self.asked}")
        try:
            with _the_same_everywhere(f"{login}/{self.asked}"):
                client = self._client(login)
                response = client.open(path, method=method, **given)
                kept = [(k, v) for k, v in response.headers.items() if k != "Date"]
                return Answer(response.status_code, tuple(kept), response.get_data())
        finally:
            site.chance = told

    def get(self, login: str, path: str) -> Answer:
        return self.ask(login, "GET", path)

    def leave(self, login: str) -> None:
        """Log out and close the browser: the next page is of one just opened."""
        if login in self.clients:
            self.ask(login, "POST", "/logout", data={"csrf_token": csrf_token()})
            del self.clients[login]

    def get_afresh(self, login: str, path: str) -> Answer:
        """In a browser just opened: nothing that an earlier page has left behind."""
        self.leave(login)
        return self.get(login, path)

    def api(self, login: str, path: str, second: str = "", **given: Any) -> Answer:
        """A step over the API, signed by whoever does it and by a second person."""
        if second:
            given |= {"witness_login": second, "witness_password": PASSWORD}
        signed = {"sign_login": login, "sign_password": PASSWORD, **given}
        headers = {"X-CSRFToken": csrf_token()}
        answer = self.ask(login, "POST", f"/api/{path}", json=signed, headers=headers)
        return self._heard(f"{login} POST /api/{path}", answer)

    def form(self, login: str, path: str, second: str = "", **given: str) -> Answer:
        """The same step from a page's form."""
        if second:
            given |= {"_witness_login": second, "_witness_password": PASSWORD}
        signed = {"_sign_login": login, "_sign_password": PASSWORD, **given}
        target = path if path.startswith("/") else f"/do/{path}"
        data = {**signed, "csrf_token": csrf_token()}
        return self._heard(f"{login} POST {target}", self.ask(login, "POST", target, data=data))

    def _heard(self, what: str, answer: Answer) -> Answer:
        self.heard.append((what, answer))
        self.story.wait(seconds=20)
        return answer

    def _client(self, login: str) -> FlaskClient:
        found = self.clients.get(login)
        if found is not None and (login == NOBODY or self.now - found[1] < STAYS_LOGGED_IN):
            self.clients[login] = (found[0], self.now)
            return found[0]
        client = self.app.test_client()
        if login != NOBODY:
            client.get("/login")
            data = {"login": login, "password": PASSWORD, "station": "trolley 1"}
            answer = client.post("/login", data=data)
            assert answer.status_code == 303, answer.get_data(as_text=True)
            with client.session_transaction() as session:
                session["csrf_token"] = CSRF
        self.clients[login] = (client, self.now)
        return client

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Keep every line that any logger writes, debugging too."""
        root = logging.getLogger()
        handler, level = _Keeping(self.logged), root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            root.setLevel(level)
            root.removeHandler(handler)


class _Keeping(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.levelname} {record.getMessage()}")


@contextmanager
def _the_same_everywhere(seed: str) -> Iterator[None]:
    """Secrets and the real clock give the same in both twins; nothing of an answer is cut out."""
    drawn = 0

    def token(_nbytes: int | None = None) -> str:
        nonlocal drawn
        drawn += 1
        return hashlib.sha256(f"{seed}/{drawn}".encode()).hexdigest()

    with (
        time_machine.travel(REAL_NOW, tick=False),
        patch.object(secrets, "token_urlsafe", token),
    ):
        yield


def csrf_token() -> str:
    """The form token that belongs to the session's secret, as the pages carry it."""
    with time_machine.travel(REAL_NOW, tick=False):
        signer = URLSafeTimedSerializer("a secret for tests only", salt="wtf-csrf-token")
        return str(signer.dumps(CSRF))


def before_the_list(folder: Path, provider: Provider) -> World:
    """What the twins have in common: cast, stores, a released product lot and a vehicle.

    Some on each side of the wall are linked to the hospital's log-in, so their forms offer it.
    """
    site = new_site(folder, seed="before")
    assert isinstance(site.clock, StoryClock)
    hire(site)
    story = Story(site, site.clock)
    stores = making.set_up(story)
    world = World(story, stores, donor=making.a_donor(story))
    cataloguing.catalogue(story)
    watching.monitored(story, stores.cabinet)
    repaired(story, stores.cabinet)
    product = making.a_product_lot(story, stores, world.donor, vials=14)
    vehicle = making.a_vehicle(story, stores)
    for lot in (product, vehicle):
        making.tested(story, lot)
        making.released(story, lot)
    world.lots = {"product": product, "vehicle": vehicle}
    provider.clock = site.clock
    set_up(world, provider)
    for login in LINKED:
        assert linked(world.client(login), provider, login).status_code == 303
    site.engine.dispose()
    return world


def repaired(story: Story, cabinet: str) -> None:
    """A deviation of the cabinet, closed with a measure under way."""
    opened = OpenDeviation(cabinet, "a lamp failed")
    number = story.do("tang", open_deviation, opened).number
    due = story.today + timedelta(days=400)
    planned = PlanCapa(number, CapaKind.PREVENTIVE, "a lamp in store", "tian", due, due)
    story.do("quinn", plan_capa, planned)
    story.do("quinn", close_deviation, CloseDeviation(number, "no work was under way"))


def make_twin(
    base: World, folder: Path, *, cells: str = "A", people: tuple[Someone, ...] = PEOPLE
) -> Twin:
    """A copy of the base whose list is sealed with this code for cells, for these people."""
    folder.mkdir(parents=True)
    shutil.copy(str(base.site.engine.url.database), folder / "funis.sqlite")
    shutil.copytree(base.site.settings.key_folder, folder / "keys")
    url = f"sqlite:///{folder / 'funis.sqlite'}"
    settings = replace(base.site.settings, database_url=url, key_folder=folder / "keys")
    clock = StoryClock(base.clock.now)
    site = Site(settings, house.REACTIONS, clock, SeededChance("twins"))
    world = World(HeardStory(site, clock), base.stores, [], dict(base.lots), base.donor)
    treating.seal_the_list(world.story, CODES, cells)
    for someone in people:
        command = trial.RegisterParticipant(
            someone.initials, someone.sex, someone.born_on, someone.hospital_number, "3.0",
            clock.now - timedelta(days=1),
        )  # fmt: skip
        number = world.story.do("ines", trial.register_participant, command).number
        treating.screened(world.story, number)
        world.story.do("ines", trial.randomise, trial.OfParticipant(number))
        world.story.do("ines", print_wristband, trial.OfParticipant(number))
        world.participants.append(number)
    return Twin(world, make_app(site, house.DOORS))


def copy_of_twin(twin: Twin, folder: Path) -> Twin:
    """The same world once more, to be changed without harm to the one it came from."""
    folder.mkdir(parents=True)
    site = twin.world.site
    site.engine.dispose()
    shutil.copy(str(site.engine.url.database), folder / "funis.sqlite")
    settings = replace(site.settings, database_url=f"sqlite:///{folder / 'funis.sqlite'}")
    clock = StoryClock(twin.now)
    fresh = Site(settings, site.reactions, clock, SeededChance("copies"))
    world = replace(twin.world, story=HeardStory(fresh, clock))
    return Twin(world, make_app(fresh, house.DOORS), twin.asked)


TwinOf = Callable[..., Twin]
