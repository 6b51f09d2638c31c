"""Whose hands were on a thing and its ancestors, back to the last release: read from the trail.

The trail names who did and who checked every step; no stage keeps a list of its own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session

from lims.core.gathering import gathered
from lims.genealogy.models import CameFrom
from lims.genealogy.rules import DAMAGED, JUDGING, RELEASING, UNKNOWN, Hands
from lims.identifiers.numbers import Kind, is_number, kind_of
from lims.trust.identity.signatures import Signature
from lims.trust.trail.entries import TrailEntry

OWN_STREAM = {
    Kind.LOT: "lot",
    Kind.MATERIAL: "lot",
    Kind.DONOR: "donor",
    Kind.FLASK: "flask",
    Kind.HARVEST: "harvest",
    Kind.SAMPLE: "sample",
    Kind.SESSION: "session",
    Kind.BAG: "bag",
}
# What is told in the stream of the thing that it came from, or lies in.
TOLD_IN = {Kind.CORD: (Kind.DONOR,), Kind.VIAL: (Kind.LOT,), Kind.BAG: (Kind.SESSION,)}
NO_WORK_ON = frozenset({Kind.EQUIPMENT, Kind.PLACE})


Acts = defaultdict[str, set[str]]


@dataclass(frozen=True)
class _Told:
    """One entry of the trail: who, what, on which rows, and all that these name."""

    action: str
    by: str
    signatures: tuple[str, ...]
    rows: frozenset[str] | None  # None: a damaged entry does not say
    names: frozenset[str]

    def is_on(self, number: str) -> bool:
        """Whether it changed, or may have changed, this thing itself."""
        return self.rows is None or number in self.rows

    def tells_of(self, number: str) -> bool:
        """Whether it is, or may be, about this thing."""
        return self.is_on(number) or number in self.names


def hands_on(session: Session, *numbers: str) -> Hands:
    """Who made, counted, thawed, drew, checked, labelled, opened, tested or reviewed it, and what.

    Walks upstream and stops at what was released: its own makers were judged then.
    """
    return _hands(session, [numbers])[0]


def hands_on_each(session: Session, numbers: Sequence[str]) -> dict[str, Hands]:
    """The hands on each of these by itself, in as many statements as for one."""
    return dict(zip(numbers, _hands(session, [[number] for number in numbers]), strict=True))


def _hands(session: Session, each: Sequence[Sequence[str]]) -> list[Hands]:
    walk = _Walk(session, [number for starts in each for number in starts])
    walked = [walk.acts(starts) for starts in each]
    ids = {signature for _, signed in walked for signature in signed}
    rows = session.execute(select(Signature.id, Signature.login).where(Signature.id.in_(ids)))
    for signature, login in rows:
        for done, signed in walked:
            if signature in signed:
                done[login] |= signed[signature]
    return [{login: frozenset(acts) for login, acts in done.items()} for done, _ in walked]


def _everything_near(starts: Sequence[str]) -> Select[str]:
    """All that these came from, and the samples of each of it, in one statement."""
    is_sample = CameFrom.child.startswith(f"LM{Kind.SAMPLE}")
    here = case((CameFrom.child.in_(starts), CameFrom.parent), else_=CameFrom.child)
    near = CameFrom.child.in_(starts) | (CameFrom.parent.in_(starts) & is_sample)
    walk = select(here.label("number")).where(near).cte("walk", recursive=True)
    there = case((CameFrom.child == walk.c.number, CameFrom.parent), else_=CameFrom.child)
    further = (CameFrom.child == walk.c.number) | ((CameFrom.parent == walk.c.number) & is_sample)
    return select(walk.union(select(there).where(further)).c.number)


class _Walk:
    """What the genealogy and the trail tell of some things and of all that they came from."""

    def __init__(self, session: Session, starts: Sequence[str]) -> None:
        self.parents: defaultdict[str, list[str]] = defaultdict(list)
        self.samples: defaultdict[str, list[str]] = defaultdict(list)
        numbers = {*starts, *session.scalars(_everything_near(starts))}
        edges = select(CameFrom.child, CameFrom.parent).where(CameFrom.child.in_(numbers))
        for child, parent in session.execute(edges):
            self.parents[child].append(parent)
            if kind_of(child) is Kind.SAMPLE:  # a test of a thing is work on it
                self.samples[parent].append(child)
        streams = {stream for number in numbers for stream in self._streams(number)}
        told = select(TrailEntry).where(TrailEntry.stream_name.in_(streams))
        self.rows = gathered(session, told.order_by(TrailEntry.seq), TrailEntry.stream_name)
        self.read: dict[str, list[_Told]] = {}  # what is walked over, not what lies beyond

    def acts(self, starts: Collection[str]) -> tuple[Acts, Acts]:
        """What was done to these, taken together: by login, and by signature."""
        found: Acts = defaultdict(set)
        signed: Acts = defaultdict(set)
        waiting, seen = list(starts), set(starts)
        while waiting:
            number = waiting.pop()
            if number not in starts and self._was_released(number):
                continue
            for entry in self._entries(number):
                if entry.action not in JUDGING:
                    found[entry.by].add(entry.action)
                    for signature in entry.signatures:
                        signed[signature].add(entry.action)
            nearby = [near for near in self._nearby(number) if near not in seen]
            seen.update(nearby)
            waiting += nearby
        return found, signed

    def _told(self, stream: str) -> list[_Told]:
        if stream not in self.read:
            self.read[stream] = [_told(row) for row in self.rows[stream]]
        return self.read[stream]

    def _nearby(self, number: str) -> list[str]:
        found = (*self.parents[number], *self.samples[number])
        return [near for near in found if kind_of(near) not in NO_WORK_ON]

    def _was_released(self, number: str) -> bool:
        return any(entry.action in RELEASING for entry in self._entries(number))

    def _streams(self, number: str) -> Iterator[str]:
        kind = kind_of(number)
        if own := OWN_STREAM.get(kind):
            yield f"lab/{own}/{number}"
        yield f"lab/label/{number}"
        yield f"lab/step/{number}"
        for parent in self.parents[number]:
            if kind_of(parent) in TOLD_IN.get(kind, ()):
                yield f"lab/{OWN_STREAM[kind_of(parent)]}/{parent}"

    def _entries(self, number: str) -> Iterator[_Told]:
        kind = kind_of(number)
        if own := OWN_STREAM.get(kind):
            for entry in self._told(f"lab/{own}/{number}"):
                if kind is not Kind.SESSION or entry.is_on(number):  # not its other bags
                    yield entry
        yield from self._told(f"lab/label/{number}")
        yield from self._told(f"lab/step/{number}")
        for parent in self.parents[number]:
            if kind_of(parent) in TOLD_IN.get(kind, ()):
                told = self._told(f"lab/{OWN_STREAM[kind_of(parent)]}/{parent}")
                if kind is Kind.VIAL:  # of a released lot: what was done before is judged
                    ends = [n for n, entry in enumerate(told, 1) if entry.action in RELEASING]
                    told = told[max(ends, default=0) :]
                yield from (entry for entry in told if entry.tells_of(number))


def _told(row: TrailEntry) -> _Told:
    if (entry := row.read) is None:  # anybody's hands may have been on it
        return _Told(DAMAGED, UNKNOWN, (), None, frozenset())
    rows, names = frozenset(str(change["row"]) for change in entry["changes"]), set[str]()
    for change in entry["changes"]:  # a count is a row of its own, and names its bag
        told = (*change["new"].values(), *change["old"].values())
        names.update(value for value in told if isinstance(value, str) and is_number(value))
    return _Told(entry["action"], entry["by"], tuple(entry["signatures"]), rows, frozenset(names))
