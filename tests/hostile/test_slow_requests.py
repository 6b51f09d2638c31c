"""Connections that send half a request, and a server that is ended while it answers."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.support.worlds import World

ROOT = Path(__file__).resolve().parents[2]
HALF_HEAD = b"GET /health HTTP/1.1\r\nHost: funis\r\nX-Half: "
HALF_BODY = (
    b"POST /login HTTP/1.1\r\nHost: funis\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 30\r\n\r\nlogin=tang&"
)
REST_OF_BODY = b"password=wrong&xxxx"
SLOW = "import time\ndef app(environ, start):\n    time.sleep(2)\n    start('200 OK', [])\n    return [b'whole']\n"


@dataclass
class Server:
    """gunicorn as the Makefile and the deployment page start it."""

    port: int
    process: subprocess.Popen[bytes]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def get(self, path: str, timeout: float = 10) -> tuple[int, bytes]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=timeout)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()


def served(app: str, environment: dict[str, str], folder: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["-w", "2", "-k", "lims.web.worker.BufferingWorker", "--threads", "8"]
    command = [sys.executable, "-m", "gunicorn", *words, "--no-control-socket"]
    paths = os.pathsep.join([str(ROOT), str(folder)])
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-b", f"127.0.0.1:{port}", app],
            cwd=folder,
            env={**os.environ, **environment, "PYTHONPATH": paths},
            stderr=log,
        )
        server = Server(port, process)
        for _ in range(200):
            try:
                server.connect().close()
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        try:
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=40)


@contextmanager
def serving(world: World, folder: Path) -> Iterator[Server]:
    """The whole program over a told world."""
    settings = world.site.settings
    environment = {
        "FUNIS_DATABASE_URL": settings.database_url,
        "FUNIS_KEY_FOLDER": str(settings.key_folder),
        "FUNIS_PROTOCOL_FILE": str(settings.protocol_file),
        "FUNIS_DEMONSTRATION": "1",
        "FUNIS_LIGHT_PASSWORDS": "1",
    }
    with contextmanager(served)("wsgi:app", environment, folder) as server:
        yield server


@pytest.fixture
def funis(world: World, tmp_path: Path) -> Iterator[Server]:
    """The same, for one test."""
    with serving(world, tmp_path) as server:
        yield server


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Server]:
    """Something that takes two seconds to answer."""
    (tmp_path / "slow.py").write_text(SLOW)
    yield from served("slow:app", {}, tmp_path)


@pytest.mark.parametrize("half", [HALF_HEAD, HALF_BODY], ids=["head", "body"])
def test_eighty_half_requests_starve_nobody(funis: Server, half: bytes) -> None:
    with ExitStack() as open_ones:
        for _ in range(80):
            open_ones.enter_context(funis.connect()).sendall(half)
        time.sleep(0.5)
        for _ in range(20):
            assert funis.get("/health", timeout=5)[0] == 200


def test_a_request_that_comes_in_pieces_is_answered(funis: Server) -> None:
    with funis.connect() as slow_one:
        slow_one.sendall(HALF_BODY)
        time.sleep(0.5)
        slow_one.sendall(REST_OF_BODY)
        assert slow_one.recv(100).startswith(b"HTTP/1.1 409")


def test_a_body_beyond_all_measure_is_refused_without_being_kept(funis: Server) -> None:
    with funis.connect() as greedy:
        greedy.sendall(HALF_BODY.replace(b"Content-Length: 30", b"Content-Length: 9000000000"))
        assert greedy.recv(100).startswith(b"HTTP/1.1 413")


def test_whoever_has_just_connected_when_the_workers_are_renewed_is_answered(funis: Server) -> None:
    come = [funis.connect() for _ in range(8)]  # both workers have some
    time.sleep(1.5)
    funis.process.send_signal(signal.SIGHUP)
    time.sleep(1.5)

    for connection in come:
        with closing(connection):
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: funis\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_what_is_being_answered_when_the_server_is_ended_is_answered(slow: Server) -> None:
    answers: list[tuple[int, bytes]] = []
    asking = threading.Thread(target=lambda: answers.append(slow.get("/")))
    asking.start()
    time.sleep(0.7)
    slow.process.send_signal(signal.SIGTERM)
    asking.join()
    assert answers == [(200, b"whole")]
    assert slow.process.wait(timeout=30) == 0
