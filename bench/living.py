"""The journey over HTTP: cords become bags, participants are treated, and it is a bad week.

Each life is one of the people of `bench.faults`: what is acknowledged to it must be there afterwards.
"""

import json
import traceback
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.exc import DBAPIError

from bench.paced import Pace
from bench.people import EXPECTED, Person, Plan
from lims.core import shapes
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.uploads import Upload
from lims.demonstration import making, treating
from lims.demonstration.cast import PASSWORD
from lims.demonstration.making import Stores
from lims.demonstration.story import Story
from lims.release.actions import JudgeLot, hold_lot, return_lot
from lims.supplies.equipment import SetEquipment, set_equipment
from lims.testing.sterility import ReadSterility, read_sterility
from lims.trial.pausing import PauseTrial, pause_trial
from lims.trust.lateness import Earlier
from tests.journeys.any_order import winding_up
from tests.support.worlds import World

WARDS, LABS = 6, 2
WRONG = {"invariant", "conflict", "invalid"}  # no step of theirs may be refused so
PASSES = {"trial-paused", "out-of-service"}  # whoever is refused so tries again a little later
UNTIL_IT_IS_RIGHT = {"clock-went-back"}


class OverError(Exception):
    """The run is over: whoever is in the middle of something leaves it as it is."""


@dataclass
class Now:
    """The run's clock, as a story asks for it."""

    pace: Pace

    @property
    def now(self) -> datetime:
        """Now, on the clock that the server reads too."""
        return self.pace.clock()


class Life(Person):
    """Somebody whose acts are a story; refused, they turn to the next."""

    paced = True  # whether the clock waits for them

    def __init__(self, living: "Living", name: str, lives: Callable[[Story], None]) -> None:
        super().__init__(living.plan, name, 0)
        self.living, self.lives, self.acts = living, lives, count(1)

    def run(self) -> None:
        story = Remote(self.living.world.site, Now(self.living.pace), life=self)  # type: ignore[arg-type]
        try:
            while not self.plan.ended.is_set():
                self.live(story)
        except OverError:
            pass
        except Exception:  # noqa: BLE001 -- whatever it is, it is told
            self.plan.notes.odd.append(traceback.format_exc()[-1500:])
        finally:
            if self.paced:
                self.living.pace.leave()

    def live(self, story: Story) -> None:
        """One journey, as far as it gets."""
        try:
            self.lives(story)
        except Refused as refused:
            self.living.refusals.update(reason.code for reason in refused.reasons)
        except DBAPIError:  # the story's own look, while the database was killed
            self.living.refusals["looked while the database was killed"] += 1
        except AssertionError as stop:  # a verdict that is no GO
            self.living.refusals[f"STOP {stop}"[:80]] += 1
        else:
            return
        if self.paced:
            story.wait(days=1)

    def is_trouble(self, status: int, data: bytes) -> bool:
        """A clock that went back is trouble of the machine: it is set right."""
        if status == 401:
            with suppress(DBAPIError):  # killed just now: the next answer asks again
                self.living.renew()
        at_fault = status == 409 and json.loads(data)["code"] in UNTIL_IT_IS_RIGHT
        return status in {401, 503} or at_fault


def files_of(command: Any) -> dict[str, Any]:
    """The files of a command as they are sent: what is written of them is their digest only."""
    return {
        name: {"name": value.name, "base64": b64encode(value.data).decode()}
        for name, value in vars(command).items()
        if isinstance(value, Upload)
    }


@dataclass
class Remote(Story):
    """A story whose people are at a browser far away."""

    life: Life | None = None

    def do(
        self, who: str, wanted: Any, command: Any, second: str = "", _earlier: Earlier | None = None
    ) -> Any:
        """Somebody sends something until it is answered; Refused as the server refuses it."""
        try:
            return self.sent(who, wanted, command, second)
        except Refused as refused:
            if not {reason.code for reason in refused.reasons} <= PASSES:
                raise
        self.wait(minutes=2)
        return self.do(who, wanted, command, second)

    def sent(self, who: str, wanted: Any, command: Any, second: str) -> Any:
        """One answer, whatever it is."""
        assert self.life
        body = shapes.write(command) | files_of(command)
        if wanted.signed_as:
            body |= {"sign_login": who, "sign_password": PASSWORD}
        if wanted.witnessed_as:
            body |= {"witness_login": second, "witness_password": PASSWORD}
        mark = f"{self.life.login}-{next(self.life.acts)}"
        answer = self.life.sent(who, f"/api/{wanted.path}", body, mark)
        if answer is None:
            raise OverError
        status, data = answer
        if status == 200:
            return shapes.read_back(wanted.result, data.decode())
        told = json.loads(data)
        codes = {reason["code"] for reason in told["reasons"]}
        if status not in self.life.expected or codes & WRONG:
            self.life.plan.notes.odd.append(f"{who} {wanted.path} {status} {data[:300]!r}")
        raise Refused(told["sentence"], [Reason(c["code"], c["sentence"]) for c in told["reasons"]])

    def wait(self, **span: float) -> None:
        self.wait_until(self.clock.now + timedelta(**span))

    def wait_until(self, moment: datetime) -> None:
        assert self.life
        self.life.living.pace.wait_until(moment, self.life.plan.ended)
        if self.life.plan.ended.is_set():
            raise OverError


