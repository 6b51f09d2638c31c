"""A real server, a real database, twenty people; and what hospitals do to machines.

Half of the people live the journey and its bad week (`living.py`), on a clock that goes on when all of
them wait; the others ask and note what they can. Workers, master and database processes are killed with
-9, connections are cut before the answer comes, and whoever got no answer sends the same again under the
same key. At the end everything that was acknowledged is there once, every answer was a verdict, a refusal
or a 503 that says what to do, no table contradicts another, what was left in the middle can be brought to
its end, and the trail with its replay is whole. `python -m bench.faults --kills 200`.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg
from sqlalchemy import select

from bench.living import LABS, WARDS, Living
from bench.machine import commit
from bench.paced import FileClock, Pace
from bench.people import EXPECTED, PEOPLE, Person, Plan
from bench.servers import ROOT, WORKERS, durable_postgres
from lims.bedside.models import Check
from lims.core.clock import Clock, system_clock
from lims.demonstration import making
from lims.demonstration.cast import PASSWORD
from lims.deviations.models import Deviation
from lims.trust.actions import Request, perform
from lims.trust.answers import Answer
from lims.trust.identity.people import actor_named
from lims.trust.identity.sessions import MakeToken, make_token
from lims.trust.identity.signatures import Credentials
from lims.trust.installation import Site
from lims.trust.keys import DATABASE, make_keys
from lims.trust.trail.verify import verify_trail
from tests.journeys.any_order import eyes
from tests.support import postgres
from tests.support.worlds import World, new_site, told

LIVING = ("stan", "ana", "aiko", "ada")  # besides: whoever lives the journey
JUMP = "but was written after"
RESULTS = Path(__file__).with_name("faults.json")


class Server:
    """gunicorn, started again whenever its master is killed."""

    def __init__(self, environment: dict[str, str], port: int, log: Path) -> None:
        kept = {n: v for n, v in os.environ.items() if not n.startswith("FUNIS_")}
        self.environment, self.port, self.log = {**kept, **environment}, port, log
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gunicorn", *WORKERS, "--log-level", "critical",
                   "-b", f"127.0.0.1:{self.port}", "bench.paced:app"]  # fmt: skip
        with self.log.open("ab") as out:
            return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=out, stderr=out)

    def wait(self) -> None:
        """Until it answers."""
        end = time.monotonic() + 90
        while time.monotonic() < end:
            if self.process.poll() is not None:  # as a service is: the database was not back yet
                self.process = self._start()
            with suppress(OSError, HTTPException):
                link = HTTPConnection("127.0.0.1", self.port, timeout=5)
                link.request("GET", "/health")
                if link.getresponse().status in EXPECTED:
                    return
            time.sleep(0.1)
        raise RuntimeError(self.log.read_text()[-3000:])

    def kill_worker(self, dice: random.Random) -> bool:
        workers = psutil.Process(self.process.pid).children()
        if workers:
            dice.choice(workers).kill()
        return bool(workers)

    def kill_master(self) -> None:
        workers = psutil.Process(self.process.pid).children()
        self.process.kill()
        self.process.wait()
        psutil.wait_procs(workers, timeout=30)
        self.process = self._start()
        self.wait()

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def world_in(folder: Path, url: str | None) -> World:
    """A told world, on SQLite in an encrypted file."""
    if url is None:
        make_keys(folder / "keys", (DATABASE,))
        url = f"sqlite:///{folder / 'funis.sqlite'}?key_file={folder / 'keys' / DATABASE}"
    world = told(new_site(folder, url))
    world.lots["elsewhere"] = making.a_donor(world.story)  # what is noted of them holds nobody up
    return world


def tokens_for(world: World, logins: Iterable[str], clock: Clock) -> dict[str, str]:
    """Tokens for everybody, made with the run's clock: the story's stands months ago."""
    site = Site(world.site.settings, world.site.reactions, clock)
    tokens = {}
    for login in dict.fromkeys(logins):
        with site.reading() as session:
            actor = actor_named(session, login, site.clock())
        if actor is None:
            raise LookupError(login)
        wanted = MakeToken("faults", 90, writes=True)
        tokens[login] = perform(
            site, make_token, wanted, Request(actor, Credentials(login, PASSWORD))
        ).token
    site.engine.dispose()
    return tokens


def plan_for(world: World, port: int, clock: Clock = system_clock) -> Plan:
    """One run in this world."""
    tokens = tokens_for(world, (*PEOPLE, *LIVING), clock)
    world.site.engine.dispose()
    return Plan(port, tokens, list(world.participants), world.lots["elsewhere"])


def judged(world: World, plan: Plan, clock: Clock = system_clock) -> dict[str, Any]:
    """What was acknowledged and is not there, and what is there twice; whether the trail is whole."""
    site = Site(replace(world.site.settings), world.site.reactions, clock)
    with site.reading() as session:
        done = set(session.scalars(select(Answer.key)))  # written with what was done, or not at all
        opened = Counter(session.scalars(select(Deviation.what)))
        checks = len(session.scalars(select(Check.id)).all())
        asked = session.scalars(select(Answer.result).where(Answer.result.contains('"word"')))
        verified = len(asked.all())  # every answer to a scan of a bag, and no other
        report = verify_trail(session, site.key.public_key())
    contradictions = list(eyes.contradictions(site, {}))
    site.engine.dispose()
    return {
        "acknowledged": len(plan.notes.acknowledged),
        "lost": sum(
            mark not in done or ("deviations/open" in path and mark not in opened)
            for path, mark in plan.notes.acknowledged
        ),
        "doubled": sum(opened[mark] - 1 for path, mark in plan.notes.acknowledged if mark in opened)
        + abs(checks - verified),
        "answers": dict(plan.notes.answers),
        "odd_answers": len(plan.notes.odd),
        "entries": report.entries,
        "contradictions": contradictions[:3],
        # the run's clock jumps over hours and days while others are in the middle of an act
        "entries_across_a_jump": sum(JUMP in one for one in report.faults),
        "faults_of_the_trail": [one for one in report.faults if JUMP not in one][:3],
    }


def run(folder: Path, kills: int, url: str | None, seed: int) -> dict[str, Any]:
    """So many kills, one after the other, while everybody works."""
    dice = random.Random(seed)
    world = world_in(folder, url)
    port = dice.randrange(20_000, 40_000)
    clock = FileClock(folder / "clock")
    pace = Pace(clock)
    plan = plan_for(world, port, clock)
    living = Living(
        world, plan, pace, lambda: plan.tokens.update(tokens_for(world, plan.tokens, clock))
    )
    settings = world.site.settings
    environment = {
        "FUNIS_DATABASE_URL": settings.database_url, "FUNIS_KEY_FOLDER": str(settings.key_folder),
        "FUNIS_DEMONSTRATION": "1", "FUNIS_LIGHT_PASSWORDS": "1", "FUNIS_SECRET_KEY": "faults",
        "FUNIS_BENCH_CLOCK": str(clock.file),
    }  # fmt: skip
    server = Server(environment, port, folder / "log")
    server.wait()
    people = [*living.people(), *(Person(plan, login, n) for n, login in enumerate(PEOPLE))]
    for person in people:
        person.start()
    done: Counter[str] = Counter()
    while sum(done.values()) < kills:
        time.sleep(dice.uniform(0.4, 2.0))
        what = dice.choice(("worker",) * 12 + ("master",) + (("database",) if url else ()) * 3)
        if what == "worker":
            done[what] += server.kill_worker(dice)
        elif what == "master":
            server.kill_master()
            done[what] += 1
        else:
            done[what] += kill_database(str(url), dice)
    server.wait()
    time.sleep(3)
    plan.ended.set()
    for person in people:
        person.join(30)
    left = living.wind_up()
    server.end()
    for odd, times in Counter(plan.notes.odd).most_common(5):
        print(times, odd)
    print((folder / "log").read_text()[-4000:]) if plan.notes.odd else None
    return {
        "kills": dict(done), "journeys": dict(living.journeys), "refusals": dict(living.refusals),
        "cannot_be_ended": left, **judged(world, plan, clock),
    }  # fmt: skip


def kill_database(url: str, dice: random.Random) -> bool:
    """One of PostgreSQL's processes, with -9: it ends all others and recovers from its log."""
    children = psutil.Process(postgres.postmaster(url)).children()
    if children:
        with suppress(psutil.NoSuchProcess):
            dice.choice(children).kill()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(psycopg.OperationalError):
            psycopg.connect(url.replace("postgresql+psycopg", "postgresql")).close()
            return bool(children)
        time.sleep(0.1)
    raise RuntimeError("PostgreSQL did not come back")


@contextmanager
def place() -> Iterator[Path]:
    """A folder on a disk."""
    with tempfile.TemporaryDirectory(prefix="funis-faults-", dir="/var/tmp") as name:
        yield Path(name)


def main() -> None:
    """Break, look, print, write down."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=150, help="on each database")
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args()
    found: dict[str, Any] = {
        "commit": commit(),
        "people": len(PEOPLE) + WARDS + LABS + 2,
        "seed": given.seed,
    }
    with place() as folder:
        found["sqlite"] = run(folder, given.kills, None, given.seed)
        print(json.dumps(found, indent=1))
    with place() as folder, durable_postgres() as url:
        found["postgresql"] = run(folder, given.kills, url, given.seed)
    text = json.dumps(found, indent=1)
    print(text)
    RESULTS.write_text(text + "\n")
    bad = [
        name for name in ("sqlite", "postgresql")
        if found[name]["lost"] or found[name]["doubled"] or found[name]["odd_answers"]
        or found[name]["faults_of_the_trail"] or found[name]["contradictions"]
        or found[name]["cannot_be_ended"]
    ]  # fmt: skip
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
