"""Plays the trail from its first entry to the present, and holds every row of every table against it.

A chain shows that no entry was altered; only this shows that no row was. What cannot be held against
the trail is named: tables without a stream, secrets, and columns that came after the row.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, inspect, select

from lims.core.canonical import canonical
from lims.core.db import Base
from lims.trust.trail.entries import KEPT_BACK, left_out, plain

UNTOLD: Final = object()
_JSON: Final = json.JSONDecoder()
Row = tuple[str, dict[str, Any]]  # its key, and each column as JSON has it
SIGNATURE: Final = "signature"
FILES: Final = "attachment"
CLOCK_ACCEPTED: Final = "clock_accepted"
AT_ONCE: Final = timedelta(minutes=1)  # by which those that are written at once may stand crosswise
MOST_NAMED: Final = 20  # faults of one table: more of one kind say nothing new


@dataclass
class Replay:
    """Every row as the trail tells it: by table and key, a value for each column."""

    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    compared: int = 0
    untold: int = 0  # values of columns that an earlier version did not have
    unproved: int = 0  # signatures whose entry does not hold what was signed
    newest: str = ""  # when the newest entry so far was written

    def take(self, stream: str, seq: int, payload: bytes) -> None:
        """Play the next entry; one that cannot be read is named."""
        try:
            self._play(stream, seq, payload)
        except (LookupError, TypeError, ValueError, AttributeError):
            self.faults.append(f"{stream}: entry {seq} cannot be read")

    def _play(self, stream: str, seq: int, payload: bytes) -> None:
        written = _JSON.decode(payload.decode())
        if any(change["table"] == CLOCK_ACCEPTED for change in written["changes"]):
            self.newest = written["at"]  # two people signed that it is right; elsewhere it is told
        elif written["at"] < self.newest:
            self._go_back(f"{stream}: entry {seq}", written["at"])
        else:
            self.newest = written["at"]
        for change in written["changes"]:
            if change["table"] == SIGNATURE:
                self._prove(stream, seq, change["new"], written.get("signed"))
            rows = self.rows.setdefault(change["table"], {})
            known = rows.get(change["row"])
            if known is None:
                rows[change["row"]] = dict(change["new"])
                continue
            if not all(_is_same(known.get(name, old), old) for name, old in change["old"].items()):
                what = f"{change['table']} {change['row']}"
                self.faults.append(f"{stream}: entry {seq} does not begin where {what} stood")
            known.update(change["new"])

    def _go_back(self, entry: str, at: str) -> None:
        if datetime.fromisoformat(self.newest) - datetime.fromisoformat(at) > AT_ONCE:
            self.faults.append(f"{entry} is dated {at}, but was written after {self.newest}")

    def _prove(self, stream: str, seq: int, signature: dict[str, Any], signed: Any) -> None:
        """A signature is bound to what its entry holds: the digest is computed anew."""
        if signed is None:
            self.unproved += 1
        elif sha256(canonical(signed)).hexdigest() != signature["digest"]:
            self.faults.append(f"{stream}: entry {seq} holds another thing than what was signed")

    def compare(self, tables: Iterable[tuple[str, Iterable[Row]]]) -> Iterator[str]:
        """What stands otherwise in the tables than the trail tells; no value is said."""
        for table, rows in tables:
            found = list(self.compare_table(table, rows))
            yield from found[:MOST_NAMED]
            if len(found) > MOST_NAMED:
                yield f"{table}: {len(found) - MOST_NAMED} further faults like these"

    def files(self, contents: Iterable[tuple[str, str, bytes]]) -> Iterator[str]:
        """Files of which the content is not here, or is another one than was attached."""
        told = {
            (str(row.get("side")), str(row.get("digest")))
            for row in self.rows.get(FILES, {}).values()
        }
        for side, digest, data in contents:
            told.discard((side, digest))
            if sha256(data).hexdigest() != digest:
                yield f"file {digest}: its content is not what was attached"
        yield from (f"file {digest}: its content is not here" for _, digest in sorted(told))

    def compare_table(self, table: str, rows: Iterable[Row]) -> Iterator[str]:
        """What of one table stands otherwise than the trail tells."""
        told, seen = self.rows.get(table, {}), set()
        for key, row in rows:
            known = told.get(key)
            if known is None:
                yield f"{table} {key}: stands in no entry"
                continue
            seen.add(key)
            self.compared += 1
            for name, now in row.items():
                value = known.get(name, UNTOLD)
                if value is UNTOLD:
                    self.untold += 1
                elif not _is_same(value, now):
                    yield f"{table} {key}: {name} is not what the trail tells"
        yield from (f"{table} {key}: was taken away" for key in sorted(told.keys() - seen))


def tables_of(connection: Connection) -> Iterator[tuple[str, Iterator[Row]]]:
    """Every table that has a stream, with its rows as the trail would tell them."""
    kinds = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_.stream is not None]
    for kind in sorted(kinds, key=lambda one: str(one.__tablename__)):
        yield kind.__tablename__, _rows_of(connection, kind)


def _rows_of(connection: Connection, kind: type[Base]) -> Iterator[Row]:
    mapper = inspect(kind)
    columns = {attribute.key: attribute.columns[0] for attribute in mapper.column_attrs}
    keys = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
    asked = select(*(column.label(name) for name, column in columns.items()))
    for row in connection.execute(asked.execution_options(yield_per=5000)).mappings():
        told = {n: left_out(v) if n in kind.secrets else plain(v) for n, v in row.items()}
        yield "/".join(str(row[name]) for name in keys), told


def _is_same(told: Any, now: Any) -> bool:
    """Whether two values say the same: of an instant its moment counts, of a number its value."""
    if told == now or KEPT_BACK in (told, now):  # before 0.4 a secret had no digest
        return True
    if not (isinstance(told, str) and isinstance(now, str) and told and now):
        return False
    try:
        if told[10:11] == now[10:11] == "T":
            return datetime.fromisoformat(told) == datetime.fromisoformat(now)
        (number, *unit), (other, *of) = told.split(), now.split()
        return unit == of and Decimal(number) == Decimal(other)
    except (InvalidOperation, ValueError):
        return False
