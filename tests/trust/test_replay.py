"""No row of any table is other than the trail tells: changed, taken away or put there, all is named."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from sqlalchemy import Connection, Date, Integer, delete, inspect, select, update
from sqlalchemy import Enum as EnumType
from sqlalchemy.exc import IntegrityError

from lims.core import shapes
from lims.core.db import Base, Exact, Measured, UtcDateTime
from lims.core.quantities import Quantity
from lims.trust.actions import ACTIONS
from lims.trust.identity.signatures import Signature
from lims.trust.trail.entries import TrailEntry
from lims.trust.trail.replay import CLOCK_ACCEPTED, Replay, Row, tables_of
from lims.trust.trail.seals import last_seal
from lims.trust.trail.verify import verify_trail
from tests.support.worlds import World
from tests.trust.evidence import attacker, faults_seen

# What no stream tells, with why; a table that is new here needs a reason that somebody has thought of.
NOT_TOLD = {
    "answer": "what was answered to a retry: told by the rows that the action made",
    "content": "what is in files: the trail tells each file's digest, and verifying computes it",
    "number_count": "a counter: each number that it gave stands in a row",
    "presence": "when a page was last used: no record",
    "restoration": "stands there before anybody can act; what QA signs of it names it",
    "scan_read": "a log of its own, beside the entry of its action",
    "seal": "proves the trail, and is proved by its own chain and signature",
    "stream_head": "proves the trail, and is proved by it",
    "trail_entry": "the trail",
}


def told_tables() -> list[type[Base]]:
    kinds = [mapper.class_ for mapper in Base.registry.mappers]
    return sorted((k for k in kinds if k.stream), key=lambda kind: kind.__tablename__)


def played(connection: Connection) -> Replay:
    replay = Replay()
    every = select(TrailEntry.stream_name, TrailEntry.seq, TrailEntry.payload)
    for entry in connection.execute(every.order_by(TrailEntry.id)):
        replay.take(*entry)
    return replay


def of(connection: Connection, kind: type[Base]) -> tuple[str, Iterable[Row]]:
    return kind.__tablename__, dict(tables_of(connection))[kind.__tablename__]


def unguarded(connection: Connection) -> None:
    """Whoever owns the database does not mind its foreign keys."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET session_replication_role = replica")
    else:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")


def other(column: Any, value: Any) -> Any:
    """Another value that the column can hold."""
    match value:
        case bool():
            return not value
        case Enum():
            return next(member for member in type(value) if member is not value)
        case datetime():
            return value + timedelta(microseconds=1)
        case date():
            return value + timedelta(days=1)
        case int() | Decimal():
            return value + 1_000_000
        case Quantity():
            return type(value)(value.value + Decimal("0.000001"))
        case bytes():
            return value + b"x"
        case str():
            return f"{value}x"
    match column.type:
        case Measured() as measured:
            return measured.quantity(Decimal(7))
        case Exact():
            return Decimal(7)
        case UtcDateTime():
            return datetime.fromisoformat("2026-01-02T03:04:05+00:00")
        case Date():
            return date(2026, 1, 2)
        case EnumType(enum_class=kind) if kind:
            return next(iter(kind))
        case Integer():
            return 7
    return "x"


def test_every_table_has_a_stream_or_a_reason() -> None:
    kinds = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    assert {name for name, kind in kinds.items() if kind.stream is None} == set(NOT_TOLD)


def test_the_trail_alone_makes_every_row_as_it_stands(either_world: World) -> None:
    with either_world.site.reading() as session:
        report = verify_trail(session, either_world.site.key.public_key())
    assert report.faults == ()
    assert report.rows > 300
    assert report.untold == 0
    with either_world.site.reading() as session:
        signed = session.scalars(select(Signature.action)).all()
    secret = [path for path in signed if shapes.has_secret(ACTIONS[path].command)]
    assert report.unproved == len(secret) < len(signed)  # no password is kept, not even keyed


def test_whatever_is_changed_in_a_row_is_named_by_table_row_and_column(either_world: World) -> None:
    tried = 0
    with attacker(either_world) as connection:
        unguarded(connection)
        replay = played(connection)
        for kind in told_tables():
            mapper, table = inspect(kind), kind.__table__
            row = connection.execute(select(table).limit(1)).mappings().first()
            if row is None:
                continue
            keys = [column == row[column.key] for column in table.primary_key]
            for column in set(table.columns) - set(table.primary_key):
                name = mapper.get_property_by_column(column).key
                if name in kind.secrets:
                    continue
                undone = connection.begin_nested()
                changed = {column.key: other(column, row[column.key])}
                try:
                    connection.execute(update(table).where(*keys).values(changed))
                except IntegrityError:  # what the database itself refuses needs no trail
                    undone.rollback()
                    continue
                found = list(replay.compare_table(*of(connection, kind)))
                undone.rollback()
                named = [fault.rpartition(": ")[2] for fault in found]
                assert named == [f"{name} is not what the trail tells"], (table.name, name, found)
                tried += 1
    assert tried > 250


def test_a_row_that_was_taken_away_or_put_there_is_named(either_world: World) -> None:
    with attacker(either_world) as connection:
        unguarded(connection)
        replay = played(connection)
        for kind in told_tables():
            table = kind.__table__
            row = connection.execute(select(table).limit(1)).mappings().first()
            if row is None:
                continue
            keys = [column == row[column.key] for column in table.primary_key]
            undone = connection.begin_nested()
            connection.execute(delete(table).where(*keys))
            (found,) = replay.compare_table(*of(connection, kind))
            assert found.endswith("was taken away")
            (key, *_) = table.primary_key
            moved = dict(row) | {key.key: other(key, row[key.key])}
            connection.execute(table.insert().values(moved))
            both = list(replay.compare_table(*of(connection, kind)))
            undone.rollback()
            assert any(f.endswith("stands in no entry") for f in both), (table.name, both)


