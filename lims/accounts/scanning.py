"""How codes were read: by scanners, cameras and hands, per person, station and action."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lims.trust.identity.roles import Side
from lims.trust.trail.scan_log import ScanRead


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
    return [TypedEntry(r.at, r.by, r.station, r.action, r.field, r.raw) for r in rows]
