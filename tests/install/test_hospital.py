"""The deployment guide, followed on this machine: PostgreSQL, three doors, TLS, timers, a standby."""

import os
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lims.trust.trail.anchors import newest_kept
from tests.support import postgres
from tests.support.guide import GUIDE, Machine
from tests.support.standby import (
    STANDBY_PORT,
    copied,
    killed,
    promoted,
    recovered,
    sql,
    standby,
    two_hosts,
    waited,
)
from tests.wall.test_three_doors_served import free_port

pytestmark = [
    pytest.mark.xdist_group("hospital"),  # one hospital; its server dies in the last test
    pytest.mark.skipif(
        not shutil.which("nginx"),
        reason="nginx is not on this machine: apt-get install nginx-light",
    ),
]
DOORS = ("lab", "ward", "vault")
NAMES = ",".join(f"DNS:{door}.funis.example" for door in DOORS)


class Hospital(Machine):
    """One machine as the guide sets it up."""

    url = ""
    archive = Path()
    passwords: dict[str, str]
    doors: dict[str, subprocess.Popen[bytes]]

    def asked(
        self, door: str, path: str, form: str = "", said: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], str]:
        """What a browser gets from a door: status, headers, text."""
        name = f"{door}.funis.example"
        headers = {"Host": name, **(said or {})}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(HTTPConnection(name)) as link:
            link.sock = self.tls(name)
            link.request("POST" if form else "GET", path, form or None, headers)
            answer = link.getresponse()
            text = answer.read().decode("utf-8", "replace")
            return answer.status, dict(answer.headers), text

    def tls(self, name: str, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLSocket:
        """A connection to nginx by this name, which its certificate must bear."""
        trust = ssl.create_default_context(cafile=str(self.folder / "chain.pem"))
        trust.minimum_version, trust.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, newest
        trust.set_ciphers("ALL:@SECLEVEL=0")  # the oldest that this machine could speak
        port = int(self.here["listen 443"].split()[-1])
        plain = socket.create_connection(("127.0.0.1", port), 60)
        try:
            return trust.wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise

    def comes_back(self, door: str) -> None:
        """Wait until people can work at a door."""
        end, told = time.monotonic() + 60, ""
        while time.monotonic() < end:
            try:
                status, _, told = self.asked(door, "/health")
                if status == 200:
                    return
            except OSError as error:
                told = repr(error)
            time.sleep(0.2)
        raise AssertionError(f"{told}\n{(self.folder / f'{door}.log').read_text()[-3000:]}")


def _certificate(folder: Path) -> None:
    ask = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
           "-nodes", "-days", "2", "-subj", "/CN=funis.example", "-addext",
           f"subjectAltName={NAMES}", "-keyout", "key.pem", "-out", "chain.pem"]  # fmt: skip
    subprocess.run(ask, cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    folder = tmp_path_factory.mktemp("hospital")
    archive = Path(tempfile.mkdtemp(prefix="funis-archive-", dir="/var/tmp"))
    shutil.chown(archive, postgres.USER or os.geteuid())
    own = [
        line.replace("'", "").replace("/srv/archive", str(archive))
        for line in (GUIDE / "postgresql.conf").read_text().splitlines()
        if not line.startswith("#")
    ]
    own = [f"{name.strip()}={value.strip()}" for name, _, value in (x.partition("=") for x in own)]
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, archive)
        url = postgres.new_database(
            stack.enter_context(postgres.postgres_server([*own, "fsync=on", "full_page_writes=on"]))
        )
        address = two_hosts(url.replace("postgresql:", "postgresql+psycopg:"))
        ports = {door: free_port() for door in DOORS}
        here = {
            "/opt/funis/.venv/bin": str(Path(sys.executable).parent),
            "/etc/funis/tls": str(folder), "/run/nginx.pid": f"{folder}/nginx.pid",
            "/etc/funis/protocol.toml": str(GUIDE.parents[1] / "lims/protocol/nct02302599.toml"),
            "/var/log/nginx": str(folder), "/var/lib/funis": str(folder), "/srv": str(folder),
            "listen 443": f"listen {free_port()}", "listen 80": f"listen {free_port()}", "age1-of-the-keeper": "",
        }  # fmt: skip
        for n, door in enumerate(DOORS, 1):
            here[f"800{n}"] = str(ports[door])
        for role in ("funis", *(f"funis_{door}" for door in DOORS)):
            there = address.replace("//postgres@", f"//{'postgres' if role == 'funis' else role}@")
            here[f"{role}:password@/funis?host=db1:5432&host=db2:5432"
                 "&target_session_attrs=read-write&connect_timeout=3"] = there.split("//")[1]  # fmt: skip
        place = Hospital(folder, here)
        place.url, place.archive = url, archive
        stack.enter_context(place.running)
        _follow(place)
        yield place


