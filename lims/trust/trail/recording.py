"""Writes the trail of one transaction, stream by stream, and seals it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lims.trust.identity.roles import Side
from lims.trust.installation import Site
from lims.trust.trail import entries, seals
from lims.trust.transaction import Transaction

SEAL_EVERY = timedelta(seconds=1)  # on PostgreSQL; on SQLite with every commit


@dataclass(frozen=True)
class Entries:
    """The entries of one transaction: its batch, and their hashes."""

    batch: int
    hashes: Sequence[str]


def record(
    transaction: Transaction,
    side: Side,
    now: datetime,
    about: dict[str, Any],
    signed: dict[str, Any] | None = None,
) -> Entries | None:
    """Write what this transaction changed, with who did it and how; None for nothing.

    What was `signed` stands in the entry of each signature, so that its digest can be proved.
    """
    streams: dict[str, list[dict[str, Any]]] = {}
    for row, change in transaction.take_changes():
        if row.stream is not None:
            kind, column = row.stream
            name = f"{side}/{kind}/{getattr(row, column)}"
            streams.setdefault(name, []).append(change)
    if not streams:
        return None
    connection = transaction.connection
    batch = seals.next_batch(connection, transaction.last_seal)
    payload = {"at": now.isoformat(), **about}
    beside = {"signed": signed} if signed else {}
    hashes = [
        entries.append(
            connection,
            name,
            batch,
            {
                **payload,
                **(beside if _has_signature(streams[name]) else {}),
                "changes": streams[name],
            },
        )
        for name in sorted(streams)  # one order for all, so that no two wait for each other
    ]
    return Entries(batch, hashes)


def _has_signature(changes: Sequence[dict[str, Any]]) -> bool:
    return any(change["table"] == "signature" for change in changes)


def seal(site: Site, transaction: Transaction, now: datetime, made: Entries | None) -> None:
    """Seal the entries: on SQLite these, on PostgreSQL whatever waited for a second."""
    if made is None:
        return
    connection, last = transaction.connection, transaction.last_seal
    if connection.dialect.name != "postgresql":
        seals.seal(connection, seals.Sealer(site.key, now, last), made.batch + 1, made.hashes)
    elif site.settings.seals and (last is None or abs(now - last.at) >= SEAL_EVERY):
        seals.seal_waiting(connection, site.key, now)
