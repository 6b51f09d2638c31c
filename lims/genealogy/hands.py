"""Whose hands were on a thing and its ancestors, back to the last release: read from the trail.

The trail names who did and who checked every step; no stage keeps a list of its own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.genealogy.models import CameFrom
from lims.genealogy.rules import DAMAGED, JUDGING, RELEASING, UNKNOWN, Hands
from lims.identifiers.numbers import Kind, kind_of
from lims.trust.signatures import Signature
from lims.trust.trail import TrailEntry

OWN_STREAM = {
    Kind.LOT: "lot",
    Kind.MATERIAL: "lot",
    Kind.DONOR: "donor",
    Kind.FLASK: "flask",
    Kind.SAMPLE: "sample",
    Kind.SESSION: "session",
    Kind.BAG: "bag",
}
# What is told in the stream of the thing that it came from, or lies in.
TOLD_IN = {Kind.CORD: (Kind.DONOR,), Kind.VIAL: (Kind.LOT,), Kind.BAG: (Kind.SESSION,)}
NO_WORK_ON = frozenset({Kind.EQUIPMENT, Kind.PLACE})


@dataclass(frozen=True)
class _Told:
    """One entry of the trail: who, what, on which rows."""

    action: str
    by: str
    signatures: tuple[str, ...]
    rows: frozenset[str] | None  # None: a damaged entry does not say

    def tells_of(self, number: str) -> bool:
        """Whether it is, or may be, about this thing."""
        return self.rows is None or number in self.rows


def hands_on(session: Session, *numbers: str) -> Hands:
    """Who made, counted, thawed, drew, checked, labelled, opened, tested or reviewed it, and what.

    Walks upstream and stops at what was released: its own makers were judged then.
    """
    found: dict[str, set[str]] = defaultdict(set)
    signed: dict[str, set[str]] = defaultdict(set)
    waiting, seen = list(numbers), set(numbers)
    while waiting:
        number = waiting.pop()
        parents = _parents(session, number)
        told = list(_entries(session, number, parents))
        is_start = number in numbers
        if any(entry.action in RELEASING for entry in told) and not is_start:
            continue
        for entry in told:
            if entry.action not in JUDGING:
                found[entry.by].add(entry.action)
                for signature in entry.signatures:
                    signed[signature].add(entry.action)
        nearby = [n for n in (*parents, *_samples(session, number)) if n not in seen]
        seen.update(nearby)
        waiting += [n for n in nearby if kind_of(n) not in NO_WORK_ON]
    for signature, login in _signers(session, signed):
        found[login] |= signed[signature]
    return {login: frozenset(acts) for login, acts in found.items()}


def _parents(session: Session, number: str) -> list[str]:
    return list(session.scalars(select(CameFrom.parent).where(CameFrom.child == number)))


def _samples(session: Session, number: str) -> list[str]:
    """Its samples: a test of a thing is work on it."""
    made = session.scalars(select(CameFrom.child).where(CameFrom.parent == number))
    return [child for child in made if kind_of(child) is Kind.SAMPLE]


def _entries(session: Session, number: str, parents: Collection[str]) -> Iterator[_Told]:
    kind = kind_of(number)
    if own := OWN_STREAM.get(kind):
        for entry in _told(session, f"lab/{own}/{number}"):
            if kind is not Kind.SESSION or entry.tells_of(number):  # not its other bags
                yield entry
    yield from _told(session, f"lab/label/{number}")
    for parent in parents:
        if kind_of(parent) in TOLD_IN.get(kind, ()):
            told = list(_told(session, f"lab/{OWN_STREAM[kind_of(parent)]}/{parent}"))
            if kind is Kind.VIAL:  # of a released lot: what was done before is judged
                ends = [n for n, entry in enumerate(told, 1) if entry.action in RELEASING]
                told = told[max(ends, default=0) :]
            yield from (entry for entry in told if entry.tells_of(number))


def _told(session: Session, stream: str) -> Iterator[_Told]:
    found = select(TrailEntry).where(TrailEntry.stream_name == stream)
    for row in session.scalars(found.order_by(TrailEntry.seq)):
        if (entry := row.read) is None:  # anybody's hands may have been on it
            yield _Told(DAMAGED, UNKNOWN, (), None)
            continue
        rows = frozenset(str(change["row"]) for change in entry["changes"])
        yield _Told(entry["action"], entry["by"], tuple(entry["signatures"]), rows)


def _signers(session: Session, ids: Collection[str]) -> list[tuple[str, str]]:
    rows = session.execute(select(Signature.id, Signature.login).where(Signature.id.in_(ids)))
    return [(row.id, row.login) for row in rows]
