"""The disk is full, the database cannot be written, somebody holds it: a 503 that says what to do."""

import fcntl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError

from lims.core.bounded import NotOnBothError
from lims.core.errors import Missing
from lims.core.trouble import STANDBY, BusyError, trouble_of
from lims.core.turn import PATIENCE_SECONDS, Turn
from lims.core.writes import REST_SECONDS, WriteWatch
from lims.demonstration.cast import PASSWORD
from lims.donation.models import Donor
from lims.trust.identity.people import Presence
from tests.hostile.watching import bearer
from tests.support.standby import sql, waited
from tests.support.worlds import World
from tests.trust.evidence import contents

DONOR = {
    "consent_version": "2.1",
    "consent_language": "zh",
    "consent_at": "2026-01-05T08:00:00+08:00",
    "consent_witness": "Midwife Hu",
    "recontact": True,
    "research": False,
}
HOLDS = """
import fcntl, os, sys
door = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(door, fcntl.LOCK_EX)
os.pwrite(door, b"%-10d" % os.getpid(), 0)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def hung(world: World) -> Iterator[int]:
    """Another process that took the turn to write and does not give it back."""
    path = f"{world.site.engine.url.database}.turn"
    started = [sys.executable, "-c", HOLDS, path]
    with subprocess.Popen(started, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield holder.pid
        holder.communicate()


@contextmanager
def crippled(world: World, *pragmas: str) -> Iterator[None]:
    """Every connection of the program under these pragmas of SQLite."""

    def cripple(connection: Any, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    engine = world.site.engine
    engine.dispose()
    event.listen(engine, "connect", cripple)
    yield
    event.remove(engine, "connect", cripple)
    engine.dispose()


Register = Callable[[], Any]


def script(world: World) -> Register:
    """A script with the technician's rights that registers a donor; made before the trouble."""
    rights, client = bearer(world, "tang"), world.app().test_client()
    return lambda: client.post("/api/donation/register-donor", json=DONOR, headers=rights)


def donors(world: World) -> int:
    return len(contents(world)[Donor.__tablename__])


def test_whoever_waits_for_a_hung_writer_is_told_so_and_the_holder_is_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    register, before = script(world), donors(world)
    world.site.patience = 0.3
    with hung(world) as pid:
        answer = register()
    assert (answer.status_code, answer.get_json()["code"]) == (503, "busy")
    assert answer.headers["Retry-After"] == "30"
    assert f"held by process {pid}" in caplog.text
    assert donors(world) == before


def test_when_the_hung_writer_ends_work_goes_on_and_nobody_keeps_the_turn(world: World) -> None:
    register = script(world)
    world.site.patience = 0.3
    with hung(world):
        assert register().status_code == 503
    world.site.patience = PATIENCE_SECONDS
    assert register().status_code == 200
    other = Turn(world.site.engine)  # as another process would
    with other(patience=1):
        pass


def test_who_comes_while_another_still_knocks_gets_the_turn_when_it_is_free(world: World) -> None:
    """Two in one process wait for a holder in another; both are served, one after the other."""
    turn, inside = world.site.turn, []
    with Path(f"{world.site.engine.url.database}.turn").open("a+b") as door:
        fcntl.flock(door, fcntl.LOCK_EX)

        def enter() -> None:
            with turn(patience=10):
                inside.append(threading.current_thread())

        waiting = [threading.Thread(target=enter) for _ in range(5)]
        for thread in waiting:
            thread.start()
        fcntl.flock(door, fcntl.LOCK_UN)
        for thread in waiting:
            thread.join()
    assert len(inside) == 5


def test_reading_goes_on_while_a_writer_hangs(world: World) -> None:
    client = world.client("tang")
    world.site.patience = 0.3
    world.clock.now += timedelta(minutes=2)  # so that the idle clock would be moved
    with hung(world):
        assert client.get("/donation/donors").status_code == 200


