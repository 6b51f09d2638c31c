"""Long lists, a page at a time: the next page begins after the last row of the one before."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Date, Integer, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeEngine

from lims.core.db import UtcDateTime
from lims.core.errors import Missing

PAGE = 200
Row = TypeVar("Row")
Fact = TypeVar("Fact")
Fact_co = TypeVar("Fact_co", covariant=True)
Key = InstrumentedAttribute[Any] | ColumnElement[Any]


class Listed(list[Fact]):
    """One page of a list; `further` is where the next one begins, empty after the last."""

    def __init__(self, found: Sequence[Fact], further: str = "") -> None:
        super().__init__(found)
        self.further = further


class PagedQuery(Protocol[Fact_co]):
    """A query that answers a page at a time."""

    def __call__(self, session: Session, after: str = "") -> "Listed[Any]":
        """The page after a place."""


def one_page(
    session: Session,
    found: Select[Row],
    keys: Sequence[Key],
    after: str,
    *,
    newest_first: bool = True,
) -> tuple[list[Row], str]:
    """The rows of one page, and where the next begins; together the keys are unique and never null."""
    if after:
        place = tuple_(*_place(keys, after))
        here = tuple_(*keys)
        found = found.where(here < place if newest_first else here > place)
    order = [key.desc() if newest_first else key.asc() for key in keys]
    rows = session.execute(found.add_columns(*keys).order_by(*order).limit(PAGE + 1)).all()
    further = "~".join(_plain(value) for value in rows[PAGE - 1][1:]) if len(rows) > PAGE else ""
    return [row[0] for row in rows[:PAGE]], further


def everything(query: "PagedQuery[Fact]", session: Session) -> Iterator[Fact]:
    """Every page of a list, one after the other."""
    after = ""
    while True:
        page = query(session, after)
        yield from page
        if not (after := page.further):
            return


def _plain(value: Any) -> str:
    match value:
        case datetime():
            return value.isoformat()
        case Enum():
            return str(value.value)
        case _:
            return str(value)


def _read(kind: TypeEngine[Any], text: str) -> Any:
    """A key's value, or ValueError for what no key can be."""
    match kind:
        case UtcDateTime():
            return datetime.fromisoformat(text).astimezone(UTC)
        case Date():
            return date.fromisoformat(text)
        case Integer() if abs(number := int(text)) < 2**63:
            return number
        case Integer():
            raise ValueError(text)
        case _:
            return text


def _place(keys: Sequence[Key], after: str) -> list[Any]:
    """The values in a place that we gave out; Missing for any other text."""
    given = after.split("~")
    try:
        return [
            literal(_read(key.type, text), key.type) for key, text in zip(keys, given, strict=True)
        ]
    except (ValueError, OverflowError):
        raise Missing from None
