"""How codes were read: by scanners, cameras and hands, per person, station and action."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lims.identifiers.reading import Unscanned
from lims.trust.identity.roles import Side
from lims.trust.trail.scan_log import ScanRead

RECENT_DAYS = 30
GOAL = Decimal(95)  # percent of wristbands and bags that are scanned


@dataclass(frozen=True)
class ReadCount:
    """How many codes one person read at one station for one action, and how many by hand."""

    by: str
    station: str
    action: str
    reads: int
    by_hand: int
    last_at: datetime


@dataclass(frozen=True)
class TypedEntry:
    """One code that was typed by hand."""

    at: datetime
    by: str
    station: str
    action: str
    field: str
    raw: str
    why: Unscanned | None


@dataclass(frozen=True)
class TypedCount:
    """How many codes were typed at one station for one reason; None where nobody said why."""

    why: Unscanned | None
    station: str
    count: int


def laboratory_reads(session: Session) -> list[ReadCount]:
    """The laboratory's reads, most typed first."""
    return _counts(session, Side.LAB)


def ward_reads(session: Session) -> list[ReadCount]:
    """The ward's reads, most typed first."""
    return _counts(session, Side.WARD)


def _counts(session: Session, side: Side) -> list[ReadCount]:
    typed = func.sum(case((ScanRead.by_hand.is_(True), 1), else_=0))
    counted = (
        select(
            ScanRead.by, ScanRead.station, ScanRead.action, func.count(), typed,
            func.max(ScanRead.at),
        )
        .where(ScanRead.side == side)
        .group_by(ScanRead.by, ScanRead.station, ScanRead.action)
        .order_by(typed.desc(), ScanRead.by, ScanRead.action, ScanRead.station)
    )  # fmt: skip
    return [ReadCount(*row) for row in session.execute(counted)]


def typed_entries(session: Session, side: Side) -> list[TypedEntry]:
    """The newest codes that were typed by hand."""
    rows = session.scalars(
        select(ScanRead)
        .where(ScanRead.side == side, ScanRead.by_hand.is_(True))
        .order_by(ScanRead.at.desc(), ScanRead.id.desc())
        .limit(100)
    )
    return [TypedEntry(r.at, r.by, r.station, r.action, r.field, r.raw, r.why) for r in rows]


def typed_by_reason(session: Session, side: Side) -> list[TypedCount]:
    """Why codes were typed, by station, the commonest first."""
    count = func.count()
    counted = (
        select(ScanRead.why, ScanRead.station, count)
        .where(ScanRead.side == side, ScanRead.by_hand.is_(True))
        .group_by(ScanRead.why, ScanRead.station)
        .order_by(count.desc(), ScanRead.station)
    )
    return [TypedCount(*row) for row in session.execute(counted)]


def scanned_at_the_bed(session: Session, now: datetime) -> tuple[int, int]:
    """Of the wristbands and bags read at the bedside in the last days: how many were scanned, and all."""
    scanned = func.sum(case((ScanRead.by_hand.is_(True), 0), else_=1))
    recent = ScanRead.at > now - timedelta(days=RECENT_DAYS)
    at_bed = ScanRead.action.in_(("bedside/verify-bag", "bedside/start-infusion"))
    row = session.execute(select(scanned, func.count()).where(at_bed, recent)).one()
    return row[0] or 0, row[1]
