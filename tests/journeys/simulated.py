"""One seed is one world: who does what next, which fault comes when, where the process dies.

Everything that could differ is drawn from the seed: chance, clock, order, faults and the place of a
crash. A crash is the image of the files at that moment, with what was not yet on the disk dropped or
torn; a new process goes on from there, and whoever got no answer sends the same again. A seed that
fails, fails again: `FUNIS_SEEDS=1234:1235 pytest tests/journeys/test_simulated.py`.
"""

import itertools
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import event, select

from lims.core.chance import SeededChance
from lims.core.db import make_engine
from lims.core.errors import Refused
from lims.core.trouble import BusyError
from lims.demonstration.cast import PASSWORD
from lims.demonstration.story import Story
from lims.trust.actions import Action, Request, perform
from lims.trust.identity.signatures import Credentials
from lims.trust.installation import Site
from lims.trust.trail.entries import TrailEntry
from lims.trust.trail.verify import verify_trail
from tests.journeys.any_order.day import D
from tests.journeys.any_order.guide import Guide
from tests.journeys.any_order.rules import AGAINST, USUAL
from tests.support.worlds import World, retold

STEPS = 30
FAULTS = (
    "dies",
    "dies",
    "dies",
    "power",
    "power",
    "answer lost",
    "sent twice",
    "busy",
    "clock on",
    "clock back",
)
DIALECT = make_engine("sqlite:///none.sqlite").dialect  # never opened
COMPILED: dict[Any, Any] = {}
ONE_IN = 3  # acts that a fault meets


def quick(site: Site) -> Site:
    """The same site, whose engine does not compile anew what an earlier process has compiled."""
    site.engine.dialect = DIALECT
    site.engine.update_execution_options(compiled_cache=COMPILED)
    return site


class CrashError(BaseException):
    """The process is gone; nothing of it catches anything."""


@dataclass
class Machine(Story):
    """People at a site whose process dies, whose answers are lost, whose clock jumps."""

    dice: Random = field(default_factory=Random)
    tally: Counter[Any] = field(default_factory=Counter)
    folder: Path = Path()
    lives: int = 0
    sure: int = 0  # how long the log was when somebody was last told
    keys: Iterator[int] = field(default_factory=itertools.count)

    def do(
        self, who: str, wanted: Action[Any, Any], command: Any, second: str = "", *_: Any
    ) -> Any:
        """Somebody does something, and sends it again until it is answered."""
        signed = Credentials(who, PASSWORD) if wanted.signed_as else None
        witnessed = Credentials(second, PASSWORD) if wanted.witnessed_as else None
        request = Request(self.actor(who), signed, witnessed, key=f"key-{next(self.keys)}")

        def ask() -> Any:
            return perform(self.site, wanted, command, request)

        fault = self.dice.choice(FAULTS) if self.dice.randrange(ONE_IN) == 0 else ""
        self.tally["acts"] += 1
        self.tally[f"fault: {fault}"] += bool(fault)
        answer = self._with(fault, ask)
        self.tally["acknowledged"] += 1
        self.note_sure()
        self.done += 1
        self.clock.now += timedelta(seconds=20)
        return answer

    def _with(self, fault: str, ask: Callable[[], Any]) -> Any:
        match fault:
            case "dies":
                with suppress(CrashError), self.dying(self.dice.randrange(1, 60)):
                    return ask()
            case "power":  # while the commit was written, before anybody was told
                ask()
                self.image()
                self.restart(image=True)
            case "answer lost":
                before = ask()
                self.restart()
                again = ask()
                assert again == before, (again, before)
                return again
            case "sent twice":
                first, again = ask(), ask()
                assert first == again, (first, again)
                return again
            case "busy":
                self.site.patience = 0.01
                with self.site.turn(), suppress(BusyError):
                    ask()
                self.site.patience = 8.0
            case "clock on":
                self.clock.now += timedelta(minutes=self.dice.randrange(1, 20))
            case "clock back":
                now = self.clock.now
                self.clock.now -= timedelta(hours=1)
                with suppress(Refused):
                    ask()
                self.clock.now = now
        return ask()

    @contextmanager
    def dying(self, statement: int) -> Iterator[None]:
        """The process dies before its so-manieth statement, and another one takes its place."""
        left = itertools.count(statement, -1)

        def count(*_: Any) -> None:
            if next(left) == 0:
                self.image()
                raise CrashError

        engine = self.site.engine
        event.listen(engine, "before_cursor_execute", count)
        try:
            yield
        except CrashError:
            self.tally["crashes"] += 1
            self.restart(image=True)
            raise
        finally:
            event.remove(engine, "before_cursor_execute", count)

    @property
    def file(self) -> Path:
        return Path(str(self.site.engine.url.database))

    def image(self) -> None:
        """What the disk has when the power goes: of what no commit made sure, some or nothing."""
        there = self.folder / f"life-{self.lives + 1}"
        there.mkdir()
        shutil.copy(self.file, there / "funis.sqlite")
        log = self.file.with_name(f"{self.file.name}-wal")
        if log.exists():
            data = bytearray(log.read_bytes())
            if len(data) > self.sure and self.dice.random() < 0.5:
                self.tally["torn"] += 1
                cut = self.dice.randrange(self.sure, len(data) + 1)
                data[cut:] = self.dice.randbytes(self.dice.randrange(len(data) - cut + 1))
            (there / "funis.sqlite-wal").write_bytes(data)

    def note_sure(self, *_: Any) -> None:
        """Everything that is in the log now was acknowledged."""
        log = self.file.with_name(f"{self.file.name}-wal")
        self.sure = log.stat().st_size if log.exists() else 0

    def restart(self, *, image: bool = False) -> None:
        """A new process over the same files, or over the image of them; it remembers nothing."""
        old = self.site
        settings = old.settings
        if image:
            self.lives += 1
            url = f"sqlite:///{self.folder / f'life-{self.lives}' / 'funis.sqlite'}"
            settings = replace(settings, database_url=url)
        with suppress(Exception):
            old.engine.dispose()
        chance = SeededChance(f"{self.dice.random()}")
        self.site = quick(Site(settings, old.reactions, self.clock, chance))
        self.note_sure()


