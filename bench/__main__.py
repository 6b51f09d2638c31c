"""`make bench`: the performance goals, each a ratio within one run, and the decode rates of all labels."""

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from bench import inside, labels, trails
from bench.bank import bank
from bench.figures import Bench, many_clients, one_client
from bench.machine import commit, machine
from bench.scene import Scene, set_scene
from bench.servers import Server, durable_postgres, gunicorn
from lims.core.db import make_engine
from lims.trust.keys import signing_key
from lims.trust.trail.verify import verify_trail
from tests.support import postgres

RESULTS = Path(__file__).with_name("results.json")
FEWEST_ROUNDS = 5


@contextmanager
def served(
    scene: Scene, folder: Path, told: argparse.Namespace, also: tuple[int, ...] = ()
) -> Iterator[Bench]:
    """Hello and Funis side by side; the one that is not asked sleeps."""
    with (
        gunicorn("bench.hello:app", {}, folder / "hello.log") as hello,
        gunicorn("bench.raw:app", copied(scene, folder), folder / "raw.log") as raw,
        gunicorn("wsgi:app", scene.environment, folder / "funis.log") as funis,
    ):
        yield Bench(
            hello,
            Server(raw.port, [*raw.pids, *also]),
            Server(funis.port, [*funis.pids, *also]),
            scene,
            told.rounds,
            told.seconds,
        )


def copied(scene: Scene, folder: Path) -> dict[str, str]:
    """The raw route's environment: the same data, apart."""
    url = make_url(scene.environment["FUNIS_DATABASE_URL"])
    if url.get_backend_name() == "sqlite":
        shutil.copy(url.database or "", folder / "raw.sqlite")
        return {**scene.environment, "FUNIS_DATABASE_URL": f"sqlite:///{folder}/raw.sqlite"}
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE raw TEMPLATE "{url.database}"')
    raw = url.set(database="raw").render_as_string(hide_password=False)
    return {**scene.environment, "FUNIS_DATABASE_URL": raw}


def trail_after(scene: Scene) -> dict[str, Any]:
    """Whether the trail that the bench wrote is whole: speed without it would count for nothing."""
    engine = make_engine(scene.environment["FUNIS_DATABASE_URL"])
    with engine.connect().execution_options(reading=True) as connection:
        key = signing_key(Path(scene.environment["FUNIS_KEY_FOLDER"])).public_key()
        report = verify_trail(Session(connection), key)
    engine.dispose()
    return {"entries": report.entries, "faults": len(report.faults)}


def on_sqlite(folder: Path, told: argparse.Namespace) -> dict[str, Any]:
    """P1 and P4."""
    scene = set_scene(folder, told.bags)
    with served(scene, folder, told) as bench:
        found = {"P1": one_client(bench), "P4": many_clients(bench)}
    return {**found, "trail_on_sqlite": trail_after(scene)}


def on_postgresql(folder: Path, told: argparse.Namespace) -> dict[str, Any]:
    """P2: the CPU time of PostgreSQL's own processes counts too."""
    with durable_postgres() as url:
        scene = set_scene(folder, told.bags, url)
        with psycopg.connect(url) as connection:
            (release,) = connection.execute("SHOW server_version").fetchone() or ("?",)
        with served(scene, folder, told, (postgres.postmaster(url),)) as bench:
            found = one_client(bench)
        server = f"PostgreSQL {release}; fsync, full_page_writes and synchronous_commit on"
        return {"P2": {"server": server, **found}, "trail_on_postgresql": trail_after(scene)}


PARTS: dict[str, Callable[[Path, argparse.Namespace], dict[str, Any]]] = {
    "sqlite": on_sqlite,
    "postgresql": on_postgresql,
    "inside": lambda folder, told: inside.measure(
        folder, (inside.traces, inside.the_actions, partial(inside.pages, most=told.lists), bank)
    ),
    "trail": lambda folder, told: {
        **trails.long_trail(folder / "long", told.entries),
        **trails.many_writers(folder / "many"),
    },
    "labels": lambda _folder, _told: labels.measure(),
}


def main() -> None:
    """Measure, print, write down."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="alternating rounds")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each half of a round")
    parser.add_argument("--bags", type=int, default=100_000)
    parser.add_argument("--lists", type=int, default=10_000, help="bags behind the longest lists")
    parser.add_argument("--entries", type=int, default=100_000, help="of the trail to verify")
    parser.add_argument("--only", choices=PARTS, help="this part alone; the other results stay")
    told = parser.parse_args()
    # /var/tmp is a disk where /tmp may be memory.
    with tempfile.TemporaryDirectory(prefix="funis-bench-", dir="/var/tmp") as name:
        place = Path(name)
        found: dict[str, Any] = {
            "measured_on": machine(place),
            "how": {
                "bags": told.bags,
                "rounds": told.rounds,
                "seconds": told.seconds,
                "candidate": "POST /api/bedside/verify-bag: bearer token of a nurse, a new"
                " idempotency key each time, a random bag, one wristband in two the right one",
                "sqlite": "write-ahead log, synchronous=FULL",
                "hello": "GET / of a bare Flask route",
                "echo": "the same JSON given back by a Flask route without a database",
                "raw": "what a STOP does, on the driver alone: bench/raw.py",
                "servers": "gunicorn -w 2 --threads 8, reading by waitress, for each, one after the other",
            },
        }
        for part, measure in PARTS.items():
            if told.only in {None, part}:
                (place / part).mkdir()
                found |= measure(place / part, told)
    found["measured_on"] |= {"commit_after": commit(), "load_after": os.getloadavg()}
    print(json.dumps(found, indent=1))
    if told.rounds >= FEWEST_ROUNDS:
        if told.only:  # the other parts keep what they said of their own run
            kept = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
            again = kept.get("measured_again", {}) | {told.only: found.pop("measured_on")}
            found = kept | found | {"measured_again": again}
        RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
