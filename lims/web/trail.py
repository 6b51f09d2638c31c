"""The trail as people read it: who did what, when, and what each field was and is."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Boolean, Date
from sqlalchemy import Enum as OneOfColumn

from lims.core.db import Base, Exact, Measured, UtcDateTime, Word
from lims.core.texts import said_or

UNTOLD: Final = frozenset({"signature", "id"})  # kept for programs; the raw entry shows them


@dataclass(frozen=True)
class ToldChange:
    """What became of one row: its thing, and of each field what it was and what it is."""

    thing: str
    row: str
    fields: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True)
class ToldEntry:
    """One entry in words, with the entry as it was written; a damaged one says only where it is."""

    stream: str
    seq: int
    did: str = ""
    name: str = ""
    at: datetime | None = None
    happened_at: datetime | None = None
    because: str = ""
    signed: int = 0
    changes: tuple[ToldChange, ...] = ()
    raw: str = ""
    in_doubt: bool = False  # dated by a clock that was set right later, or in a time that was twice

    @property
    def damaged(self) -> bool:
        """Whether nothing but its place can be told."""
        return self.at is None


Span = tuple[datetime, datetime]


def told(entries: Iterable[Mapping[str, Any]], doubtful: Sequence[Span] = ()) -> list[ToldEntry]:
    """Entries as they were written, in words; those of a `doubtful` time are marked."""
    return [_marked(_told(entry), doubtful) for entry in entries]


def _marked(entry: ToldEntry, doubtful: Sequence[Span]) -> ToldEntry:
    at = entry.at
    return replace(entry, in_doubt=at is not None and any(a <= at <= b for a, b in doubtful))


def _told(entry: Mapping[str, Any]) -> ToldEntry:
    place = (entry["stream"], entry["seq"])
    if entry.get("damaged"):
        return ToldEntry(*place)
    happened = entry.get("happened_at")
    return ToldEntry(
        *place,
        did=said_or(f"action.{entry['action']}", entry["action"]),
        name=entry["name"] or entry["by"],
        at=datetime.fromisoformat(entry["at"]),
        happened_at=datetime.fromisoformat(happened) if happened else None,
        because=entry.get("because", ""),
        signed=len(entry["signatures"]),
        changes=tuple(map(_change, entry["changes"])),
        raw=json.dumps(entry, ensure_ascii=False, indent=1, sort_keys=True),
    )


def _change(change: Mapping[str, Any]) -> ToldChange:
    table, old, new = change["table"], change["old"], change["new"]
    changed = (name for name in new if name not in UNTOLD)
    fields = (
        (
            said_or(f"field.{name}", name.replace("_", " ")),
            value_of(table, name, old.get(name)),
            value_of(table, name, new[name]),
        )
        for name in changed
        if new[name] not in (None, "") or old.get(name) not in (None, "")
    )
    return ToldChange(said_or(f"thing.{table}", table), change["row"], tuple(fields))


def value_of(table: str, name: str, plain: Any) -> Any:
    """What the trail keeps as plain JSON, as its column would read it; what it cannot, as it is."""
    known = Base.metadata.tables.get(table)
    if plain is None or known is None or name not in known.c:
        return plain
    kind = known.c[name].type
    try:
        match kind:
            case Word():
                return kind.kind(plain)
            case OneOfColumn() if kind.enum_class:
                return kind.enum_class(plain)
            case UtcDateTime():
                return datetime.fromisoformat(plain)
            case Date():
                return date.fromisoformat(plain)
            case Measured():
                return kind.quantity(Decimal(plain.partition(" ")[0]))
            case Exact():
                return Decimal(plain)
            case Boolean():
                return bool(plain)
            case _:
                return plain
    except (ValueError, ArithmeticError):
        return plain
