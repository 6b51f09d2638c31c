"""The trail after a move to another server, while people work, and with a row that is damaged."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text, update

from lims.accounts.clock import AcceptClock, accept_clock
from lims.donation.consent import RegisterDonor, register_donor
from lims.genealogy.hands import hands_on
from lims.genealogy.rules import hands_reasons
from lims.trust.trail.entries import TrailEntry
from lims.trust.trail.seals import seal_waiting
from lims.trust.trail.verify import TrailReport, verify_trail
from tests.support.at_once import deed
from tests.support.postgres import moved, new_database, postgres_server
from tests.support.worlds import World, retold
from tests.trust.evidence import attacker, entries, faults_seen

ON_POSTGRESQL = pytest.mark.parametrize("either_world", ["postgresql"], indirect=True)
RUNS = 20


def registering(world: World) -> Callable[[], object]:
    command = RegisterDonor("2.1", "zh", world.clock.now, "Midwife Hu", True, True)
    return deed(world, "tang", register_donor, command)


def seal_now(world: World) -> None:
    with world.site.engine.begin() as connection:
        seal_waiting(connection, world.site.key, world.clock.now)


def report_of(world: World) -> TrailReport:
    with world.site.reading() as session:
        return verify_trail(session, world.site.key.public_key())


@ON_POSTGRESQL
def test_work_and_trail_go_on_after_a_restore_into_another_server(
    either_world: World, tmp_path: Path
) -> None:
    """The other server counts its transactions from the beginning; this one is far beyond."""
    used_up = (
        "DO $$ BEGIN FOR i IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
    )
    with psycopg.connect(either_world.site.settings.database_url, autocommit=True) as connection:
        connection.execute(used_up)
    registering(either_world)()
    seal_now(either_world)
    folder = tmp_path / "moved"
    with postgres_server() as other:
        url = moved(either_world.site.settings.database_url, other)
        world = retold(either_world, folder, url, "moved")
        for _ in range(5):
            registering(world)()
            world.clock.now += timedelta(seconds=2)
        seal_now(world)
        report = report_of(world)
        world.site.engine.dispose()
    assert (report.faults, report.unsealed) == ((), 0)
    assert report.entries == report_of(either_world).entries + 5


@pytest.fixture
def busy(either_world: World) -> Iterator[World]:
    """A world in which six people work all the time."""
    ended, faults = threading.Event(), []

    def work() -> None:
        deeds = registering(either_world)
        while not ended.is_set():
            try:
                deeds()
            except Exception as error:  # noqa: BLE001 -- told at the end, by the test
                faults.append(error)
                return

    people = [threading.Thread(target=work) for _ in range(6)]
    for person in people:
        person.start()
    yield either_world
    ended.set()
    for person in people:
        person.join()
    assert faults == []


@ON_POSTGRESQL
def test_verifying_while_people_work_raises_no_false_alarm(busy: World) -> None:
    seen = set()
    for _ in range(RUNS):
        busy.clock.now += timedelta(seconds=3)
        report = report_of(busy)
        assert report.faults == ()
        seen.add(report.entries)
    assert len(seen) > 1  # people did work meanwhile


@ON_POSTGRESQL
def test_a_long_transaction_in_another_database_keeps_no_entry_from_its_seal(
    either_world: World, postgres: str
) -> None:
    with psycopg.connect(new_database(postgres)) as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        for _ in range(3):
            registering(either_world)()
            either_world.clock.now += timedelta(seconds=40)
        seal_now(either_world)
        report = report_of(either_world)
    assert (report.faults, report.unsealed) == ((), 0)


@ON_POSTGRESQL
def test_who_still_writes_keeps_later_entries_from_a_seal_and_is_no_fault(
    either_world: World,
) -> None:
    seal_now(either_world)
    with either_world.site.engine.connect() as slow, slow.begin():
        slow.execute(
            text(
                "SELECT pg_advisory_xact_lock_shared((7::bigint << 48) + last_value) FROM trail_batch"
            )
        )
        for _ in range(3):
            registering(either_world)()
            either_world.clock.now += timedelta(minutes=1)
        seal_now(either_world)
        report = report_of(either_world)
        assert report.unsealed == 3
        assert report.faults == ()
    seal_now(either_world)
    assert report_of(either_world).unsealed == 0


def test_a_clock_that_ran_ahead_and_was_set_right_is_no_fault(either_world: World) -> None:
    either_world.clock.now += timedelta(hours=30)
    registering(either_world)()
    either_world.clock.now -= timedelta(hours=30)
    either_world.story.do("ada", accept_clock, AcceptClock("it ran a day ahead"), "quinn")
    for _ in range(3):
        registering(either_world)()
        either_world.clock.now += timedelta(seconds=5)
        assert report_of(either_world).faults == ()


def newest_of_lot(connection: Connection, world: World) -> TrailEntry:
    return entries(connection, f"lab/lot/{world.lots['product']}")[-1]


DAMAGES = [b"", b"{}", b"\xff\xfe not JSON", b'{"changes": 1}']


@pytest.mark.parametrize("payload", DAMAGES)
def test_a_damaged_entry_is_named_and_everything_around_it_is_read(
    either_world: World, payload: bytes
) -> None:
    lot = either_world.lots["product"]
    client = either_world.client("quinn")
    with attacker(either_world) as connection:
        entry = newest_of_lot(connection, either_world)
        connection.execute(
            update(TrailEntry).where(TrailEntry.id == entry.id).values(payload=payload)
        )
        faults = faults_seen(connection, either_world)
        connection.commit()  # the disk's own doing
    assert any(f"lab/lot/{lot}: entry {entry.seq}" in fault for fault in faults)
    page = client.get(f"/release/lots/{lot}/trail")
    assert page.status_code == 200
    assert page.text.count("Damaged") == 1
    assert "fill-vials" in page.text
    for path in (f"/release/lots/{lot}", f"/release/trace/{lot}"):
        assert client.get(path).status_code == 200


def test_nobody_judges_a_thing_whose_trail_is_damaged(world: World) -> None:
    with attacker(world) as connection:
        entry = newest_of_lot(connection, world)
        connection.execute(update(TrailEntry).where(TrailEntry.id == entry.id).values(payload=b""))
        connection.commit()
    with world.site.reading() as session:
        hands = hands_on(session, world.lots["product"])
    assert "trail-damaged" in {reason.code for reason in hands_reasons(hands, "qiu")}


@pytest.mark.parametrize("column", ["payload", "seq", "batch"])
def test_a_value_of_another_type_is_named_and_verification_goes_on(
    world: World, column: str
) -> None:
    """SQLite keeps any type in any column."""
    with attacker(world) as connection:
        entry = newest_of_lot(connection, world)
        connection.exec_driver_sql(
            f"UPDATE trail_entry SET {column} = 'not that' WHERE id = {entry.id}"
        )
        faults = faults_seen(connection, world)
    assert any(f"lab/lot/{world.lots['product']}: entry" in fault for fault in faults)


@pytest.mark.parametrize("column", ["signature", "at", "below", "count", "previous"])
def test_a_damaged_seal_is_named_and_verification_goes_on(world: World, column: str) -> None:
    with attacker(world) as connection:
        connection.exec_driver_sql(f"UPDATE seal SET {column} = 'not that' WHERE number = 3")
        faults = faults_seen(connection, world)
    assert any(fault.startswith("seal 3") for fault in faults)
