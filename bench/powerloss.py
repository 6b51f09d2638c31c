"""The power goes: what was acknowledged is there, whatever the disk kept of what was not synced.

People work while every write of SQLite, or of the whole PostgreSQL server, is recorded; then the power
goes at a hundred moments, and each time what the disk may have had then is served and looked at.
`python -m bench.powerloss --runs 100` (needs strace).
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import select, text

from bench.faults import place
from bench.machine import commit
from bench.recorded import Call, image, recorded, strace
from bench.servers import DURABLE, ROOT
from lims import house
from lims.core.clock import system_clock
from lims.deviations.actions import OpenDeviation, open_deviation
from lims.deviations.models import Deviation
from lims.settings import Settings
from lims.trust.actions import Request, perform
from lims.trust.identity.people import actor_named
from lims.trust.installation import Site
from lims.trust.trail.verify import verify_trail
from tests.support import postgres
from tests.support.worlds import new_site, told

ACTS = 150
PLANTED = 3
RESULTS = Path(__file__).with_name("powerloss.json")
Acknowledged = list[tuple[float, str]]  # when somebody was told, and of what
Serves = Callable[[Path], AbstractContextManager[str]]


def work(site: Site, donor: str, acts: Iterable[int]) -> Iterator[tuple[float, str]]:
    """Deviations one after the other; each says its number."""
    with site.reading() as session:
        actor = actor_named(session, "quinn", site.clock())
    if actor is None:
        raise LookupError("quinn")
    for n in acts:
        perform(
            site, open_deviation, OpenDeviation(donor, f"power {n}"), Request(actor, key=f"{n}")
        )
        yield time.time(), f"power {n}"


def site_at(url: str, keys: Path) -> Site:
    settings = Settings(database_url=url, key_folder=keys, demonstration=True, light_passwords=True)
    return Site(settings, house.REACTIONS, system_clock)


@dataclass
class Recording:
    """One run: where it began, every write since, and what was acknowledged when."""

    base: Path
    calls: list[Call]
    acknowledged: Acknowledged
    donor: str
    keys: Path


def sqlite_recording(folder: Path) -> Recording:
    """A process of its own works on SQLite; encrypted it would be the same writes of other bytes."""
    live, base, notes = folder / "live", folder / "base", folder / "notes"
    for made in (live, notes):
        made.mkdir()
    url = f"sqlite:///{live / 'funis.sqlite'}"
    world = told(new_site(folder / "site", url))
    world.site.engine.dispose()
    shutil.copytree(live, base)
    keys = world.site.settings.key_folder
    here = [sys.executable, "-m", "bench.powerloss", "--work", url, str(keys), world.donor]
    done = subprocess.run(
        [*strace(notes), *here], cwd=ROOT, check=True, capture_output=True, text=True
    )
    lines = (line.split(" ", 1) for line in done.stdout.splitlines())
    acknowledged = [(float(moment), what) for moment, what in lines]
    return Recording(base, recorded(notes, live), acknowledged, world.donor, keys)


@contextmanager
def sqlite_served(image: Path) -> Iterator[str]:
    yield f"sqlite:///{image / 'funis.sqlite'}"


@dataclass
class Postgres:
    """PostgreSQL on any folder of data."""

    folder: Path

    @cached_property
    def programs(self) -> Path:
        return postgres.programs_in(self.folder)

    @contextmanager
    def served(
        self,
        data: Path,
        before: Sequence[str] = (),
        own: Sequence[str] = (),
        end: str = "immediate",
    ) -> Iterator[str]:
        """A server; ended without a check-point, if not said otherwise."""
        postgres.give_away(self.folder)
        flags = ("listen_addresses=", f"unix_socket_directories={self.folder}", *own)
        words = [word for flag in flags for word in ("-c", flag)]
        data.chmod(0o700)
        (data / "postmaster.pid").unlink(missing_ok=True)
        command = [*before, str(self.programs / "postgres"), "-D", str(data), *words]
        server = postgres.popen(command, self.folder)
        url = f"postgresql://postgres@/postgres?host={quote(str(self.folder))}&port=5432"
        try:
            postgres.wait_until_ready(server, url, self.folder / "log")
            yield url.replace("postgresql:", "postgresql+psycopg:")
        finally:
            self.run("pg_ctl", "stop", "-m", end, "-D", str(data))
            server.wait(60)

    def run(self, program: str, *words: str) -> None:
        if postgres.popen([str(self.programs / program), *words], self.folder).wait():
            raise RuntimeError((self.folder / "log").read_text()[-3000:])

    def recording(self) -> Recording:
        """A whole server, its check-points and its writers in the background too."""
        base, live, notes = (self.folder / name for name in ("base", "live", "notes"))
        notes.mkdir()
        postgres.give_away(self.folder)
        self.run("initdb", "-D", str(live), "--username=postgres", "--auth=trust", "--no-locale",
                 "--encoding=UTF8")  # fmt: skip
        with self.served(live, end="fast") as url:
            world = told(new_site(self.folder / "site", url))
            world.site.engine.dispose()
        shutil.copytree(live, base)
        keys = world.site.settings.key_folder
        own = (*DURABLE, "checkpoint_timeout=30s", "bgwriter_delay=20ms", "max_wal_size=32MB")
        with self.served(live, strace(notes), own) as url:
            site = site_at(url, keys)
            acknowledged = []
            for moment, what in work(site, world.donor, range(ACTS)):
                acknowledged.append((moment, what))
                if len(acknowledged) % 40 == 0:
                    with site.engine.connect() as connection:
                        connection.execute(text("CHECKPOINT"))
            site.engine.dispose()
        return Recording(base, recorded(notes, live), acknowledged, world.donor, keys)


def cut_often(folder: Path, run: Recording, serves: Serves, runs: int, seed: int) -> dict[str, Any]:
    """The power goes so often; what was acknowledged and is not there, and whatever else is wrong."""
    dice, found = random.Random(seed), Counter[str]()
    first, last = run.acknowledged[0][0], run.acknowledged[-1][0]
    wrong: list[str] = []
    for n in range(runs):
        moment = dice.uniform(first, last + 0.05)
        target = folder / f"image-{n}"
        unsure = image(run.calls, run.base, target, moment, dice)
        sure = [what for at, what in run.acknowledged if at <= moment]
        try:
            with serves(target) as url:
                lost, others = judged(site_at(url, run.keys), run.donor, sure)
        except Exception as error:  # noqa: BLE001 -- it does not even start
            wrong.append(f"run {n}: {error!r}"[:500])
            continue
        finally:
            shutil.rmtree(target)
        found.update(
            runs=1, acknowledged=len(sure), lost=len(lost), writes_not_synced=unsure,
            with_some=unsure > 0,
        )  # fmt: skip
        wrong += [f"run {n}: {one}" for one in (*lost, *others)]
    return {**found, "calls": len(run.calls), "wrong": wrong[:5]}


def both_ways(folder: Path, run: Recording, serves: Serves, given: Any) -> dict[str, Any]:
    """As it was written; and as if no write had ever been synced, which must be seen."""
    found = cut_often(folder, run, serves, given.runs, given.seed)
    unsynced = replace(run, calls=[call for call in run.calls if call.name != "sync"])
    planted = cut_often(folder, unsynced, serves, PLANTED, given.seed)
    return {**found, "noticed_without_sync": bool(planted["wrong"])}


def judged(site: Site, donor: str, sure: list[str]) -> tuple[list[str], list[str]]:
    """What was lost; what else is wrong: twice there, a fault of the trail, no work possible."""
    with site.reading() as session:
        there = Counter(session.scalars(select(Deviation.what)))
        report = verify_trail(session, site.key.public_key())
    lost = [f"lost: {what}" for what in sure if what not in there]
    others = [f"{times} times: {what}" for what, times in there.items() if times > 1]
    others += report.faults
    list(work(site, donor, [ACTS]))  # and work goes on
    site.engine.dispose()
    return lost, others


def main() -> None:
    """Record, cut, look, print, write down."""
    parser = argparse.ArgumentParser(prog="python -m bench.powerloss", description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="on each database")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        url, keys, donor = given.work
        for moment, what in work(site_at(url, Path(keys)), donor, range(ACTS)):
            print(moment, what, flush=True)
        return
    found: dict[str, Any] = {"commit": commit(), "seed": given.seed}
    with place() as folder:
        found["sqlite"] = both_ways(folder, sqlite_recording(folder), sqlite_served, given)
    with place() as folder:
        server = Postgres(folder)
        found["postgresql"] = both_ways(folder, server.recording(), server.served, given)
    text_of = json.dumps(found, indent=1)
    print(text_of)
    RESULTS.write_text(text_of + "\n")
    both = (found["sqlite"], found["postgresql"])
    sys.exit(any(one["wrong"] or not one["noticed_without_sync"] for one in both))


if __name__ == "__main__":
    main()
