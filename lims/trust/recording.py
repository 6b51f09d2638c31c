"""Writes the trail of one transaction, stream by stream, and seals it."""

from datetime import datetime, timedelta
from typing import Any

from lims.trust import seals, trail
from lims.trust.permissions import Side
from lims.trust.site import Site
from lims.trust.transaction import Transaction

SEAL_EVERY = timedelta(seconds=1)  # on PostgreSQL; on SQLite with every commit


def record(
    site: Site, transaction: Transaction, side: Side, now: datetime, about: dict[str, Any]
) -> None:
    """Write what this transaction changed, with who did it and how, and seal it."""
    streams: dict[str, list[dict[str, Any]]] = {}
    for row, change in transaction.take_changes():
        if row.stream is not None:
            kind, column = row.stream
            name = f"{side}/{kind}/{getattr(row, column)}"
            streams.setdefault(name, []).append(change)
    if not streams:
        return
    connection = transaction.connection
    last = transaction.last_seal
    batch = seals.next_batch(connection, last)
    payload = {"at": now.isoformat(), **about}
    leaves = [
        trail.append(connection, name, batch, {**payload, "changes": streams[name]})
        for name in sorted(streams)  # one order for all, so that no two wait for each other
    ]
    if connection.dialect.name != "postgresql":
        seals.seal(connection, seals.Sealer(site.key, now, last), batch + 1, leaves)
    elif last is None or abs(now - last.at) >= SEAL_EVERY:  # back only where that was signed
        seals.seal_waiting(connection, site.key, now)
