"""The neighbours of many rows in one statement: a list asks once, however long it is."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

Row = TypeVar("Row")


def gathered(
    session: Session, found: Select[Row], parent: InstrumentedAttribute[Any]
) -> Mapping[Any, list[Row]]:
    """The rows that a statement finds, by what they belong to; nothing for whoever has none."""
    rows: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in session.scalars(found):
        rows[getattr(row, parent.key)].append(row)
    return rows
