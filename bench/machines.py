"""Five machines in one: nginx before two application machines, a PostgreSQL primary and its standby.

Each is a network namespace with a cable of its own. While twenty people work, the application machines
are renewed one after the other, the cable of one is pulled, then that of the standby; then the primary
is gone without a word, the standby is promoted, and the old primary comes back as if nothing had been.
`python -m bench.machines`, as root.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from bench.faults import judged, place, plan_for, world_in
from bench.machine import commit
from bench.people import EACH, PEOPLE, Person, Plan
from bench.servers import DURABLE, ROOT, WORKERS
from tests.support import postgres
from tests.support.standby import sql, waited

RESULTS = Path(__file__).with_name("machines.json")
AT = {"gateway": 1, "app1": 11, "app2": 12, "db1": 21, "db2": 22}
NET, PORT, PG_USER = "10.77.0", 8099, "65534"
NGINX = """
worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.log crit; daemon off;
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
  proxy_connect_timeout 2s; proxy_read_timeout 30s; proxy_next_upstream error timeout;
  upstream funis {{ server {net}.11:8000 max_fails=1 fail_timeout=2s{app1}; server {net}.12:8000 max_fails=1 fail_timeout=2s{app2}; }}
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://funis; }} }}
}}
"""


def ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True)


@contextmanager
def cables() -> Iterator[None]:
    """A bridge with a cable to each machine."""
    try:
        ip("link add funis0 type bridge")
        ip(f"addr add {NET}.1/24 dev funis0")
        ip("link set funis0 up")
        for name, number in AT.items():
            if name != "gateway":
                ip(f"netns add funis-{name}")
                ip(f"link add c-{name} type veth peer name eth0 netns funis-{name}")
                ip(f"link set c-{name} master funis0 up")
                ip(f"-n funis-{name} addr add {NET}.{number}/24 dev eth0")
                for device in ("eth0", "lo"):
                    ip(f"-n funis-{name} link set {device} up")
        yield
    finally:
        for name in AT:
            subprocess.run(
                ["ip", "netns", "del", f"funis-{name}"], stderr=subprocess.DEVNULL, check=False
            )
        subprocess.run(["ip", "link", "del", "funis0"], stderr=subprocess.DEVNULL, check=False)


def pull(name: str) -> None:
    """From now on nothing goes to this machine or comes from it; nobody is told."""
    ip(f"link set c-{name} down")


def put_back(name: str) -> None:
    ip(f"link set c-{name} up")


@dataclass
class Machine:
    """Something that runs on a machine of its own."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    user: str = ""
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        on = [] if self.name == "gateway" else ["ip", "netns", "exec", f"funis-{self.name}"]
        by = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("FUNIS_", "PG"))}
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*on, *(by if self.user else []), *self.command],
                cwd=ROOT if not self.user else self.log.parent,
                env={**kept, **self.environment}, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    def end(self, how: int = signal.SIGTERM) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, how) if how == signal.SIGKILL else self.process.send_signal(
                how
            )
        self.process.wait(90)


@contextmanager
def running(machine: Machine) -> Iterator[Machine]:
    machine.start()
    try:
        yield machine
    finally:
        machine.end(signal.SIGKILL)