def _follow(place: Hospital) -> None:
    """The guide's steps, in its order."""
    for name in ("elsewhere", "keeper", "ward-keys"):
        (place.folder / name).mkdir()
    said = place.lims("backup", "identity", str(place.folder / "keeper/identity"))
    found = re.search(r"age1\w+", said)
    assert found
    place.here = {**place.here, "age1-of-the-keeper": found[0]}
    said = place.lims("init")
    place.passwords = dict(re.findall(r"as (\w+) with the password ([\w-]+):", said))
    place.lims("grants")
    for door in DOORS:
        sql(place.url, f"ALTER ROLE funis_{door} PASSWORD '{secrets.token_hex(12)}'")
    for name in ("forms.key", "identity.key"):
        shutil.copy(place.folder / "keys" / name, place.folder / "ward-keys")
    _certificate(place.folder)
    place.doors = {door: place.start("funis@.service", door) for door in DOORS}
    place.start("funis-seal.service")
    place.start("funis-print.service")
    conf = place.lay("nginx.conf")
    nginx = [str(shutil.which("nginx")), "-p", str(place.folder), "-c", str(conf)]
    place.keep([*nginx, "-g", "daemon off;"], dict(os.environ), "nginx.log")
    for door in DOORS:
        place.comes_back(door)


def _sealed(place: Hospital) -> None:
    """Wait until the service has sealed the last entry and written its anchor."""
    waiting = "SELECT max(batch) < (SELECT max(below) FROM seal) FROM trail_entry"
    waited(lambda: sql(place.url, waiting))
    last = sql(place.url, "SELECT max(number) FROM seal")
    kept = place.folder / "elsewhere/anchors"
    waited(lambda: newest_kept(kept).startswith(f"{last}/"))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_each_door_answers_by_its_name_over_tls_and_nothing_else_does(hospital: Hospital) -> None:
    for door in DOORS:
        status, headers, _ = hospital.asked(door, "/login")
        assert status == 200, door
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert "nginx/" not in headers.get("Server", "")
    assert hospital.asked("lab", "/login", said={"Host": "elsewhere.example"})[0] == 404
    plain = HTTPConnection("127.0.0.1", int(hospital.here["listen 80"].split()[-1]), timeout=20)
    plain.request("GET", "/login", headers={"Host": "lab.funis.example"})
    assert plain.getresponse().headers["Location"] == "https://lab.funis.example/login"
    plain.close()
    with pytest.raises(ssl.SSLError, match="TLSV1_ALERT_PROTOCOL_VERSION"):  # nginx says it
        hospital.tls("lab.funis.example", ssl.TLSVersion.TLSv1_1)


def test_the_first_administrator_logs_in_by_the_printed_password_and_no_other_page_can_make_them(
    hospital: Hospital,
) -> None:
    form = f"login=admin&password={hospital.passwords['admin']}"

    foreign = hospital.asked("lab", "/login", form, {"Origin": "https://elsewhere.example"})
    own = hospital.asked("lab", "/login", form, {"Origin": "https://lab.funis.example"})

    assert foreign[0] == 403
    assert own[0] == 303, own[2][:500]
    assert own[1]["Set-Cookie"].startswith("__Host-funis=")
    assert "Secure" in own[1]["Set-Cookie"]
    assert "HttpOnly" in own[1]["Set-Cookie"]


