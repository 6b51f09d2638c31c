"""Two PostgreSQL servers, the second a synchronous standby: the first is killed under load.

The standby is promoted, the application finds it by itself (two hosts in its address), and nothing that
was acknowledged is missing. Before that the application's workers are renewed (HUP) while everybody
works: no request fails, no session ends. `python -m bench.standby`.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil  # type: ignore[import-untyped]
import psycopg
from sqlalchemy import make_url

from bench.faults import EACH, PEOPLE, Person, Server, judged, place, plan_for, world_in
from bench.machine import commit
from bench.servers import durable_postgres, postmaster
from tests.support import postgres

RESULTS = Path(__file__).with_name("standby.json")
STANDBY_PORT = 5433


def sql(url: str, statement: str) -> Any:
    """One statement, in no transaction; its first value."""
    plain = url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain, autocommit=True) as connection:
        found = connection.execute(statement)
        row = found.fetchone() if found.description else None
        return row[0] if row else None


@contextmanager
def standby(url: str) -> Iterator[Path]:
    """A standby of the server behind this URL, which waits for each commit from now on."""
    (folder,) = (Path(one) for one in parse_qs(urlsplit(url).query)["host"])
    data, programs = folder / "standby", Path(postgres.client_program("pg_basebackup")).parent
    link = f"host={folder} port=5432 user=postgres application_name=standby"
    copy = [str(programs / "pg_basebackup"), "-d", link, "-D", str(data), "-R", "-X", "stream"]
    if _done(copy, folder) != 0:
        raise RuntimeError((folder / "log").read_text()[-2000:])
    room = sql(url, "SHOW max_connections")  # a standby must have as much
    places = (f"unix_socket_directories={folder}", "listen_addresses=")
    flags = (f"port={STANDBY_PORT}", f"max_connections={room}", *places)
    words = [word for flag in flags for word in ("-c", flag)]
    with postgres._running([str(programs / "postgres"), "-D", str(data), *words], data):  # noqa: SLF001
        sql(url, "ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        sql(url, "SELECT pg_reload_conf()")
        end = time.monotonic() + 60
        while sql(url, "SELECT max(sync_state) FROM pg_stat_replication") != "sync":
            if time.monotonic() > end:
                raise RuntimeError("the standby does not follow")
            time.sleep(0.2)
        yield data


def _done(command: list[str], folder: Path) -> int:
    return postgres._popen(command, folder).wait()  # noqa: SLF001 -- as the server's own user


def two_hosts(url: str) -> str:
    """The address of whichever of the two may be written."""
    address = make_url(url)
    folder = str(address.query["host"])
    hosts = (f"{folder}:5432", f"{folder}:{STANDBY_PORT}")
    query = {"host": hosts, "target_session_attrs": "read-write", "connect_timeout": "3"}
    return address.set(query=query).render_as_string(hide_password=False)


def killed(url: str) -> None:
    """The whole first server at once, as when its machine loses power."""
    process = psutil.Process(postmaster(url))
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            one.kill()


def run(folder: Path, url: str, seconds: float) -> dict[str, Any]:
    """Work, renew the workers, kill the first server, promote the second, work on, look."""
    world = world_in(folder, postgres.new_database(url))
    own = world.site.settings.database_url
    with standby(url) as data:
        plan = plan_for(world, 39_417)
        environment = {
            "FUNIS_DATABASE_URL": two_hosts(own), "FUNIS_DEMONSTRATION": "1",
            "FUNIS_KEY_FOLDER": str(world.site.settings.key_folder),
            "FUNIS_LIGHT_PASSWORDS": "1", "FUNIS_SECRET_KEY": "standby",
        }  # fmt: skip
        server = Server(environment, plan.port, folder / "log")
        server.wait()
        people = [Person(plan, login, n) for n, login in enumerate(PEOPLE * EACH)]
        for person in people:
            person.loses = 0.0
            person.start()
        time.sleep(seconds)
        for _ in range(3):
            server.process.send_signal(signal.SIGHUP)
            time.sleep(seconds / 2)
        unanswered = plan.notes.unanswered
        before = len(plan.notes.acknowledged)
        killed(url)
        gone = time.monotonic()
        promote = [str(Path(postgres.client_program("pg_ctl"))), "promote", "-D", str(data)]
        if _done(promote, data) != 0:
            raise RuntimeError("not promoted")
        while len(plan.notes.acknowledged) <= before + 20 and time.monotonic() - gone < 120:
            time.sleep(0.1)
        away = time.monotonic() - gone
        time.sleep(seconds)
        plan.ended.set()
        for person in people:
            person.join(30)
        server.end()
        for odd, times in Counter(plan.notes.odd).most_common(3):
            print(times, odd)
        world.site.settings = replace(
            world.site.settings, database_url=own.replace("port=5432", f"port={STANDBY_PORT}")
        )
        found = judged(world, plan)
    return {
        "unanswered_while_workers_were_renewed": unanswered,
        "seconds_until_work_went_on": round(away, 1),
        "acknowledged_before": before,
        **found,
    }


def main() -> None:
    """Break, look, print, write down."""
    parser = argparse.ArgumentParser(prog="python -m bench.standby", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    os.environ.setdefault("FUNIS_PG_FOLDER", "/var/tmp")
    with place() as folder, durable_postgres() as url:
        found = {"commit": commit(), **run(folder, url, given.seconds)}
    text = json.dumps(found, indent=1)
    print(text)
    RESULTS.write_text(text + "\n")
    bad = ("lost", "doubled", "odd_answers", "unanswered_while_workers_were_renewed")
    sys.exit(any(found[name] for name in bad))


if __name__ == "__main__":
    main()