def primary_and_standby(stack: ExitStack, folder: Path) -> tuple[str, Path]:
    """Two servers, each on its machine, the second synchronous; the first one's address, the second's data."""
    programs = postgres.programs_in(folder)
    common = (
        "listen_addresses=*",
        "max_connections=200",
        f"unix_socket_directories={folder}",
        *DURABLE,
    )
    words = [word for flag in common for word in ("-c", flag)]
    one, two = folder / "one", folder / "two"
    initdb = [
        "-D",
        str(one),
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--no-locale",
    ]
    assert postgres.popen([str(programs / "initdb"), *initdb], folder).wait() == 0
    with (one / "pg_hba.conf").open("a") as hba:
        hba.write(f"host all all {NET}.0/24 trust\nhost replication all {NET}.0/24 trust\n")
    server = [str(programs / "postgres"), "-D"]
    stack.enter_context(
        running(Machine("db1", [*server, str(one), *words], folder / "log", user=PG_USER))
    )
    url = f"postgresql://postgres@{NET}.{AT['db1']}:5432/postgres"
    waited(lambda: answers(url))
    link = f"host={NET}.{AT['db1']} user=postgres application_name=standby"
    copy = [str(programs / "pg_basebackup"), "-d", link, "-D", str(two), "-R", "-X", "stream"]
    assert postgres.popen(copy, folder).wait() == 0
    other = ["-c", "unix_socket_directories="]
    stack.enter_context(
        running(Machine("db2", [*server, str(two), *words, *other], folder / "log2", user=PG_USER))
    )
    sql(url, "ALTER SYSTEM SET synchronous_standby_names = 'standby'")
    sql(url, "SELECT pg_reload_conf()")
    waited(lambda: sql(url, "SELECT max(sync_state) FROM pg_stat_replication") == "sync")
    return url, two


def before(folder: Path, without: str = "") -> None:
    """What nginx is told: whoever is renewed is taken out first."""
    down = {name: " down" if name == without else "" for name in ("app1", "app2")}
    text = NGINX.format(folder=folder, net=NET, port=PORT, **down)
    (folder / "nginx.conf").write_text(text)


def either_of(url: str) -> str:
    """The address of whichever of the two may be written."""
    hosts = tuple(f"{NET}.{AT[name]}:5432" for name in ("db1", "db2"))
    query = {"host": hosts, "target_session_attrs": "read-write", "connect_timeout": "3"}
    address = make_url(url).set(host=None, port=None, query=query)  # type: ignore[arg-type]
    return address.render_as_string(hide_password=False)


def answers(url: str) -> bool:
    with suppress(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2).close()
        return True
    return False


class Patient(Person):
    """Who takes the gateway's own errors as no answer, and sends again."""

    def send(self, path: str, body: dict[str, str], key: str, *, lost: bool) -> int | None:
        odd = len(self.plan.notes.odd)
        status = super().send(path, body, key, lost=lost)
        if status in {502, 504}:
            del self.plan.notes.odd[odd:]
            self.plan.notes.answers[f"gateway {status}"] += 1
            return None
        return status


@dataclass
class Watch:
    """What people got, scene by scene."""

    plan: Plan
    found: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def scene(self, name: str, seconds: float) -> Iterator[None]:
        notes = self.plan.notes
        before, answers, unanswered = (
            len(notes.acknowledged),
            Counter(notes.answers),
            notes.unanswered,
        )
        begin = time.monotonic()
        yield
        time.sleep(seconds)
        self.found[name] = {
            "seconds": round(time.monotonic() - begin, 1),
            "acknowledged": len(notes.acknowledged) - before,
            "answers": dict(Counter(notes.answers) - answers),
            "unanswered": notes.unanswered - unanswered,
        }
        print(name, self.found[name], flush=True)

    def until_work_goes_on(self) -> float:
        before, begin = len(self.plan.notes.acknowledged), time.monotonic()
        while len(self.plan.notes.acknowledged) <= before + 20 and time.monotonic() - begin < 120:
            time.sleep(0.1)
        return round(time.monotonic() - begin, 1)


def is_served(name: str) -> bool:
    with suppress(OSError, HTTPException):
        link = HTTPConnection(f"{NET}.{AT[name]}", 8000, timeout=5)
        link.request("GET", "/health")
        return link.getresponse().status in {200, 503}
    return False


def longest_page(seconds: float) -> float:
    """How long the slowest /health took, asked again and again."""
    end, longest = time.monotonic() + seconds, 0.0
    while time.monotonic() < end:
        begin = time.monotonic()
        with suppress(OSError, HTTPException):
            link = HTTPConnection("127.0.0.1", PORT, timeout=60)
            link.request("GET", "/health")
            link.getresponse().read()
        longest = max(longest, time.monotonic() - begin)
        time.sleep(0.5)
    return round(longest, 1)


