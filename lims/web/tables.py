"""What stands on pages in rows: tables, links in them, and what waits for somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lims.core.texts import say


@dataclass(frozen=True)
class Table:
    """Rows on a page: a heading, the columns and the cells; numbers become links by themselves."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    empty: str = say("nothing-yet")
    renews: bool = False  # shows work under way: a page asks for it again by itself


@dataclass(frozen=True)
class Link:
    """A cell that leads to another page."""

    words: str
    href: str


@dataclass(frozen=True)
class Todo:
    """Something that waits for a role: what, by when, and where to do it."""

    what: str
    number: str
    why: str
    due: datetime | None = None
    href: str = ""
