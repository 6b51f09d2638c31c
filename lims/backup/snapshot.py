"""The database as pieces: each table in the order of its keys, cut where its content says.

A piece ends after a row whose key says so, wherever the row stands: what is added in between
changes one piece, and all others are known already. The same rows make the same pieces on both
databases, so a restored copy is compared by its pieces.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from zlib import crc32

from sqlalchemy import Connection, MetaData, String, Table, select

ENDS_ONE_IN: Final = 256  # rows of a piece, on average
MOST_ROWS: Final = 4096
LARGE: Final = {"content"}  # of which each row is a piece
NOT_KEPT: Final = "alembic_version"  # the manifest names the revision


@dataclass(frozen=True)
class Piece:
    """Some rows of one table."""

    table: str
    rows: int
    data: bytes  # a line of JSON for each


def tables_in(connection: Connection) -> MetaData:
    """The tables as they are there, whichever version of the program made them."""
    found = MetaData()
    found.reflect(connection)
    return found


def pieces(connection: Connection, tables: MetaData) -> Iterator[Piece]:
    """Every row of every table, as one moment has them."""
    for table in sorted(tables.tables.values(), key=lambda one: one.name):
        if table.name != NOT_KEPT:
            yield from _pieces_of(connection, table)


def _pieces_of(connection: Connection, table: Table) -> Iterator[Piece]:
    columns = sorted(table.columns, key=lambda one: one.name)
    keys = [table.primary_key.columns[name] for name in sorted(table.primary_key.columns.keys())]
    in_order = [_as_bytes(connection, key) for key in keys]
    at_once = 1 if table.name in LARGE else 1000
    asked = select(*columns).order_by(*in_order).execution_options(yield_per=at_once)
    places = [columns.index(key) for key in keys]
    lines: list[bytes] = []
    for row in connection.execute(asked):
        lines.append(json.dumps([_told(value) for value in row], ensure_ascii=False).encode())
        ends = crc32("/".join(str(row[place]) for place in places).encode()) % ENDS_ONE_IN == 0
        if ends or len(lines) == MOST_ROWS or table.name in LARGE:
            yield Piece(table.name, len(lines), b"\n".join(lines))
            lines = []
    if lines:
        yield Piece(table.name, len(lines), b"\n".join(lines))


def _as_bytes(connection: Connection, key: Any) -> Any:
    """One order of texts for both databases, whatever the language of the server."""
    postgresql = connection.dialect.name == "postgresql"
    return key.collate("C") if postgresql and isinstance(key.type, String) else key


def _told(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case datetime():
            aware = value if value.tzinfo else value.replace(tzinfo=UTC)
            return {"at": aware.astimezone(UTC).isoformat()}
        case date():
            return {"day": value.isoformat()}
        case bytes() | memoryview():
            return {"bytes": b64encode(bytes(value)).decode()}
    raise TypeError(type(value).__name__)


def rows_of(table: Table, data: bytes, dialect: str) -> Iterator[dict[str, Any]]:
    """The rows of a piece, as this database takes them."""
    names = sorted(column.name for column in table.columns)
    for line in data.split(b"\n"):
        values = (_read(told, dialect) for told in json.loads(line))
        yield dict(zip(names, values, strict=True))


def _read(told: Any, dialect: str) -> Any:
    match told:
        case {"at": moment}:
            read = datetime.fromisoformat(moment)
            return read.replace(tzinfo=None) if dialect == "sqlite" else read
        case {"day": day}:
            return date.fromisoformat(day)
        case {"bytes": data}:
            return b64decode(data)
    return told
