"""The trail: what was changed, by whom, when; one hash chain for each stream, sealed as a whole.

A chain by itself does not show that its tail was cut off; the signed seals over all
entries do. Why one chain per stream: writers of different lots never wait for each other.
"""

import json
from datetime import datetime
from enum import Enum
from functools import cache
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import (
    Connection,
    Index,
    Integer,
    LargeBinary,
    Table,
    bindparam,
    inspect,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.canonical import canonical
from lims.core.db import Base, insert_or_update
from lims.core.prepared import Prepared, insert_row
from lims.core.quantities import Quantity

GENESIS = "0" * 64
KEPT_BACK = "(kept secret)"  # of a column whose values the trail leaves out


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


def left_out(secret: Any) -> str | None:
    """What the trail has of a secret: whether it is the same, and nothing of it.

    A secret column holds salted digests, so that a digest of them can be guessed from nothing.
    """
    if secret is None:
        return None
    return f"{KEPT_BACK} {sha256(str(secret).encode()).hexdigest()[:32]}"


Change = tuple[Base, dict[str, Any]]  # a row, and what was changed in it


def new_row(row: Base) -> Change:
    """What a new row has in each column."""
    return _change(row, {}, {name: getattr(row, name) for name in _columns(row.__class__)})


def changed_row(row: Any) -> list[Change]:
    """What was changed in a row since it was read or written; nothing if all is as it was."""
    state = inspect(row)
    histories = {name: state.attrs[name].history for name in _columns(row.__class__)}
    changed = [name for name, history in histories.items() if history.has_changes()]
    old = {name: histories[name].deleted[0] for name in changed if histories[name].deleted}
    new = {name: getattr(row, name) for name in changed}
    return [_change(row, old, new)] if changed else []


def _change(row: Base, old: dict[str, Any], new: dict[str, Any]) -> Change:
    def told(values: dict[str, Any]) -> dict[str, Any]:
        hidden = row.secrets
        return {n: left_out(v) if n in hidden else plain(v) for n, v in values.items()}

    return row, {
        "table": row.__tablename__,
        "row": row_key(row),
        "old": told(old),
        "new": told(new),
    }


def row_key(row: Base) -> str:
    """Which row of its table this is, as the trail names it."""
    return "/".join(str(getattr(row, name)) for name in _keys(type(row)))


@cache
def _columns(kind: Any) -> tuple[str, ...]:
    return tuple(inspect(kind).column_attrs.keys())


@cache
def _keys(kind: Any) -> tuple[str, ...]:
    mapper = inspect(kind)
    return tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)


_HEADS, _ENTRIES = (cast("Table", kept.__table__) for kept in (StreamHead, TrailEntry))
_HEAD = Prepared(
    update(_HEADS).where(_HEADS.c.name == bindparam("of")).values(hash=bindparam("digest"))
)


@cache
def _hold(dialect: str) -> Prepared:
    return Prepared(
        insert_or_update(_HEADS, dialect)
        .values(name=bindparam("name"), length=1, hash=GENESIS)
        .on_conflict_do_update(index_elements=["name"], set_={"length": _HEADS.c.length + 1})
        .returning(_HEADS.c.length, _HEADS.c.hash)
    )


def append(connection: Connection, stream_name: str, batch: int, payload: dict[str, Any]) -> str:
    """Add one entry to a stream's chain and give its hash; holds the stream until the commit."""
    seq, previous = _hold(connection.dialect.name).first(connection, name=stream_name)
    data = canonical(payload)
    digest = entry_hash((stream_name, seq, batch), previous, data)
    entry = {
        "stream_name": stream_name,
        "seq": seq,
        "batch": batch,
        "payload": data,
        "previous": previous,
        "hash": digest,
    }
    insert_row(connection, _ENTRIES, entry)
    _HEAD.run(connection, {"of": stream_name, "digest": digest})
    return digest