def test_a_signature_is_bound_to_what_its_entry_holds(either_world: World) -> None:
    replay, forged = Replay(), ""
    with attacker(either_world) as connection:
        every = select(TrailEntry.stream_name, TrailEntry.seq, TrailEntry.payload)
        for stream, seq, payload in connection.execute(every.order_by(TrailEntry.id)):
            written = json.loads(payload)
            if "signed" in written and not forged:
                written["signed"]["command"]["comment"] = "another"
                forged = f"{stream}: entry {seq} holds another thing than what was signed"
            replay.take(stream, seq, json.dumps(written).encode())
    assert replay.faults == [forged]


@pytest.mark.parametrize("cut", ["the tail", "a rewritten seal"])
def test_an_anchor_that_was_kept_elsewhere_shows_what_the_trail_itself_cannot(
    either_world: World, cut: str
) -> None:
    site = either_world.site
    with site.engine.connect() as connection:
        last = last_seal(connection)
    assert last is not None
    anchor = f"{last.number}/{last.root}/{last.signature}\n"
    if cut == "the tail":
        anchor = anchor.replace(f"{last.number}/", f"{last.number + 1}/", 1)
    else:
        anchor = anchor.replace(last.root, last.root[::-1])
    with site.reading() as session:
        key = site.key.public_key()
        assert verify_trail(session, key, anchor.replace("\n", "")).faults
        kept = f"{last.number}/{last.root}/{last.signature}\n"
        assert verify_trail(session, key, kept).faults == ()


def test_an_attacker_who_changes_a_result_is_seen_by_the_whole_verification(world: World) -> None:
    with attacker(world) as connection:
        connection.exec_driver_sql("UPDATE result SET outcome = 'fails' WHERE code = 'END'")
        seen = faults_seen(connection, world)
    assert seen
    assert all("outcome is not what the trail tells" in fault for fault in seen)


@pytest.mark.parametrize(
    ("told", "now", "same"),
    [("2026-11-30T08:00:00+08:00", "2026-11-30T00:00:00+00:00", True),
     ("2026-11-30T08:00:00+08:00", "2026-11-30T00:00:00.000001+00:00", False),
     ("1E+2", "100", True), ("100 mL", "100.0 mL", True), ("100 mL", "100 L", False),
     ("100", "100 mL", False), ("1", "1.000000000000000001", False), ("", "0", False),
     ("a", "b", False), ("a", "a", True), (None, "", False), (1, "1", False), (True, 1, True)],
)  # fmt: skip
def test_a_moment_and_a_number_are_the_same_however_they_are_written(
    told: object, now: object, same: bool
) -> None:
    replay = Replay()
    new = {"table": "t", "row": "1", "old": {}, "new": {"c": told}}
    again = {"table": "t", "row": "1", "old": {"c": now}, "new": {"c": now}}
    for seq, change in enumerate((new, again), start=1):
        replay.take("s", seq, written("2026-11-30T08:00:00+00:00", changes=[change]))
    assert (replay.faults == []) == same


def written(at: str, action: str = "x/y", changes: Sequence[object] = ()) -> bytes:
    return json.dumps({"at": at, "action": action, "changes": changes}).encode()


@pytest.mark.parametrize("accepted", [False, True], ids=["unseen", "signed by two"])
def test_an_entry_that_is_dated_before_what_stood_there_is_named_unless_two_signed(
    accepted: bool,
) -> None:
    replay, moments = Replay(), ["08:00:00", "08:00:05.5", "08:00:05", "09:30:00", "08:20:00"]
    for seq, moment in enumerate(moments, start=1):
        if seq == len(moments) and accepted:
            signed = {"table": CLOCK_ACCEPTED, "row": "1", "old": {}, "new": {"by": "ada"}}
            replay.take("clock", 1, written("2026-11-30T08:15:00+00:00", changes=[signed]))
        elif seq == len(moments):  # a no to whoever asked for it is no acceptance
            replay.take("no", 1, written("2026-11-30T09:30:00+00:00", "accounts/accept-clock"))
        replay.take("s", seq, written(f"2026-11-30T{moment}+00:00"))
    told = [
        "s: entry 5 is dated 2026-11-30T08:20:00+00:00, but was written after 2026-11-30T09:30:00+00:00"
    ]
    assert replay.faults == ([] if accepted else told)


@pytest.mark.parametrize(
    "payload", [b"{}", b"[]", b"5", b"no", b'{"changes": 5, "at": "", "action": ""}']
)
def test_an_entry_that_says_nothing_is_named_and_does_not_end_the_verification(
    payload: bytes,
) -> None:
    replay = Replay()
    replay.take("s", 1, payload)
    assert replay.faults == ["s: entry 1 cannot be read"]


@pytest.mark.parametrize("column", ["password_hash", "pin_hash"])
def test_a_password_that_somebody_put_there_by_hand_is_named(
    either_world: World, column: str
) -> None:
    """Whoever owns the database gives themselves QA's password; the secret itself is in no entry."""
    with attacker(either_world) as connection:
        forged = f"UPDATE person SET {column} = '$argon2id$forged' WHERE login = 'quinn'"
        connection.exec_driver_sql(forged)
        seen = faults_seen(connection, either_world)
    assert list(seen) == [f"person quinn: {column} is not what the trail tells"]
    entries = select(TrailEntry.payload)
    with either_world.site.reading() as session:
        assert not any(b"$argon2" in payload for payload in session.scalars(entries))