def test_the_idle_clock_moves_when_somebody_reads(world: World) -> None:
    client = world.client("tang")
    client.get("/")
    before = contents(world)[Presence.__tablename__]
    world.clock.now += timedelta(minutes=2)
    client.get("/")
    assert contents(world)[Presence.__tablename__] != before


def test_health_tells_of_a_writer_that_hangs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lims.trust.health.PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr("lims.trust.health.REMEMBERED_SECONDS", 0.0)
    client = world.app().test_client()
    with hung(world):
        assert client.get("/health").status_code == 503
    assert client.get("/health").get_json() == {"status": "ok"}


def test_a_full_disk_changes_nothing_and_reading_goes_on(world: World) -> None:
    register, client = script(world), world.client("tang")
    before = donors(world)
    with world.site.reading() as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
    with crippled(world, f"max_page_count={pages}"):
        answers = [register() for _ in range(60)]  # those that still find room in a page are kept
        assert client.get("/donation/donors").status_code == 200
    told = [answer.status_code for answer in answers]
    assert set(told) <= {200, 503}
    assert told[-1] == 503
    assert answers[-1].get_json()["code"] == "disk-full"
    assert donors(world) == before + told.count(200)
    assert register().status_code == 200


def test_health_tells_of_a_disk_that_is_nearly_full(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lims.trust.health.LEAST_ROOM", 10**18)
    answer = world.app().test_client().get("/health")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "disk-full")


def test_a_database_that_cannot_be_written_is_read_and_says_so(world: World) -> None:
    register, client = script(world), world.client("tang")
    before = contents(world)
    with crippled(world, "query_only=ON"):
        answer = register()
        assert (answer.status_code, answer.get_json()["code"]) == (503, "read-only")
        assert client.get("/donation/donors").status_code == 200
        assert client.get("/health").get_json()["status"] == "read-only"
        page = (
            world.app().test_client().post("/login", data={"login": "tian", "password": PASSWORD})
        )
        assert page.status_code == 503
        assert "Call the administrator" in page.text
    assert contents(world) == before


@pytest.mark.parametrize("either_world", ["postgresql"], indirect=True)
def test_a_read_only_postgresql_says_so(either_world: World) -> None:
    register, client = script(either_world), either_world.client("tang")
    engine = either_world.site.engine

    def only_read(connection: Any, _record: Any) -> None:
        connection.execute("SET default_transaction_read_only = on")
        connection.commit()

    engine.dispose()
    event.listen(engine, "connect", only_read)
    assert register().get_json()["code"] == "read-only"
    assert client.get("/health").get_json()["status"] == "read-only"
    assert client.get("/donation/donors").status_code == 200
    event.remove(engine, "connect", only_read)
    engine.dispose()


def test_a_database_that_goes_after_it_was_read_takes_no_answer_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.client("tang")

    def gone(_: object) -> None:
        raise OperationalError("", None, psycopg.OperationalError("server closed the connection"))

    monkeypatch.setattr("lims.web.pages.RequestContext.leave", gone)
    assert client.get("/donation/donors").status_code == 200


