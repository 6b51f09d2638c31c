"""Tables made anew from the trail alone, in a database of their own: to compare, or to mend by."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    Column,
    Date,
    Enum,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    inspect,
)

from lims.core.db import Base, Exact, Measured, UtcDateTime, Word
from lims.trust.trail.entries import KEPT_BACK
from lims.trust.trail.replay import Replay


def tables_of(stages: Sequence[str]) -> list[type[Base]]:
    """What has a stream, of these parts of the program; of all where none is named."""
    kinds = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_.stream is not None]
    wanted = [kind for kind in kinds if not stages or kind.__module__.split(".")[1] in stages]
    return sorted(wanted, key=lambda kind: str(kind.__tablename__))


def rebuild(
    entries: Iterable[tuple[str, int, bytes]], kinds: Sequence[type[Base]], target: Path
) -> int:
    """Write the rows of these tables, as the entries tell them, into a new SQLite file; how many.

    What the trail leaves out is empty. Without guards and foreign keys: it is no installation.
    """
    replay = Replay()
    for stream, seq, payload in entries:
        replay.take(stream, seq, payload)
    engine = create_engine(f"sqlite:///{target}")
    scratch = MetaData()
    tables = [_bare(cast("Table", kind.__table__), scratch) for kind in kinds]
    scratch.create_all(engine)
    made = 0
    with engine.begin() as connection:
        for kind, table in zip(kinds, tables, strict=True):
            rows = list(_rows(kind, replay.rows.get(table.name, {})))
            for row in rows:  # each has the columns that are told of it
                connection.execute(table.insert().values(row))
            made += len(rows)
    engine.dispose()
    return made


def _bare(table: Table, scratch: MetaData) -> Table:
    """The same columns without what guards them: a secret that is left out may be null."""
    columns = (Column(c.name, c.type, primary_key=c.primary_key) for c in table.columns)
    return Table(table.name, scratch, *columns)


def _rows(kind: type[Base], told: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    columns = {attribute.key: attribute.columns[0] for attribute in inspect(kind).column_attrs}
    for row in told.values():
        yield {
            column.name: typed(cast("Column[Any]", column), row[name])
            for name, column in columns.items()
            if row.get(name) is not None and not str(row[name]).startswith(KEPT_BACK)
        }


def typed(column: "Column[Any]", told: Any) -> Any:
    """A value as its column takes it, from what the trail tells."""
    match column.type:
        case UtcDateTime():
            return datetime.fromisoformat(told)
        case Date():
            return date.fromisoformat(told)
        case Measured() as measured:
            return measured.quantity(Decimal(told.split()[0]))
        case Exact():
            return Decimal(told)
        case Enum(enum_class=members) if members:
            return members(told)
        case Word() as word:
            return word.kind(told)
        case LargeBinary():
            return bytes.fromhex(told)
        case Integer():
            return int(told)
    return told