class Simulated(Guide):
    """The day of three participants, in an order that the seed draws."""

    @property
    def site(self) -> Site:
        """The process of this moment."""
        return self.story.site

    @site.setter
    def site(self, _: Site) -> None:
        """What the story says, always."""


def assert_in_order(site: Site) -> None:
    """No entry is dated before the one that was written before it."""
    with site.reading() as session:
        told = session.scalars(select(TrailEntry.payload).order_by(TrailEntry.id))
        moments = [json.loads(payload)["at"] for payload in told]
    assert moments == sorted(moments)


def simulate(template: World, folder: Path, seed: int, steps: int = STEPS) -> Counter[Any]:
    """Play one seed in a copy of a world; AssertionError where anything contradicts anything."""
    folder.mkdir(parents=True)
    dice, tally = Random(seed), Counter[Any]()
    shutil.copy(str(template.site.engine.url.database), folder / "funis.sqlite")
    world = retold(template, folder, f"sqlite:///{folder / 'funis.sqlite'}", f"seed {seed}")
    story = Machine(quick(world.site), world.clock, dice=dice, tally=tally, folder=folder)
    story.note_sure()
    world.story = story
    day = Simulated(world, tally)
    day.usual = [D(weights[0]) for weights in USUAL]
    day.aims = iter(lambda: D(dice.choice((0, 0, 0, 4, -4, 9, -9, 10, -10, 20))), None)
    day.edges = iter(lambda: (dice.choice(AGAINST), dice.randrange(-1, 2)), None)
    day.careful = iter(lambda: dice.random() < 0.9, None)
    day.judges = iter(lambda: dice.choice(("quinn", "qiu")), None)
    for _ in range(steps):
        day.step(lambda: day.go_on(dice.randrange(3)))
    try:
        with story.site.reading() as session:
            report = verify_trail(session, story.site.key.public_key())
        assert report.faults == (), report.faults
        assert report.unsealed == 0
        assert_in_order(story.site)
    finally:
        story.site.engine.dispose()
        shutil.rmtree(folder)
    tally["seeds"] += 1
    return tally
