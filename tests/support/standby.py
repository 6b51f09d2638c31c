"""A synchronous standby of the tests' server, the death of the first, and who takes its place."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import psutil  # type: ignore[import-untyped]
import psycopg
from sqlalchemy import make_url

from tests.support import postgres

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
    with postgres.running([str(programs / "postgres"), "-D", str(data), *words], data):
        sql(url, "ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        sql(url, "SELECT pg_reload_conf()")
        state = "SELECT max(sync_state) FROM pg_stat_replication"
        waited(lambda: sql(url, state) == "sync")
        yield data


def _done(command: list[str], folder: Path) -> int:
    return postgres.popen(command, folder).wait()


def waited(found: Callable[[], Any], seconds: float = 60) -> None:
    """Return when it is so; fail when it does not come."""
    end = time.monotonic() + seconds
    while not found():
        if time.monotonic() > end:
            raise AssertionError(found)
        time.sleep(0.1)


def copied(url: str, data: Path) -> None:
    """A base backup of the server behind this URL, which recovers by the log's archive."""
    (folder,) = (Path(one) for one in parse_qs(urlsplit(url).query)["host"])
    link = f"host={folder} port=5432 user=postgres"
    program = postgres.client_program("pg_basebackup")
    if _done([program, "-d", link, "-D", str(data), "-X", "none", "-c", "fast"], folder) != 0:
        raise RuntimeError((folder / "log").read_text()[-2000:])


@contextmanager
def recovered(data: Path, archive: Path, point: str) -> Iterator[str]:
    """A server from a base backup and the archived log, as it was at a restore point; its URL."""
    program = Path(postgres.client_program("pg_basebackup")).parent / "postgres"
    (data / "recovery.signal").touch()
    (data / "log").touch()
    for name in ("recovery.signal", "log"):
        shutil.chown(data / name, postgres.USER or os.geteuid())
    flags = (
        f"restore_command=cp {archive}/%f %p",
        f"recovery_target_name={point}",
        "recovery_target_action=promote",
        "archive_mode=off",
        "listen_addresses=",
        f"unix_socket_directories={data}",
        "max_connections=200",
        "port=5432",
    )
    words = [word for flag in flags for word in ("-c", flag)]
    with postgres.running([str(program), "-D", str(data), *words], data) as server:
        url = f"postgresql://postgres@/postgres?host={quote(str(data))}&port=5432"
        postgres.wait_until_ready(server, url, data / "log")
        waited(lambda: not sql(url, "SELECT pg_is_in_recovery()"))
        yield url


def two_hosts(url: str) -> str:
    """The address of whichever of the two may be written."""
    address = make_url(url)
    folder = str(address.query["host"])
    hosts = (f"{folder}:5432", f"{folder}:{STANDBY_PORT}")
    query = {"host": hosts, "target_session_attrs": "read-write", "connect_timeout": "3"}
    return address.set(query=query).render_as_string(hide_password=False)


def killed(url: str) -> None:
    """The whole first server at once, as when its machine loses power."""
    process = psutil.Process(postgres.postmaster(url))
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            one.kill()


def promoted(data: Path) -> None:
    """From now on the standby takes what is written."""
    if _done([postgres.client_program("pg_ctl"), "promote", "-D", str(data)], data) != 0:
        raise RuntimeError("not promoted")
