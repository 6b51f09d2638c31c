"""Upstream and downstream of any number, by recursive query."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lims.genealogy.models import CameFrom
from lims.identifiers.numbers import Kind, kind_of


@dataclass(frozen=True)
class Node:
    """Something in a genealogy."""

    number: str
    kind: str
    name: str = ""
    standing: str = ""
    since: str = ""  # a day or an instant, ISO 8601


@dataclass(frozen=True)
class Edge:
    """One step of a genealogy."""

    child: str
    parent: str


@dataclass(frozen=True)
class Trace:
    """Everything that went into a thing and everything that it went into."""

    number: str
    upstream: tuple[Node, ...]
    downstream: tuple[Node, ...]


def ancestors(session: Session, *numbers: str) -> list[str]:
    """Everything that went into these, nearest first is not promised."""
    return list(session.scalars(_walk(numbers, up=True)))


def descendants(session: Session, *numbers: str) -> list[str]:
    """Everything that these went into."""
    return list(session.scalars(_walk(numbers, up=False)))


def contained(session: Session, numbers: Collection[str], *, up: bool) -> set[str]:
    """What really went into these (`up`), or what these really went into.

    Not by way of a session: what was staged for it is in none of its bags for that alone. A session
    that is asked for itself is followed.
    """
    found: set[str] = set()
    frontier = set(numbers)
    near, far = (CameFrom.child, CameFrom.parent) if up else (CameFrom.parent, CameFrom.child)
    while frontier:
        step = set(session.scalars(select(far).where(near.in_(frontier))))
        frontier = {n for n in step - found if kind_of(n) is not Kind.SESSION}
        found |= frontier
    return found


def parents(session: Session, number: str) -> list[str]:
    """What something came from in one step."""
    return sorted(session.scalars(select(CameFrom.parent).where(CameFrom.child == number)))


def children(session: Session, numbers: Collection[str]) -> list[str]:
    """What something went into in one step."""
    return sorted(set(session.scalars(select(CameFrom.child).where(CameFrom.parent.in_(numbers)))))


def _walk(numbers: tuple[str, ...], *, up: bool) -> Select[tuple[str]]:
    here, there = (CameFrom.child, CameFrom.parent) if up else (CameFrom.parent, CameFrom.child)
    walk = select(there.label("number")).where(here.in_(numbers)).cte("walk", recursive=True)
    walk = walk.union(select(there).where(here == walk.c.number))
    return select(walk.c.number).order_by(walk.c.number)


def trace(session: Session, number: str) -> Trace:
    """The whole genealogy of a number, forward and backward."""
    return Trace(
        number,
        tuple(_node(found) for found in ancestors(session, number)),
        tuple(_node(found) for found in descendants(session, number)),
    )


def edges_among(session: Session, numbers: list[str]) -> list[Edge]:
    """The steps between these things, for a drawing."""
    both = CameFrom.child.in_(numbers) & CameFrom.parent.in_(numbers)
    rows = session.execute(select(CameFrom.child, CameFrom.parent).where(both))
    return [Edge(child, parent) for child, parent in rows]


def _node(number: str) -> Node:
    return Node(number, kind_of(number).name.lower())
