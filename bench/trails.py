"""P5, what chaining costs when many write at once; P9, what verifying a long trail costs."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any, cast

from sqlalchemy import Connection, Table, select, text

from bench.servers import durable_postgres
from lims.core.prepared import insert_row
from lims.trust.keys import signing_key
from lims.trust.trail import seals
from lims.trust.trail.entries import GENESIS, TrailEntry, append, entry_hash
from lims.trust.trail.verify import verify_trail
from tests.support.worlds import new_site

WRITERS = 50
ROUNDS = 7
SECONDS = 3.0
AT_ONCE = 1000
ENTRIES: Table = cast("Table", TrailEntry.__table__)


def payload(place: int) -> dict[str, Any]:
    """As long as the entry of an order is."""
    change = {
        "table": "infusion_order", "row": f"LMR{place:09}", "old": {"standing": "requested"},
        "new": {"standing": "in_preparation", "accepted_by": "tang", "accepted_at": "2026-01-05"},
    }  # fmt: skip
    return {
        "at": datetime.now(UTC).isoformat(), "by": "tang", "name": "Tang Li", "station": "",
        "action": "orders/accept-order", "signatures": [], "changes": [change],
    }  # fmt: skip


def long_trail(folder: Path, entries: int) -> dict[str, Any]:
    """P9: verifying so many entries in a thousand streams, against hashing the same bytes alone."""
    site = new_site(folder)
    for first in range(0, entries, AT_ONCE):
        now = datetime.now(UTC)
        with site.writing([]) as transaction:
            connection, last = transaction.connection, transaction.last_seal
            batch = seals.next_batch(connection, last)
            made = [
                append(connection, f"lab/order/{place % 1000}", batch, payload(place))
                for place in range(first, first + AT_ONCE)
            ]
            seals.seal(connection, seals.Sealer(site.key, now, last), batch + 1, made)
    key = signing_key(site.settings.key_folder).public_key()
    with site.reading() as session:
        payloads = list(session.scalars(select(TrailEntry.payload)))
        begin = time.perf_counter()
        for data in payloads:
            sha256(data).digest()
        hashing = time.perf_counter() - begin
        begin = time.perf_counter()
        for data in payloads:  # what the chain, the leaves and the roots need at the least
            leaf = sha256(GENESIS.encode() + data).hexdigest()
            sha256(sha256(b"\0" + leaf.encode()).digest() + b"\1").digest()
        needed = time.perf_counter() - begin
        chains = _seconds(lambda: verify_trail(session, key, replayed=False))
        whole = _seconds(lambda: verify_trail(session, key))
        report = verify_trail(session, key)
    site.engine.dispose()
    share, replayed = hashing / chains, hashing / whole
    return {
        "P9": {"entries": report.entries, "faults": len(report.faults),
               "by_hashing": round(share, 3), "goal": 0.30, "met": share >= 0.30,
               "by_its_own_hashes": round(needed / chains, 3),
               "with_replay_by_hashing": round(replayed, 3), "goal_with_replay": 0.05,
               "met_with_replay": replayed >= 0.05},
    }  # fmt: skip


def _seconds(do: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    do()
    return time.perf_counter() - begin


def many_writers(folder: Path) -> dict[str, Any]:
    """P5: fifty writers on PostgreSQL, each commit on the disk, with and without the chain."""
    with durable_postgres() as url:
        site = new_site(folder, url)
        rates: dict[str, list[float]] = {"chained": [], "plain": []}
        for _ in range(ROUNDS):
            for name, write in (("chained", _chained), ("plain", _plain)):
                rates[name].append(_rate(site.engine, write))
        site.engine.dispose()
    chained, plain = (median(found) for found in rates.values())
    return {
        "P5": {"chained_per_second": round(chained), "plain_per_second": round(plain),
               "chained_by_plain": round(chained / plain, 3), "goal": 0.90,
               "met": chained / plain >= 0.90},
    }  # fmt: skip


def _chained(connection: Connection, place: int) -> None:
    batch = seals.next_batch(connection, None)
    append(connection, f"lab/order/{place % 1000}", batch, payload(place))


_SEQ = count(1)


def _plain(connection: Connection, place: int) -> None:
    data = str(payload(place)).encode()
    stream, seq = f"plain/{place % 1000}", next(_SEQ)
    entry = {
        "stream_name": stream, "seq": seq, "batch": 1, "payload": data, "previous": GENESIS,
        "hash": entry_hash((stream, seq, 1), GENESIS, data),
    }  # fmt: skip
    insert_row(connection, ENTRIES, entry)


def _rate(engine: Any, write: Callable[[Connection, int], None]) -> float:
    """Appends a second by all writers together."""
    end = time.perf_counter() + SECONDS
    done: list[int] = []

    def work(number: int) -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            connection.commit()
            for turn in count():
                if time.perf_counter() > end:
                    done.append(turn)
                    return
                with connection.begin():
                    write(connection, turn * WRITERS + number)

    threads = [Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / SECONDS
