"""A real server, a real database, twenty people; and what hospitals do to machines.

Workers, master and database processes are killed with -9, connections are cut before the answer comes,
and whoever got no answer sends the same again under the same key. At the end everything that was
acknowledged is there once, every answer was a verdict, a refusal or a 503 that says what to do, and
the trail with its replay is whole. `python -m bench.faults --kills 200`.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg
from sqlalchemy import select

from bench.machine import commit
from bench.servers import ROOT, WORKERS, durable_postgres
from lims.bedside.models import Check
from lims.core.clock import system_clock
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
from tests.support import postgres
from tests.support.worlds import World, new_site, told

PEOPLE = ("tang", "tian", "tang", "tian", "quinn", "qiu", "nora", "niu", "ines", "mona")
EACH = 2  # of each so many work at once
EXPECTED = {200, 409, 503}
RESULTS = Path(__file__).with_name("faults.json")


@dataclass
class Notes:
    """What everybody saw."""

    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    unanswered: int = 0
    alone: threading.Lock = field(default_factory=threading.Lock)


class Person(threading.Thread):
    """Somebody who works on, whatever the machine does, and sends again what was not answered."""

    def __init__(self, plan: "Plan", login: str, number: int) -> None:
        super().__init__(daemon=True)
        self.plan, self.login, self.number = plan, login, number
        self.dice = random.Random(f"{login}/{number}")
        self.token, self.loses = plan.tokens[login], 0.05

    def run(self) -> None:
        count = 0
        while not self.plan.ended.is_set():
            count += 1
            self.act(f"{self.login}-{self.number}-{count}")

    def act(self, mark: str) -> None:
        on_the_ward = self.login in {"nora", "niu"}
        if on_the_ward:
            path = "/api/bedside/verify-bag"
            body = {"wristband": self.dice.choice(self.plan.participants), "bag": mark}
        else:
            path = "/api/deviations/open-deviation"
            body = {"about": self.plan.donor, "what": mark}
        if self.login in {"ines", "mona"}:
            path, body = "/api/trial/participants", {}
        while not self.plan.ended.is_set():
            lost = self.dice.random() < self.loses
            if (status := self.send(path, body, mark, lost=lost)) is None:
                self.plan.notes.unanswered += not lost
                time.sleep(0.05)
                continue
            with self.plan.notes.alone:
                self.plan.notes.answers[str(status)] += 1
                if status == 200 and body:
                    self.plan.notes.acknowledged.append((path, mark))
            if status != 503:
                return
            time.sleep(0.2)

    def send(self, path: str, body: dict[str, str], key: str, *, lost: bool) -> int | None:
        """The status; None where no answer came."""
        link = HTTPConnection("127.0.0.1", self.plan.port, timeout=15)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        try:
            link.request(
                "POST" if body else "GET", path, json.dumps(body) if body else None, headers
            )
            if lost:
                return None
            answer = link.getresponse()
            data = answer.read()
        except (OSError, HTTPException):
            return None
        finally:
            link.close()
        if answer.status not in EXPECTED or (answer.status == 503 and b"sentence" not in data):
            self.plan.notes.odd.append(f"{path} {answer.status} {data[:200]!r}")
        return answer.status


@dataclass
class Plan:
    """One run."""

    port: int
    tokens: dict[str, str]
    participants: list[str]
    donor: str
    notes: Notes = field(default_factory=Notes)
    ended: threading.Event = field(default_factory=threading.Event)


class Server:
    """gunicorn, started again whenever its master is killed."""

    def __init__(self, environment: dict[str, str], port: int, log: Path) -> None:
        kept = {n: v for n, v in os.environ.items() if not n.startswith("FUNIS_")}
        self.environment, self.port, self.log = {**kept, **environment}, port, log
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gunicorn", *WORKERS, "--log-level", "critical",
                   "-b", f"127.0.0.1:{self.port}", "wsgi:app"]  # fmt: skip
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
    """A told world of today; on SQLite in an encrypted file."""
    if url is None:
        make_keys(folder / "keys", (DATABASE,))
        url = f"sqlite:///{folder / 'funis.sqlite'}?key_file={folder / 'keys' / DATABASE}"
    return told(new_site(folder, url))


def plan_for(world: World, port: int) -> Plan:
    """Tokens for everybody, made with today's clock: the story's stands months ago."""
    site = Site(world.site.settings, world.site.reactions, system_clock)
    tokens = {}
    for login in PEOPLE:
        with site.reading() as session:
            actor = actor_named(session, login, site.clock())
        if actor is None:
            raise LookupError(login)
        wanted = MakeToken("faults", 90, writes=True)
        tokens[login] = perform(
            site, make_token, wanted, Request(actor, Credentials(login, PASSWORD))
        ).token
    site.engine.dispose()
    world.site.engine.dispose()
    return Plan(port, tokens, list(world.participants), world.donor)


def judged(world: World, plan: Plan) -> dict[str, Any]:
    """What was acknowledged and is not there, and what is there twice; whether the trail is whole."""
    site = Site(replace(world.site.settings), world.site.reactions, system_clock)
    with site.reading() as session:
        done = set(session.scalars(select(Answer.key)))  # written with what was done, or not at all
        opened = Counter(session.scalars(select(Deviation.what)))
        checks = len(session.scalars(select(Check.id)).all())
        report = verify_trail(session, site.key.public_key())
    site.engine.dispose()
    return {
        "acknowledged": len(plan.notes.acknowledged),
        "lost": sum(
            mark not in done or ("deviations" in path and mark not in opened)
            for path, mark in plan.notes.acknowledged
        ),
        "doubled": sum(times - 1 for times in opened.values())
        + abs(checks - sum(key.startswith(("nora-", "niu-")) for key in done)),
        "answers": dict(plan.notes.answers),
        "odd_answers": len(plan.notes.odd),
        "entries": report.entries,
        "faults_of_the_trail": list(report.faults[:3]),
    }


def run(folder: Path, kills: int, url: str | None, seed: int) -> dict[str, Any]:
    """So many kills, one after the other, while everybody works."""
    dice = random.Random(seed)
    world = world_in(folder, url)
    port = dice.randrange(20_000, 40_000)
    plan = plan_for(world, port)
    settings = world.site.settings
    environment = {
        "FUNIS_DATABASE_URL": settings.database_url, "FUNIS_KEY_FOLDER": str(settings.key_folder),
        "FUNIS_DEMONSTRATION": "1", "FUNIS_LIGHT_PASSWORDS": "1", "FUNIS_SECRET_KEY": "faults",
    }  # fmt: skip
    server = Server(environment, port, folder / "log")
    server.wait()
    people = [Person(plan, login, n) for n, login in enumerate(PEOPLE * EACH)]
    for person in people:
        person.start()
    done: Counter[str] = Counter()
    while sum(done.values()) < kills:
        time.sleep(dice.uniform(0.2, 1.0))
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
    server.end()
    for odd, times in Counter(plan.notes.odd).most_common(5):
        print(times, odd)
    print((folder / "log").read_text()[-4000:]) if plan.notes.odd else None
    return {"kills": dict(done), **judged(world, plan)}


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
    found: dict[str, Any] = {"commit": commit(), "people": len(PEOPLE) * EACH, "seed": given.seed}
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
        or found[name]["faults_of_the_trail"]
    ]  # fmt: skip
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
