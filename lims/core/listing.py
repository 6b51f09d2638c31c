"""Long lists, a page at a time: the next page begins after the last row of the one before."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement, Date, Integer, Select, false, func, literal, or_, tuple_
from sqlalchemy import Enum as EnumType
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeEngine

from lims.core.db import UtcDateTime
from lims.core.errors import Missing

PAGE = 200
OURS: Final = "LM"  # how every number of ours begins
Row = TypeVar("Row")
Fact = TypeVar("Fact")
Fact_co = TypeVar("Fact_co", covariant=True)
Key = InstrumentedAttribute[Any] | ColumnElement[Any]


@dataclass(frozen=True)
class Listing:
    """How a list is told: its order, what is looked for in it, what else it can be sorted by.

    `order` is unique and never null. `finds` are columns that its rows show: what nobody may see
    must not be found either. `sorts` are columns without nulls, by the names of their headings.
    In a list with `numbers`, indexed columns, what begins like a number of ours is looked for there
    alone and by its beginning: a long list is not read through for it.
    """

    order: tuple[Key, ...]
    finds: tuple[Key, ...] = ()
    numbers: tuple[Key, ...] = ()
    stands: Key | None = None
    sorts: Mapping[str, Key] = field(default_factory=dict)
    newest_first: bool = True

    @property
    def standings(self) -> tuple[Enum, ...]:
        """What a row of the list can be."""
        kind = self.stands.type if self.stands is not None else None
        return tuple(kind.enum_class) if isinstance(kind, EnumType) and kind.enum_class else ()


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see of a list.

    Each of the `words` stands for what it can be found as: itself, or the logins of people who are
    called so. `sort` is a heading's name, with a minus before it for the other way round.
    """

    after: str = ""
    words: tuple[tuple[str, ...], ...] = ()
    standing: str = ""
    sort: str = ""


EVERYTHING: Final = Asked()


class Listed(list[Fact]):
    """One page of a list; `further` is where the next one begins, empty after the last."""

    def __init__(
        self, found: Iterable[Fact], further: str = "", listing: Listing | None = None
    ) -> None:
        super().__init__(found)
        self.further = further
        self.listing = listing


@dataclass(frozen=True)
class OnePage(Generic[Row]):
    """The rows of one page, and where the next begins."""

    rows: list[Row]
    further: str
    listing: Listing

    def told(self, found: Iterable[Fact]) -> Listed[Fact]:
        """What is told of these rows."""
        return Listed(found, self.further, self.listing)


class PagedQuery(Protocol[Fact_co]):
    """A query that answers a page at a time."""

    def __call__(self, session: Session, asked: Asked = EVERYTHING) -> "Listed[Any]":
        """The page that is asked for."""


def one_page(session: Session, found: Select[Row], listing: Listing, asked: Asked) -> OnePage[Row]:
    """The rows of the page that is asked for; Missing where no list has such a page."""
    keys, newest_first = _order(listing, asked.sort)
    found = _sought(found, listing, asked)
    if asked.after:
        place = tuple_(*_place(keys, asked.after))
        here = tuple_(*keys)
        found = found.where(here < place if newest_first else here > place)
    order = [key.desc() if newest_first else key.asc() for key in keys]
    rows = session.execute(found.add_columns(*keys).order_by(*order).limit(PAGE + 1)).all()
    further = "~".join(_plain(value) for value in rows[PAGE - 1][1:]) if len(rows) > PAGE else ""
    return OnePage([row[0] for row in rows[:PAGE]], further, listing)


def everything(query: "PagedQuery[Fact]", session: Session) -> Iterator[Fact]:
    """Every page of a list, one after the other."""
    for page in pages_of(lambda asked: query(session, asked), EVERYTHING):
        yield from page


def pages_of(ask: Callable[[Asked], Listed[Fact]], asked: Asked) -> Iterator[Listed[Fact]]:
    """All that is asked for, a page at a time."""
    while True:
        page = ask(asked)
        yield page
        if not page.further:
            return
        asked = replace(asked, after=page.further)


def _order(listing: Listing, sort: str) -> tuple[tuple[Key, ...], bool]:
    """The keys that a list is sorted by, and whether the greatest come first."""
    if not sort:
        return listing.order, listing.newest_first
    name = sort.removeprefix("-")
    if name not in listing.sorts:
        raise Missing
    return (listing.sorts[name], *listing.order), sort.startswith("-")


def _sought(found: Select[Any], listing: Listing, asked: Asked) -> Select[Any]:
    """Only what has every word somewhere, and the standing that is asked for."""
    for word in asked.words:
        ways = [way for one in word for way in _ways(listing, one)]
        found = found.where(or_(false(), *ways))
    if asked.standing:
        wanted = [one for one in listing.standings if one.value == asked.standing]
        if listing.stands is None or not wanted:
            raise Missing
        found = found.where(listing.stands == wanted[0])
    return found


def _ways(listing: Listing, word: str) -> Iterator[ColumnElement[bool]]:
    """Where in a row a word may stand."""
    begins = word.upper()
    if listing.numbers and begins.startswith(OURS) and begins.isascii() and begins.isalnum():
        for column in listing.numbers:
            yield column.between(begins, f"{begins}~")  # greater than every letter and digit
        return
    for column in (*listing.numbers, *listing.finds):
        yield func.lower(column).contains(word.lower(), autoescape=True)


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