def run(folder: Path, seconds: float) -> dict[str, Any]:
    with ExitStack() as stack:
        stack.enter_context(cables())
        databases = Path(tempfile.mkdtemp(prefix="funis-pg-", dir="/var/tmp"))
        stack.callback(shutil.rmtree, databases, ignore_errors=True)
        postgres.give_away(databases)
        first, standby = primary_and_standby(stack, databases)
        world = world_in(folder, postgres.new_database(first))
        own = world.site.settings.database_url
        plan = plan_for(world, PORT)
        environment = {
            "FUNIS_DATABASE_URL": either_of(own),
            "FUNIS_KEY_FOLDER": str(world.site.settings.key_folder),
            "FUNIS_DEMONSTRATION": "1", "FUNIS_LIGHT_PASSWORDS": "1", "FUNIS_SECRET_KEY": "machines",
        }  # fmt: skip
        apps = []
        for name in ("app1", "app2"):
            served = [
                sys.executable,
                "-m",
                "gunicorn",
                *WORKERS,
                "--log-level",
                "critical",
                "-b",
                "0.0.0.0:8000",
                "wsgi:app",
            ]
            apps.append(
                stack.enter_context(running(Machine(name, served, folder / name, environment)))
            )
        before(folder)
        gateway = stack.enter_context(
            running(
                Machine("gateway", ["nginx", "-c", str(folder / "nginx.conf")], folder / "gate")
            )
        )
        try:
            waited(lambda: all(map(is_served, ("app1", "app2"))), 40)
        except AssertionError:
            print((folder / "app1").read_text()[-3000:])
            raise
        people = [Patient(plan, login, n) for n, login in enumerate(PEOPLE * EACH)]
        for person in people:
            person.loses = 0.0
            person.start()
        watch = Watch(plan)
        with watch.scene("all well", seconds):
            pass
        with watch.scene("application machines renewed one after the other", seconds / 2):
            for app in apps:
                before(folder, app.name)
                gateway.process.send_signal(signal.SIGHUP)
                time.sleep(2)
                app.end()
                app.start()
                waited(lambda name=app.name: is_served(name), 90)  # type: ignore[misc]
                before(folder)
                gateway.process.send_signal(signal.SIGHUP)
        with watch.scene("an application machine's cable pulled, then put back", seconds / 2):
            pull("app1")
            time.sleep(seconds)
            put_back("app1")
        with watch.scene("the standby's cable pulled, then put back", seconds):
            pull("db2")
            watch.found["slowest /health while the standby was away"] = longest_page(40)
            put_back("db2")
        with watch.scene("the primary gone without a word, the standby promoted", seconds):
            pull("db1")
            assert (
                postgres.popen(
                    [postgres.client_program("pg_ctl"), "promote", "-D", str(standby)], databases
                ).wait()
                == 0
            )
            watch.found["seconds until work went on"] = watch.until_work_goes_on()
        with watch.scene("the old primary is back", seconds * 2):
            put_back("db1")
        plan.ended.set()
        for person in people:
            person.join(30)
        for odd, times in Counter(plan.notes.odd).most_common(3):
            print(times, odd)
        world.site.settings = replace(
            world.site.settings, database_url=own.replace(f".{AT['db1']}:", f".{AT['db2']}:")
        )
        return {**watch.found, **judged(world, plan)}


def main() -> None:
    """Break, look, print, write down."""
    parser = argparse.ArgumentParser(prog="python -m bench.machines", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    with place() as folder:
        found = {"commit": commit(), **run(folder, given.seconds)}
    text = json.dumps(found, indent=1)
    print(text)
    RESULTS.write_text(text + "\n")
    sys.exit(any(found[name] for name in ("lost", "doubled", "odd_answers", "faults_of_the_trail")))


if __name__ == "__main__":
    main()
