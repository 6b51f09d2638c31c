"""Signed seals over the whole trail: a Merkle root of all new entries, chained and signed.

On SQLite each transaction is sealed with its commit. On PostgreSQL writers are not made to
wait: whoever commits after a second has passed seals every batch that is settled. The signing key lies outside the database.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from typing import cast as typed

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import (
    Connection,
    Table,
    bindparam,
    column,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base
from lims.core.prepared import Prepared, insert_row
from lims.trust.keys import key_id
from lims.trust.trail.entries import GENESIS, TrailEntry

_SEALER_LOCK = 5_317_201


class Seal(Base):
    """One seal: which batches it covers, their Merkle root, the seal before, the signature."""

    __tablename__ = "seal"
    stream = None
    insert_only = True

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    below: Mapped[int] = mapped_column(comment="covers the batches from the last seal to below")
    count: Mapped[int]
    root: Mapped[str]
    previous: Mapped[str]
    signature: Mapped[str]
    at: Mapped[datetime]
    key: Mapped[str | None] = mapped_column(comment="that signed; not told before 0.5")

    @property
    def signed(self) -> str:
        """What the signature is over."""
        return _signed(self)

    @property
    def signed_before_times(self) -> str:
        """What seals were signed over until version 0.3.0: their moment was not."""
        return _signed_before_times(self)


def _signed(seal: Any) -> str:
    return f"{_signed_before_times(seal)}/{seal.at.astimezone(UTC).isoformat()}"


def _signed_before_times(seal: Any) -> str:
    return f"{seal.number}/{seal.below}/{seal.count}/{seal.root}/{seal.previous}"


def leaf_hash(digest: str) -> bytes:
    """An entry's hash as a leaf (RFC 6962 prefix)."""
    return sha256(b"\0" + digest.encode()).digest()


def root_of(leaves: Sequence[bytes]) -> str:
    """The Merkle root over leaves (RFC 6962 prefixes); an odd one out goes up unchanged."""
    level = list(leaves) or [b"\0" * 32]
    while len(level) > 1:
        paired = [
            sha256(b"\1" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)
        ]
        level = paired + level[len(level) & ~1 :]
    return level[0].hex()


def merkle_root(digests: Sequence[str]) -> str:
    """The Merkle root over entries' hashes."""
    return root_of([leaf_hash(digest) for digest in digests])


_SEALS = typed("Table", Seal.__table__)
_ENTRIES = typed("Table", TrailEntry.__table__)
_LAST = Prepared(select(_SEALS).order_by(_SEALS.c.number.desc()).limit(1))
# PostgreSQL: a writer says by a shared lock, held to its end, below which number no batch of its
# own can be, and then counts. What no lock says is over, committed and visible, or rolled back.
_WRITERS = 7 << 48  # our advisory locks: this plus a batch's number
_NEXT = Prepared(
    text(
        f"SELECT pg_advisory_xact_lock_shared({_WRITERS} + last_value),"
        " nextval('trail_batch') AS batch FROM trail_batch"
    ).columns(column("lock"), column("batch"))
)
_COUNTED = text("SELECT last_value FROM trail_batch")
_UNDER_WAY = text(
    f"SELECT min((classid::bigint << 32 | objid::bigint) - {_WRITERS}) FROM pg_locks"
    " WHERE locktype = 'advisory' AND objsubid = 1 AND pid <> pg_backend_pid()"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    f" AND (classid::bigint << 32 | objid::bigint) >= {_WRITERS}"
)
_UNSEALED = (
    select(_ENTRIES.c.hash)
    .where(_ENTRIES.c.batch >= bindparam("start"), _ENTRIES.c.batch < bindparam("below"))
    .order_by(_ENTRIES.c.id)
)
_NEWEST = select(_ENTRIES.c.payload).where(_ENTRIES.c.hash == bindparam("hash"))
LastSeal = Any  # a row of the seals, or None before the first


def last_seal(connection: Connection) -> LastSeal:
    """The newest seal."""
    return _LAST.first(connection)


def next_batch(connection: Connection, last: LastSeal) -> int:
    """The number of this transaction, counted; on SQLite each one is sealed, so it is the next."""
    if connection.dialect.name == "postgresql":
        return int(_NEXT.first(connection).batch)
    return last.below if last else 1


@dataclass(frozen=True)
class Sealer:
    """Who seals, when, after which seal."""

    key: Ed25519PrivateKey
    now: datetime
    last: LastSeal


def seal(connection: Connection, sealer: Sealer, below: int, leaves: Sequence[str]) -> None:
    """Seal these entries, which are all of the batches up to `below` that no seal covers yet."""
    last = sealer.last
    values = {
        "number": (last.number if last else 0) + 1,
        "below": below,
        "count": len(leaves),
        "root": merkle_root(leaves),
        "previous": sha256(last.signature.encode()).hexdigest() if last else GENESIS,
        "at": sealer.now,
    }
    signature = sealer.key.sign(_signed(SimpleNamespace(**values)).encode()).hex()
    values |= {"signature": signature, "key": key_id(sealer.key.public_key())}
    insert_row(connection, _SEALS, values)


def settled_below(connection: Connection) -> int:
    """The number below which every batch is this transaction's own, committed, or gone.

    Reads which numbers were given out before it reads who still writes: whoever counts after
    that gets a higher one. Other databases of the server do not matter.
    """
    counted = connection.scalar(_COUNTED) or 0
    under_way = connection.scalar(_UNDER_WAY)
    return int(counted if under_way is None else min(counted, under_way)) + 1


def seal_waiting(connection: Connection, key: Ed25519PrivateKey, now: datetime) -> None:
    """Seal every entry that is settled on PostgreSQL, unless another process does so right now.

    The seal is dated no earlier than the newest entry that it covers: a clock that was set back
    while an entry waited does not go by unseen.
    """
    if not connection.scalar(select(func.pg_try_advisory_xact_lock(_SEALER_LOCK))):
        return
    below = settled_below(connection)
    last = last_seal(connection)
    span = {"start": last.below if last else 0, "below": below}
    if leaves := list(connection.scalars(_UNSEALED, span)):
        newest = json.loads(connection.execute(_NEWEST, {"hash": leaves[-1]}).scalar_one())
        now = max(now, datetime.fromisoformat(newest["at"]))
        seal(connection, Sealer(key, now, last), below, leaves)
