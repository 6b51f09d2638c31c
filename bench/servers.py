"""The servers under the bench: gunicorn as `make run` starts it, PostgreSQL with fsync on."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.support import postgres

WORKERS = (
    "-k",
    "lims.web.worker.BufferingWorker",
    "-w",
    "2",
    "--threads",
    "8",
    "--no-control-socket",
)
DURABLE = ("fsync=on", "full_page_writes=on")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Server:
    """Something that answers, and the processes whose CPU time is its own."""

    port: int
    pids: list[int]


@contextmanager
def gunicorn(app: str, environment: dict[str, str], log: Path) -> Iterator[Server]:
    """Serve this application until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", *WORKERS, "--log-level", "warning"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FUNIS_")}
    with (
        log.open("ab") as out,
        subprocess.Popen(
            [*command, "-b", f"127.0.0.1:{port}", app],
            cwd=ROOT,
            env={**kept, **environment},
            stdout=out,
            stderr=out,
        ) as process,
    ):
        try:
            _wait_for(port, process, log)
            yield Server(port, [process.pid])
        finally:
            process.send_signal(signal.SIGTERM)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.sendall(b"GET /nowhere HTTP/1.0\r\n\r\n")
                if connection.recv(1):
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"gunicorn did not start:\n{log.read_text()[-4000:]}")


@contextmanager
def durable_postgres() -> Iterator[str]:
    """The tests' throw-away server, but every commit reaches the disk as in an installation."""
    os.environ.setdefault("FUNIS_PG_FOLDER", "/var/tmp")  # a disk: /tmp may be memory
    with postgres.postgres_server(DURABLE) as url:
        with psycopg.connect(url) as connection:
            for name in ("fsync", "full_page_writes", "synchronous_commit"):
                (value,) = connection.execute(f"SHOW {name}").fetchone() or ("?",)
                if value != "on":
                    raise RuntimeError(f"PostgreSQL runs with {name}={value}")
        yield url