def test_the_address_that_a_browser_claims_is_not_the_one_that_is_written_down(
    hospital: Hospital,
) -> None:
    claim = {"X-Forwarded-For": "203.0.113.9", "Origin": "https://lab.funis.example"}

    hospital.asked("lab", "/login", "login=nobody&password=guessed-by-somebody", claim)

    kept = (
        "SELECT count(*) FROM trail_entry WHERE position(convert_to('{}', 'UTF8') in payload) > 0"
    )
    assert sql(hospital.url, kept.format("203.0.113.9")) == 0
    assert sql(hospital.url, kept.format("127.0.0.1")) > 0


def test_the_timers_do_what_they_are_for(hospital: Hospital) -> None:
    hospital.once("funis-tidy.service")
    hospital.once("funis-backup.service")
    hospital.once("funis-drill.service")

    assert list((hospital.folder / "elsewhere/backups").rglob("*"))
    noted = sql(hospital.url, "SELECT string_agg(step, ' ' ORDER BY at) FROM backup_note")
    assert noted == "taken proved"


def test_a_door_that_is_renewed_leaves_nobody_without_an_answer(hospital: Hospital) -> None:
    ended = threading.Event()
    answers: list[int] = []

    def ask() -> None:
        while not ended.is_set():
            answers.append(hospital.asked("ward", "/login")[0])

    asking = threading.Thread(target=ask)
    asking.start()
    for _ in range(2):
        hospital.doors["ward"].send_signal(signal.SIGHUP)
        time.sleep(3)  # the new ones begin, the old ones end
        so_far = len(answers)
        waited(lambda: len(answers) > so_far + 10)  # noqa: B023 -- asked within its round
    ended.set()
    asking.join(90)

    assert set(answers) == {200}


def test_a_recovery_to_an_earlier_moment_is_noticed_by_the_anchor_that_lies_elsewhere(
    hospital: Hospital,
) -> None:
    base = hospital.archive / "base"
    copied(hospital.url, base)
    sql(hospital.url, "SELECT pg_create_restore_point('before')")
    hospital.once("funis-backup.service")  # an entry, and its seal among the anchors
    _sealed(hospital)
    kept = hospital.folder / "elsewhere/anchors"
    hospital.lims("trail", "verify", "--anchor", str(kept))
    sql(hospital.url, "SELECT pg_switch_wal()")
    waited(lambda: sql(hospital.url, "SELECT last_archived_wal FROM pg_stat_archiver"))
    time.sleep(2)

    with recovered(base, hospital.archive, "before") as url:
        name = urlsplit(hospital.url).path
        _, environment = hospital.service("funis-tidy.service")
        environment["FUNIS_DATABASE_URL"] = url.replace("/postgres?", f"{name}?")
        command = [f"{Path(sys.executable).parent}/lims", "trail", "verify"]
        hospital.run(command, environment)  # in itself it is whole
        with pytest.raises(AssertionError, match="anchor"):
            hospital.run([*command, "--anchor", str(kept)], environment)


def test_the_standby_takes_over_with_everything_that_was_acknowledged(hospital: Hospital) -> None:
    form = f"login=qa&password={hospital.passwords['qa']}"
    with standby(hospital.url) as data:
        assert (
            hospital.asked("lab", "/login", form, {"Origin": "https://lab.funis.example"})[0] == 303
        )
        entries = sql(hospital.url, "SELECT max(id) FROM trail_entry")
        killed(hospital.url)
        promoted(data)
        for door in DOORS:
            hospital.comes_back(door)
        there = hospital.url.replace("port=5432", f"port={STANDBY_PORT}")
        assert sql(there, "SELECT max(id) FROM trail_entry") >= entries
        assert hospital.asked("ward", "/login")[0] == 200
        hospital.lims("trail", "verify")
