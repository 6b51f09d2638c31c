"""Three processes behind one address, each logged in to PostgreSQL as itself, as the guide says."""

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from lims.demonstration.cast import PASSWORD
from lims.grants import DOORS, grant
from lims.trust.identity.people import Person
from lims.trust.identity.roles import Side
from lims.trust.refusals import RefusedAct
from lims.trust.trail.seals import seal_waiting
from lims.trust.trail.verify import verify_trail
from tests.support.postgres import new_database
from tests.support.worlds import World, retold
from tests.wall.test_database_roles import as_role

ROOT = Path(__file__).resolve().parents[2]
WORKER = ("-k", "lims.web.worker.BufferingWorker", "-w", "1", "--threads", "4")


def free_port() -> int:
    """One below those that the system gives to whoever connects, until somebody listens there."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


@contextmanager
def door(world: World, side: Side, keys: Path, log: Path) -> Iterator[int]:
    """One door as a service of its own; where its keys lie is its own too."""
    port = free_port()
    environment = {
        **{n: v for n, v in os.environ.items() if not n.startswith(("FUNIS_", "PG"))},
        "FUNIS_DATABASE_URL": as_role(world.site.settings.database_url, side),
        "FUNIS_KEY_FOLDER": str(keys), "FUNIS_SEALS": "0", "FUNIS_SECURE_COOKIES": "0",
        "FUNIS_DEMONSTRATION": "1", "FUNIS_LIGHT_PASSWORDS": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", *WORKER, "--no-control-socket", "--log-level",
               "warning", "-b", f"127.0.0.1:{port}", f"wsgi:{side}"]  # fmt: skip
    with (
        log.open("ab") as out,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out) as process,
    ):
        try:
            _wait(port, process, log)
            yield port
        finally:
            process.terminate()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        try:
            if asked(port, "GET", "/health")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(log.read_text()[-4000:])


def asked(
    port: int, method: str, path: str, body: Any = None, cookie: str = "", form: str = ""
) -> tuple[int, str, str]:
    """Status, text and the cookie that was set."""
    link = HTTPConnection("127.0.0.1", port, timeout=20)
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    headers = {"Content-Type": kind, **({"Cookie": cookie} if cookie else {})}
    link.request(method, path, form or (json.dumps(body) if body else None), headers)
    answer = link.getresponse()
    text = answer.read().decode("utf-8", "replace")
    made = "; ".join(one.split(";")[0] for one in answer.headers.get_all("Set-Cookie") or [])
    link.close()
    return answer.status, text, made


def come(port: int, login: str) -> str:
    status, text, cookie = asked(port, "POST", "/login", form=f"login={login}&password={PASSWORD}")
    assert status == 303, text[:400]
    return cookie


@pytest.fixture
def served(
    told_on_postgres: World, postgres: str, tmp_path: Path
) -> Iterator[tuple[World, dict[Side, int]]]:
    url = new_database(postgres, told_on_postgres.site.settings.database_url)
    world = retold(told_on_postgres, tmp_path / "owner", url, "served")
    with world.site.engine.begin() as connection:
        grant(connection)
    keys = world.site.settings.key_folder
    for_the_ward = tmp_path / "ward-keys"
    for_the_ward.mkdir()
    for name in ("forms.key", "identity.key"):
        (for_the_ward / name).write_bytes((keys / name).read_bytes())
    with ExitStack() as stack:
        ports = {
            side: stack.enter_context(
                door(world, side, for_the_ward if side is Side.WARD else keys, tmp_path / side)
            )
            for side in DOORS
        }
        yield world, ports
    world.site.engine.dispose()


def test_each_door_serves_its_own_people_with_its_own_keys_and_nothing_else(
    served: tuple[World, dict[Side, int]],
) -> None:
    world, ports = served
    pages = {
        Side.LAB: ("quinn", ("/", "/bank/vials", "/trail/", "/dispatch/restored")),
        Side.WARD: ("nora", ("/", "/trial/participants", "/bedside/")),
        Side.VAULT: ("stan", ("/", "/unblinding/")),
    }
    for side, (login, paths) in pages.items():
        cookie = come(ports[side], login)
        for path in paths:
            status, text, _ = asked(ports[side], "GET", path, cookie=cookie)
            assert status in {200, 404}, (side, path, status, text[:300])
            assert status == 200 or path != "/"
    nora = come(ports[Side.WARD], "nora")
    assert asked(ports[Side.WARD], "GET", "/bank/vials", cookie=nora)[0] == 404
    quinn = come(ports[Side.LAB], "quinn")
    assert asked(ports[Side.LAB], "GET", "/trial/participants", cookie=quinn)[0] == 404

    _, page, made = asked(ports[Side.WARD], "GET", "/", cookie=nora)
    session = next(one for one in nora.split("; ") if one.startswith("funis="))
    nora = "; ".join((session, *(one for one in made.split("; ") if one != session)))
    key = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    form = f"csrf_token={key}&wristband={world.participants[0]}&bag=LMB000000000"
    status, text, _ = asked(ports[Side.WARD], "POST", "/bedside/verify", cookie=nora, form=form)
    assert (status, "must be typed twice" in text) == (409, True)  # and the refusal is kept
    form = f"csrf_token={key}&language=zh"
    done = asked(ports[Side.WARD], "POST", "/do/trust/choose-language", cookie=nora, form=form)
    assert done[0] in {200, 303}, done[1][:300]
    with world.site.reading() as session:
        assert [one.by for one in session.query(RefusedAct)] == ["nora"]
        assert session.get_one(Person, "nora").language == "zh"
    with world.site.engine.begin() as connection:
        seal_waiting(connection, world.site.key, world.site.clock())
    with world.site.reading() as session:
        assert verify_trail(session, world.site.key.public_key()).faults == ()
