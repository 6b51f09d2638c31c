"""What each thing of a genealogy is: its name, how it stands, since when; a statement for each kind."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, null, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lims.genealogy.queries import Node, Trace, trace
from lims.identifiers.numbers import Kind, is_number, kind_of

Column = InstrumentedAttribute[Any] | ColumnElement[Any]


@dataclass(frozen=True)
class Known:
    """What is known of a thing, whatever it is."""

    name: str
    standing: Enum | None
    since: datetime | date | None


@dataclass(frozen=True)
class Row:
    """Where a kind of thing is kept: its number, its name, its standing, its day; None for what it has not.

    `told` makes words of what is kept as its name.
    """

    number: Column
    name: Column | None = None
    standing: Column | None = None
    since: Column | None = None
    told: Callable[[Any], str] = str


ROWS: dict[Kind, Row] = {}  # every stage's things, entered where the stages are put together


def known_of(session: Session, numbers: Iterable[str]) -> dict[str, Known]:
    """What these are; nothing of a number that is none of the laboratory's."""
    by_kind: dict[Kind, list[str]] = {}
    for number in numbers:
        if is_number(number):
            by_kind.setdefault(kind_of(number), []).append(number)
    found: dict[str, Known] = {}
    for kind, members in by_kind.items():
        if kind not in ROWS:
            continue
        kept = ROWS[kind]
        others = [null() if c is None else c for c in (kept.name, kept.standing, kept.since)]
        mine = kept.number.in_(members)
        asked: list[Any] = [kept.number, *others]
        for number, name, standing, since in map(
            tuple, session.execute(select(*asked).where(mine))
        ):
            found[number] = Known("" if name is None else kept.told(name), standing, since)
    return found


def told_trace(session: Session, number: str) -> Trace:
    """The whole genealogy of a number; each thing with its name, its standing and since when."""
    found = trace(session, number)
    known = known_of(session, [node.number for node in (*found.upstream, *found.downstream)])
    return replace(
        found,
        upstream=tuple(_told(node, known.get(node.number)) for node in found.upstream),
        downstream=tuple(_told(node, known.get(node.number)) for node in found.downstream),
    )


def _told(node: Node, what: Known | None) -> Node:
    if what is None:
        return node
    standing = str(what.standing.value) if what.standing else ""
    since = what.since.isoformat() if what.since else ""
    return replace(node, name=what.name, standing=standing, since=since)
