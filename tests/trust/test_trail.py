"""Whatever is done to the trail behind the triggers' back is found, and its place is named."""

import os
import re
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.orm import Session

from lims.trust.keys import TRAIL, fingerprint, key_id
from lims.trust.trail import seals
from lims.trust.trail.entries import GENESIS, StreamHead, TrailEntry, entry_hash
from lims.trust.trail.sealing import keep_sealed
from lims.trust.trail.seals import Seal
from lims.trust.trail.verify import verify_trail
from tests.support.worlds import World
from tests.trust.evidence import attacker, entries, faults_seen, long_stream, sealed_by


def command_line(world: World, *words: str) -> tuple[int, str]:
    settings = world.site.settings
    environment = {
        "FUNIS_DATABASE_URL": settings.database_url,
        "FUNIS_KEY_FOLDER": str(settings.key_folder),
        "FUNIS_ENCRYPTED": "0",
    }
    command = [sys.executable, "-m", "lims", "trail", *words]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def sealed(either_world: World) -> World:
    """A world whose whole trail is sealed, on both databases."""
    site = either_world.site
    if site.engine.dialect.name == "postgresql":  # on SQLite each transaction seals itself
        with site.writing() as writing:
            seals.seal_waiting(writing.connection, site.key, site.clock())
    return either_world


def names(faults: tuple[str, ...], place: str) -> bool:
    """Whether some fault begins with this place: a stream, one of its entries, or a seal."""
    return any(re.match(rf"{re.escape(place)}\b", fault) for fault in faults)


def rewrite(connection: Connection, stream: str) -> None:
    """Compute a stream's chain and head anew, exactly as the program would have."""
    previous, rows = GENESIS, sorted(entries(connection, stream), key=lambda row: row.seq)
    for row in rows:
        digest = entry_hash((stream, row.seq, row.batch), previous, row.payload)
        linked = {"previous": previous, "hash": digest}
        connection.execute(update(TrailEntry).where(TrailEntry.id == row.id).values(linked))
        previous = digest
    head = {"length": len(rows), "hash": previous}
    connection.execute(update(StreamHead).where(StreamHead.name == stream).values(head))


def change(connection: Connection, entry: TrailEntry, **values: Any) -> None:
    connection.execute(update(TrailEntry).where(TrailEntry.id == entry.id).values(values))


def test_a_trail_that_nobody_touched_is_whole_and_sealed(sealed: World) -> None:
    with sealed.site.reading() as session:
        report = verify_trail(session, sealed.site.key.public_key())
    assert (report.faults, report.unsealed) == ((), 0)
    assert report.entries > 250


def test_altering_any_entry_is_found_and_the_entry_is_named(sealed: World) -> None:
    with attacker(sealed) as connection:
        for entry in entries(connection)[::75]:
            for column, value in {
                "payload": entry.payload.replace(b'"by":"', b'"by":"x', 1),
                "previous": "1" * 64,
                "hash": "2" * 64,
                "batch": entry.batch + 1,
                "seq": entry.seq + 1000,
                "stream_name": f"{entry.stream_name}x",
            }.items():
                with connection.begin_nested() as undone:
                    change(connection, entry, **{column: value})
                    faults = faults_seen(connection, sealed)
                    undone.rollback()
                place = f"{entry.stream_name}: entry {entry.seq}"
                # An entry that was carried off is missing there, unless it was the last one.
                tail = f"{entry.stream_name}: ends at entry"
                assert names(faults, place) or names(faults, tail), (column, faults)


