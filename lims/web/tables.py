"""What stands on pages in rows: tables, links in them, and what waits for somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lims.core.texts import say
from lims.trust.actions import Action


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
    """Something that waits for a role: what, by when, and where to do it.

    `act` is the action whose form is the task: its page opens with that form in hand.
    """

    what: str
    number: str
    why: str
    due: datetime | None = None
    href: str = ""
    act: Action[Any, Any] | None = None
    opens: datetime | None = None  # not before then

    @property
    def form(self) -> str:
        """Where on the page the task's form is."""
        return f"#{form_id(self.act)}" if self.act else ""


def form_id(action: Action[Any, Any]) -> str:
    """What an action's form is called on any page."""
    return f"do-{action.path.replace('/', '-')}"


def by_urgency(
    todos: Sequence[Todo], now: datetime, tonight: datetime
) -> list[tuple[str, Sequence[Todo]]]:
    """What is late, due today, this week, later or without a time, each with its heading."""
    week = tonight + timedelta(days=6)
    groups: dict[str, list[Todo]] = {name: [] for name in ("late", "today", "week", "later", "any")}
    for todo in todos:
        due = todo.due
        name = (
            "any"
            if due is None
            else "late"
            if due < now
            else "today"
            if due < tonight
            else "week"
            if due < week
            else "later"
        )
        groups[name].append(todo)
    return [(say(f"due.{name}"), found) for name, found in groups.items() if found]