@dataclass
class Living:
    """Two laboratories, a vehicle's maker, six wards and whoever makes the week a bad one."""

    world: World
    plan: Plan
    pace: Pace
    renew: Callable[[], None]
    journeys: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def stores(self) -> Stores:
        assert self.world.stores
        return self.world.stores

    def people(self) -> list[Life]:
        """Everybody, not yet at work."""
        lives = [Life(self, f"lab-{n}", self.a_cord) for n in range(LABS)]
        lives.append(Life(self, "vehicle", self.a_vehicle))
        lives += [Life(self, f"ward-{n}", self.a_participant) for n in range(WARDS)]
        self.pace.at_work = len(lives)
        return [*lives, BadWeek(self)]

    def a_cord(self, story: Story) -> None:
        """From a donor to a released lot, in a box of its own."""
        mine = replace(self.stores, box=making.another_box(story, self.stores))
        lot = making.a_product_lot(story, mine, making.a_donor(story))
        making.tested(story, lot)
        making.released(story, lot)
        self.journeys["cords to a released lot"] += 1
        story.wait(days=5)

    def a_vehicle(self, story: Story) -> None:
        lot = making.a_vehicle(story, self.stores)
        making.tested(story, lot)
        making.released(story, lot)
        self.journeys["vehicle lots released"] += 1
        story.wait(days=20)

    def a_participant(self, story: Story) -> None:
        """From the screening over three infusions to the last bag's sterility test."""
        n = next(self.numbers)
        number = treating.randomised(story, f"L{n % 100:02}", f"H-L{n}")
        begin = story.clock.now
        for visit in (1, 2, 3):
            story.wait_until(begin + timedelta(days=28 * (visit - 1)))
            (baby,) = treating.one_visit(story, self.stores, [(number, visit, "75.0")])
            begin = begin if visit > 1 else story.clock.now
            self.journeys["infusions"] += 1
            for _ in range(2):
                story.wait(days=7, minutes=1)
                story.do("ana", read_sterility, ReadSterility(baby.sample, False))
            treating.sterility_closed(story, baby)
        self.journeys["participants treated three times"] += 1

    def wind_up(self) -> list[str]:
        """Bring what was left in the middle to its end, over HTTP; what cannot be is told."""
        self.plan.ended.clear()
        life = Life(self, "after", lambda _: None)
        life.expected = EXPECTED | {403}  # whoever may is looked for
        story = Remote(self.world.site, Now(self.pace), life=life)  # type: ignore[arg-type]
        world, left = replace(self.world, story=story), []
        for kind in ("infusions", "bags", "orders", "open_sessions", "lots"):
            for what, ways in getattr(winding_up, kind)(world):
                try:
                    winding_up.led_on(world, what, ways)
                except AssertionError as error:
                    left.append(str(error)[:300])
        self.plan.ended.set()
        return left


class BadWeek(Life):
    """Lots held and returned, the trial paused, an instrument out of service, a wrong clock."""

    paced = False

    def __init__(self, living: Living) -> None:
        super().__init__(living, "bad-week", self.one_evil)

    def one_evil(self, story: Story) -> None:
        """One of them, for a second or two of real time, and its end."""
        if self.plan.ended.wait(self.dice.uniform(8, 16)):
            raise OverError
        evil = self.dice.choice(
            (self.a_doubt, *(self.a_pause, self.an_instrument, self.a_clock) * 2)
        )
        evil(story)
        self.living.journeys["evils of the week"] += 1

    def a_doubt(self, story: Story) -> None:
        held = JudgeLot(self.living.world.lots["product"], "a doubt")
        story.do("quinn", hold_lot, held)
        self.plan.ended.wait(1.5)
        story.do("qiu", return_lot, held)

    def a_pause(self, story: Story) -> None:
        for is_paused in (True, False):
            story.do("ines", pause_trial, PauseTrial(is_paused, "a doubt"))
            self.plan.ended.wait(1.5)

    def an_instrument(self, story: Story) -> None:
        until = story.today + timedelta(days=900)
        for serves in (False, True):
            wanted = SetEquipment(self.living.stores.cabinet, until, serves)
            story.do("quinn", set_equipment, wanted)
            self.plan.ended.wait(1.5)

    def a_clock(self, _story: Story) -> None:
        """An hour on stays so; an hour back is set right."""
        if self.dice.random() < 0.5:
            self.living.pace.set_on(3600)
            return
        self.living.pace.jump(-3600)
        self.plan.ended.wait(2)
        self.living.pace.jump(0)