def test_one_changed_bit_of_a_payload_is_found(sealed: World) -> None:
    with attacker(sealed) as connection:
        entry = entries(connection)[7]
        for place in (0, len(entry.payload) // 2, len(entry.payload) - 1):
            changed = bytearray(entry.payload)
            changed[place] ^= 1
            change(connection, entry, payload=bytes(changed))
            found = faults_seen(connection, sealed)
            assert names(found, f"{entry.stream_name}: entry {entry.seq} was altered")


def test_altering_an_entry_and_its_chain_is_found_by_the_seal(sealed: World) -> None:
    with attacker(sealed) as connection:
        stream = long_stream(connection)
        entry = entries(connection, stream)[2]
        change(connection, entry, payload=entry.payload.replace(b'"by":"', b'"by":"x', 1))
        rewrite(connection, stream)
        assert names(faults_seen(connection, sealed), f"seal {sealed_by(connection, entry)}")


def test_a_chain_written_anew_with_right_hashes_lacks_its_seal(sealed: World) -> None:
    with attacker(sealed) as connection:
        stream = long_stream(connection)
        rows = entries(connection, stream)
        for row in rows:
            change(connection, row, payload=row.payload.replace(b'"at":"2026', b'"at":"2025'))
        rewrite(connection, stream)
        faults = faults_seen(connection, sealed)
        for number in {sealed_by(connection, row) for row in rows}:
            assert names(faults, f"seal {number}")


def test_deleting_a_tail_is_found_although_the_head_was_mended(sealed: World) -> None:
    with attacker(sealed) as connection:
        stream = long_stream(connection)
        tail = entries(connection, stream)[-2:]
        for row in tail:
            connection.execute(delete(TrailEntry).where(TrailEntry.id == row.id))
        rewrite(connection, stream)
        faults = faults_seen(connection, sealed)
        assert all(names(faults, f"seal {sealed_by(connection, row)}") for row in tail)


def test_deleting_a_tail_without_mending_the_head_names_the_stream(sealed: World) -> None:
    with attacker(sealed) as connection:
        stream = long_stream(connection)
        last = entries(connection, stream)[-1]
        connection.execute(delete(TrailEntry).where(TrailEntry.id == last.id))
        found = faults_seen(connection, sealed)
        assert names(found, f"{stream}: ends at entry {last.seq - 1}")


def test_deleting_from_the_middle_names_the_entry_that_is_missing(sealed: World) -> None:
    with attacker(sealed) as connection:
        stream = long_stream(connection)
        connection.execute(
            delete(TrailEntry).where(TrailEntry.stream_name == stream, TrailEntry.seq == 3)
        )
        assert names(faults_seen(connection, sealed), f"{stream}: entry 3 is missing")


def test_deleting_a_whole_stream_is_found(sealed: World) -> None:
    with attacker(sealed) as connection:
        stream = long_stream(connection)
        rows = entries(connection, stream)
        connection.execute(delete(TrailEntry).where(TrailEntry.stream_name == stream))
        assert names(faults_seen(connection, sealed), stream)
        connection.execute(delete(StreamHead).where(StreamHead.name == stream))
        faults = faults_seen(connection, sealed)
        for number in {sealed_by(connection, row) for row in rows}:
            assert names(faults, f"seal {number}")


def test_two_entries_in_each_others_place_are_named(sealed: World) -> None:
    with attacker(sealed) as connection:
        stream = long_stream(connection)
        one, other = entries(connection, stream)[3:5]
        change(connection, one, seq=0)
        change(connection, other, seq=one.seq)
        change(connection, one, seq=other.seq)
        assert names(faults_seen(connection, sealed), f"{stream}: entry {one.seq}")
        rewrite(connection, stream)
        assert names(faults_seen(connection, sealed), f"seal {sealed_by(connection, one)}")


def test_two_streams_that_exchanged_their_names_are_found(sealed: World) -> None:
    # One lot's history under the other lot's number: every link of both chains still fits.
    with attacker(sealed) as connection:
        known = select(StreamHead.name).where(StreamHead.name.like("%/lot/%"))
        one, other = connection.execute(known.order_by(StreamHead.name)).scalars().all()[:2]
        for column in (TrailEntry.stream_name, StreamHead.name):
            for old, new in ((one, "aside"), (other, one), ("aside", other)):
                table = update(column.class_).where(column == old)
                connection.execute(table.values({column.key: new}))
        faults = faults_seen(connection, sealed)
        assert names(faults, one)
        assert names(faults, other)


def append_by_hand(connection: Connection, stream: str, batch: int) -> TrailEntry:
    """Add what the program might have added, with right hashes and a mended head."""
    last = entries(connection, stream)[-1]
    place = (stream, last.seq + 1, batch)
    forged = {
        "stream_name": stream,
        "seq": last.seq + 1,
        "batch": batch,
        "payload": last.payload,
        "previous": last.hash,
        "hash": entry_hash(place, last.hash, last.payload),
    }
    connection.execute(insert(TrailEntry).values(forged))
    rewrite(connection, stream)
    return last


def test_an_entry_that_was_added_by_hand_is_found(sealed: World) -> None:
    with attacker(sealed) as connection:
        stream = long_stream(connection)
        batch = entries(connection, stream)[-1].batch
        last = append_by_hand(connection, stream, batch)
        assert names(faults_seen(connection, sealed), f"seal {sealed_by(connection, last)}")


def test_an_entry_that_hides_before_the_first_seal_is_found(sealed: World) -> None:
    with attacker(sealed) as connection:
        append_by_hand(connection, long_stream(connection), -1)
        assert faults_seen(connection, sealed)


def test_a_seal_of_another_key_is_named(sealed: World) -> None:
    stranger = Ed25519PrivateKey.generate()
    with attacker(sealed) as connection:
        with Session(connection) as session:
            last = session.scalars(select(Seal).order_by(Seal.number.desc())).first()
            assert last is not None
            number, forged = last.number, stranger.sign(last.signed.encode()).hex()
        connection.execute(update(Seal).where(Seal.number == number).values(signature=forged))
        assert names(faults_seen(connection, sealed), f"seal {number} is not signed")
        other = key_id(stranger.public_key())
        connection.execute(update(Seal).where(Seal.number == number).values(key=other))
        ours = key_id(sealed.site.key.public_key())
        told = f"it names the key {other}, and this one is {ours}"
        assert any(told in fault for fault in faults_seen(connection, sealed))


def test_each_seal_names_the_key_that_signed_it(sealed: World) -> None:
    with sealed.site.engine.connect() as connection:
        named = set(connection.scalars(select(Seal.key)))
    assert named == {fingerprint(sealed.site.settings.key_folder, TRAIL)}


def test_a_seal_with_another_moment_is_named(sealed: World) -> None:
    with attacker(sealed) as connection:
        number, at = connection.execute(select(Seal.number, Seal.at).limit(1)).one()
        connection.execute(
            update(Seal).where(Seal.number == number).values(at=at - timedelta(hours=3))
        )
        assert names(faults_seen(connection, sealed), f"seal {number} is not signed")


def test_a_seal_of_an_earlier_version_is_still_proved(sealed: World) -> None:
    with attacker(sealed) as connection:
        with Session(connection) as session:
            last = session.scalars(select(Seal).order_by(Seal.number.desc())).first()
            assert last is not None
            number, old = last.number, sealed.site.key.sign(last.signed_before_times.encode())
        connection.execute(update(Seal).where(Seal.number == number).values(signature=old.hex()))
        assert faults_seen(connection, sealed) == ()


def test_the_last_entries_before_a_quiet_night_are_sealed(either_world: World) -> None:
    end = keep_sealed(either_world.site, every=0.05)
    try:
        for _ in range(200):
            with either_world.site.reading() as session:
                report = verify_trail(session, either_world.site.key.public_key())
            if report.unsealed == 0:
                break
            time.sleep(0.05)
    finally:
        end()
    assert (report.faults, report.unsealed) == ((), 0)


def test_a_seal_taken_from_the_middle_is_found(sealed: World) -> None:
    with attacker(sealed) as connection:
        highest = connection.execute(select(func.max(Seal.number))).scalar() or 0
        assert highest > 1
        connection.execute(delete(Seal).where(Seal.number == highest - 1))
        assert names(faults_seen(connection, sealed), f"seal {highest}")


def test_a_trail_whose_seals_were_all_removed_is_not_called_whole(sealed: World) -> None:
    # Without this, an attacker removes the seals and writes the whole history anew.
    with attacker(sealed) as connection:
        connection.execute(delete(Seal))
        assert faults_seen(connection, sealed)


def test_a_history_whose_newest_seals_were_removed_is_not_called_whole(sealed: World) -> None:
    with attacker(sealed) as connection:
        middle = connection.execute(select(func.max(Seal.number))).scalar() or 0
        connection.execute(delete(Seal).where(Seal.number > middle // 2))
        assert faults_seen(connection, sealed)


def test_the_command_line_names_the_fault_and_fails(sealed: World) -> None:
    code, output = command_line(sealed, "verify")
    assert (code, "The trail is whole." in output) == (0, True), output
    with attacker(sealed) as connection:
        stream = long_stream(connection)
        change(connection, entries(connection, stream)[1], payload=b"{}")
        connection.commit()
    code, output = command_line(sealed, "verify")
    assert code == 1, output
    assert f"FAULT {stream}: entry 2 was altered" in output
    assert "whole" not in output