@pytest.mark.parametrize("either_world", ["postgresql"], indirect=True)
def test_a_database_that_recovers_takes_no_connection_and_says_so(
    either_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was killed and reads its log: the very first question of a request finds nobody."""
    register, engine = script(either_world), either_world.site.engine
    message = "connection failed: FATAL:  the database system is in recovery mode"

    def away(*_: Any, **_named: Any) -> None:
        raise psycopg.OperationalError(message)

    engine.dispose()
    with monkeypatch.context() as there:
        there.setattr("lims.core.bounded.Bounded.connect", away)
        answer = register()
    assert (answer.status_code, answer.get_json()["code"]) == (503, "database-away")
    assert "Retry-After" in answer.headers
    assert register().status_code == 200


@contextmanager
def no_standby(url: str) -> Iterator[None]:
    """A server that waits at each commit for a standby that is not there."""
    try:
        sql(url, "ALTER SYSTEM SET synchronous_standby_names = 'gone'")
        sql(url, "SELECT pg_reload_conf()")
        waited(lambda: sql(url, "SHOW synchronous_standby_names") == "gone")
        yield
    finally:
        sql(url, "ALTER SYSTEM RESET synchronous_standby_names")
        sql(url, "SELECT pg_reload_conf()")


@pytest.mark.parametrize("either_world", ["postgresql"], indirect=True)
def test_what_no_standby_has_is_not_acknowledged_and_nobody_waits_for_it_without_end(
    either_world: World, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lims.core.bounded.PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr("lims.core.writes.REST_SECONDS", 1.0)
    world, client = either_world, either_world.client("tang")
    rights, browser = bearer(world, "tang"), world.app().test_client()

    def register(key: str) -> Any:
        headers = {**rights, "Idempotency-Key": key}
        return browser.post("/api/donation/register-donor", json=DONOR, headers=headers)

    world.clock.now += timedelta(minutes=2)  # whoever reads is noted as present
    before = donors(world)
    with no_standby(postgres):
        begin = monotonic()
        answer = register("first")
        assert (answer.status_code, answer.get_json()["code"]) == (503, "standby-away")
        told = monotonic()
        assert told - begin < 5
        assert register("second").get_json()["code"] == "standby-away"
        assert monotonic() - told < 0.4  # at once: it is known
        assert client.get("/donation/donors").status_code == 200
        assert monotonic() - told < 3
        for _ in range(8):  # beyond the rest: whoever asks again writes, and finds it away
            assert client.get("/health").get_json()["status"] == "standby-away"
            sleep(0.3)
        left = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        assert sql(postgres, left) == 1  # what was let go; no further one joins it
        assert register("first").get_json()["code"] == "standby-away"
    waited(lambda: register("second").status_code == 200)
    made = register("first")  # what became of it is told, and it is there once
    assert made.status_code == 200
    assert donors(world) == before + 2


def test_while_a_standby_is_away_one_asks_and_a_refusal_by_a_rule_says_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch = WriteWatch()
    lost = DBAPIError("COMMIT", None, NotOnBothError("the standby does not answer"))
    with pytest.raises(DBAPIError), watch():
        raise lost
    with pytest.raises(BusyError) as told, watch():
        pass
    assert trouble_of(told.value) is STANDBY
    monkeypatch.setattr("lims.core.writes.monotonic", lambda: monotonic() + REST_SECONDS)
    with suppress(Missing), watch():
        with pytest.raises(BusyError), watch():
            pass  # the others wait for who asks
        raise Missing("bag")
    with watch():
        pass
    with watch():
        pass


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (psycopg.errors.LockNotAvailable(), "busy"),
        (psycopg.errors.SerializationFailure(), "busy"),
        (psycopg.errors.DiskFull(), "disk-full"),
        (psycopg.errors.ReadOnlySqlTransaction(), "read-only"),
        (psycopg.errors.AdminShutdown(), "database-away"),
        (psycopg.errors.ConnectionFailure(), "database-away"),
        (psycopg.OperationalError("connection refused"), "database-away"),
        (psycopg.errors.DataCorrupted(), "database-damaged"),
        (psycopg.errors.CheckViolation(), None),
        (psycopg.errors.SyntaxError(), None),
        (psycopg.ProgrammingError("ours"), None),
    ],
)
def test_postgresqls_troubles_are_told_apart_from_faults(
    error: psycopg.Error, code: str | None
) -> None:
    reason = trouble_of(DBAPIError("SELECT 1", None, error))
    assert (reason.code if reason else None) == code


def test_a_fault_of_the_program_is_no_trouble_of_the_machine() -> None:
    assert trouble_of(ZeroDivisionError()) is None
    assert trouble_of(FileNotFoundError(2, "no such file")) is None
