"""Reads of watched places and of excursions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lims.bank.models import Vial, VialHold
from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.quantities import Celsius, Minutes
from lims.core.telling import Made, Told
from lims.monitoring.models import Excursion, Watch
from lims.monitoring.rules import ExcursionKind, ExcursionStanding
from lims.trust.amending import recorded


@dataclass(frozen=True)
class WatchFacts:
    """A watched place as it is read."""

    of: str
    sensor: str
    lowest: Celsius
    highest: Celsius
    every: Minutes
    read_every_hours: int
    by: str
    since: datetime
    read_until: datetime | None
    says: Told = ""


@dataclass(frozen=True)
class HeldVial:
    """A vial that an excursion holds or held."""

    vial: str
    lot: str
    because: str
    at: datetime
    fit: bool | None
    why: str
    judged_by: str | None
    judged_at: datetime | None


@dataclass(frozen=True)
class HeldGroup:
    """Vials of a lot and a box that an excursion holds or held, judged together."""

    lot: str
    box: str | None
    fit: bool | None
    why: str
    judged_by: str | None
    judged_at: datetime | None
    count: int


@dataclass(frozen=True)
class ExcursionFacts:
    """An excursion as it is read."""

    id: Made
    of: str
    kind: ExcursionKind
    standing: ExcursionStanding
    since: datetime
    until: datetime | None
    worst: Celsius | None
    what: str
    file: str | None
    by: str
    at: datetime
    held: tuple[HeldGroup, ...] = ()
    waiting: tuple[str, ...] = ()
    says: Told = ""


def excursion_facts(row: Excursion, says: str = "") -> ExcursionFacts:
    """An excursion without what it holds."""
    return facts(ExcursionFacts, row, id=str(row.id), held=(), waiting=(), says=says)


def excursion(session: Session, excursion: str) -> ExcursionFacts:
    """One excursion with what it holds."""
    row = recorded(session, Excursion, excursion)
    of = VialHold.excursion == row.id
    alike = (
        VialHold.lot, Vial.box, VialHold.fit, VialHold.why, VialHold.judged_by, VialHold.judged_at,
    )  # fmt: skip
    groups = session.execute(
        select(*alike, func.count().label("vials"))
        .join(Vial, Vial.number == VialHold.vial)
        .where(of)
        .group_by(*alike)
        .order_by(VialHold.lot, Vial.box, VialHold.judged_at)
    )
    kept = tuple(facts(HeldGroup, one, count=one.vials) for one in groups)
    open_ = select(VialHold.vial).where(of, VialHold.fit.is_(None)).order_by(VialHold.vial)
    waiting = tuple(session.scalars(open_))
    return facts(ExcursionFacts, row, id=str(row.id), held=kept, waiting=waiting, says="")


@dataclass(frozen=True)
class ExcursionSummary:
    """An excursion and how many of its vials wait for QA."""

    excursion: ExcursionFacts
    waiting: int


_GOING = case((Excursion.standing == ExcursionStanding.GOING_ON, 1), else_=0)
EXCURSIONS = Listing(
    (_GOING, Excursion.id), finds=(Excursion.of, Excursion.what), stands=Excursion.standing
)


def excursions(session: Session, asked: Asked = EVERYTHING) -> Listed[ExcursionSummary]:
    """Every excursion with how many vials wait: those that go on first, then the newest."""
    page = one_page(session, select(Excursion), EXCURSIONS, asked)
    waiting = _waiting(session)
    return page.told(
        ExcursionSummary(excursion_facts(row), waiting.get(row.id, 0)) for row in page.rows
    )


def _waiting(session: Session) -> dict[int | None, int]:
    """How many vials wait for QA, by what holds them."""
    counts = select(VialHold.excursion, func.count()).where(VialHold.fit.is_(None))
    return {row[0]: row[1] for row in session.execute(counts.group_by(VialHold.excursion))}


def going_on(session: Session) -> list[ExcursionFacts]:
    """The excursions that nobody has said are over."""
    still = select(Excursion).where(Excursion.standing == ExcursionStanding.GOING_ON)
    return [excursion_facts(row) for row in session.scalars(still.order_by(Excursion.id))]


def to_judge(session: Session) -> list[ExcursionSummary]:
    """The excursions of which vials wait for QA."""
    waiting = _waiting(session)
    ids = [number for number in waiting if number is not None]
    if not ids:
        return []
    rows = session.scalars(select(Excursion).where(Excursion.id.in_(ids)).order_by(Excursion.id))
    return [ExcursionSummary(excursion_facts(row), waiting[row.id]) for row in rows]


def excursions_of(session: Session, number: str) -> list[ExcursionFacts]:
    """What went wrong with a place or an instrument, the newest first."""
    rows = select(Excursion).where(Excursion.of == number).order_by(Excursion.id.desc())
    return [excursion_facts(row) for row in session.scalars(rows)]


def watches(session: Session) -> list[WatchFacts]:
    """Every watched place and instrument."""
    rows = session.scalars(select(Watch).order_by(Watch.of))
    return [facts(WatchFacts, row, says="") for row in rows]


def watch_of(session: Session, number: str) -> WatchFacts | None:
    """The limits and the sensor of a place or an instrument; None where nothing watches it."""
    row = session.get(Watch, number)
    return facts(WatchFacts, row, says="") if row else None


def held_for_long(session: Session) -> list[HeldVial]:
    """Vials that were too long out of storage and wait for QA."""
    alone = VialHold.excursion.is_(None) & VialHold.fit.is_(None)
    rows = session.scalars(select(VialHold).where(alone).order_by(VialHold.id))
    return [facts(HeldVial, row) for row in rows]
