"""The trail: what was changed, by whom, when; one hash chain for each stream, sealed as a whole.

A chain by itself does not show that its tail was cut off; the signed seals over all
entries do. Why one chain per stream: writers of different lots never wait for each other.
"""

import json
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Any, cast

import rfc8785
from sqlalchemy import (
    Connection,
    Index,
    Integer,
    LargeBinary,
    Table,
    bindparam,
    insert,
    inspect,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import UPSERT, Base
from lims.core.quantities import Quantity

GENESIS = "0" * 64


class StreamHead(Base):
    """How long a stream's chain is, and the hash of its last entry."""

    __tablename__ = "stream_head"
    stream = None

    name: Mapped[str] = mapped_column(primary_key=True)
    length: Mapped[int]
    hash: Mapped[str]


class TrailEntry(Base):
    """What one action changed in one stream; the database refuses to change or delete it."""

    __tablename__ = "trail_entry"
    __table_args__ = (
        Index("uq_trail_entry_stream_seq", "stream_name", "seq", unique=True),
        Index("ix_trail_entry_batch", "batch"),
    )
    stream = None
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    stream_name: Mapped[str]
    seq: Mapped[int] = mapped_column(Integer, comment="1, 2, 3 … within the stream")
    batch: Mapped[int] = mapped_column(comment="the transaction; what a seal covers")
    payload: Mapped[bytes] = mapped_column(LargeBinary, comment="RFC 8785, hashed as stored")
    previous: Mapped[str] = mapped_column(comment="hash of the entry before")
    hash: Mapped[str] = mapped_column(comment="SHA-256 of previous and payload")

    @property
    def read(self) -> dict[str, Any] | None:
        """As it was written; None if it is damaged: what stands there is not what was hashed."""
        place = (self.stream_name, self.seq, self.batch)
        whole = isinstance(self.payload, bytes)
        if not whole or entry_hash(place, self.previous, self.payload) != self.hash:
            return None
        return dict(json.loads(self.payload))


def entry_hash(place: tuple[str, int, int], previous: str, payload: bytes) -> str:
    """The hash of an entry: over stream, number, batch, the one before, the bytes as stored."""
    stream_name, seq, batch = place
    return sha256(f"{stream_name}\n{seq}\n{batch}\n{previous}\n".encode() + payload).hexdigest()


def plain(value: Any) -> Any:
    """A column's value as JSON that reads the same in thirty years."""
    match value:
        case None | bool() | str() if not isinstance(value, Enum):
            return value
        case Enum():
            return value.value
        case int():
            return value if abs(value) < 2**53 else str(value)
        case datetime():
            return value.isoformat()
        case bytes():
            return value.hex()
        case Quantity():
            return str(value)
        case _:
            return str(value)


def changes_of(session: Session) -> list[tuple[Base, dict[str, Any]]]:
    """Every row that this flush writes, with old and new values of each column changed."""
    found = []
    for row in [*session.new, *session.dirty]:
        state = inspect(row)
        fresh = row in session.new
        old, new = {}, {}
        for column in state.mapper.column_attrs:
            history = state.attrs[column.key].history
            if fresh or history.has_changes():
                secret = column.key in row.secrets
                new[column.key] = "(kept secret)" if secret else plain(getattr(row, column.key))
                if history.deleted:
                    old[column.key] = "(kept secret)" if secret else plain(history.deleted[0])
        if new:
            key = "/".join(str(part) for part in state.mapper.primary_key_from_instance(row))
            found.append((row, {"table": row.__tablename__, "row": key, "old": old, "new": new}))
    return found


# Built once: building a statement costs more than SQLite takes to run it.
_HEADS = cast("Table", StreamHead.__table__)
_HOLD = {
    name: dialect_insert(_HEADS)
    .values(name=bindparam("name"), length=1, hash=GENESIS)
    .on_conflict_do_update(index_elements=["name"], set_={"length": _HEADS.c.length + 1})
    .returning(_HEADS.c.length, _HEADS.c.hash)
    for name, dialect_insert in UPSERT.items()
}
_ENTRY = insert(cast("Table", TrailEntry.__table__))
_HEAD = update(_HEADS).where(_HEADS.c.name == bindparam("of")).values(hash=bindparam("digest"))


def append(connection: Connection, stream_name: str, batch: int, payload: dict[str, Any]) -> str:
    """Add one entry to a stream's chain and give its hash; holds the stream until the commit."""
    held = _HOLD[connection.dialect.name]
    seq, previous = connection.execute(held, {"name": stream_name}).one()
    data = rfc8785.dumps(payload)
    digest = entry_hash((stream_name, seq, batch), previous, data)
    entry = {
        "stream_name": stream_name,
        "seq": seq,
        "batch": batch,
        "payload": data,
        "previous": previous,
        "hash": digest,
    }
    connection.execute(_ENTRY, entry)
    connection.execute(_HEAD, {"of": stream_name, "digest": digest})
    return digest
