"""Reads of freezing runs."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.attachments.queries import attached
from lims.bank.models import Bank, Freezing
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.quantities import Celsius, Minutes
from lims.core.telling import Told
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding


@dataclass(frozen=True)
class FreezingFacts:
    """A freezing run as it is read."""

    lot: str
    freezer: str
    file: str
    medium_at: datetime
    started_at: datetime
    ended_at: datetime
    contact: Minutes
    rate: Decimal | None
    coldest: Celsius
    held: Minutes
    curve: str
    by: str
    checked_by: str
    at: datetime
    says: Told = ""


def freezing_of(session: Session, lot: str) -> FreezingFacts | None:
    """The newest reading of a lot's freezing run; None where none counts."""
    runs = select(Freezing).where(Freezing.lot == lot).order_by(Freezing.id.desc())
    rows = session.scalars(runs).all()
    proved = attached(session, [row.file for row in rows])
    return next((facts(FreezingFacts, row, says="") for row in rows if row.file in proved), None)


@dataclass(frozen=True)
class FreezingOf:
    """A lot in vials and its run, if one was read."""

    number: str
    run: FreezingFacts | None


def freezing(session: Session, number: str) -> FreezingOf:
    """A lot's run."""
    if session.get(Bank, number) is None:
        raise Missing
    return FreezingOf(number, freezing_of(session, number))


def without_run(session: Session) -> list[tuple[str, datetime]]:
    """The lots in quarantine of whose freezing no file that counts says anything, since they were filled."""
    quarantined = (
        select(Bank.lot, Bank.filled_at)
        .join(Lot, Lot.number == Bank.lot)
        .where(Lot.standing == LotStanding.QUARANTINE)
    )
    waiting = session.execute(quarantined.order_by(Bank.filled_at)).all()
    of_these = Freezing.lot.in_([lot for lot, _ in waiting])
    runs = session.execute(select(Freezing.lot, Freezing.file).where(of_these)).all()
    proved = attached(session, [file for _, file in runs])
    known = {lot for lot, file in runs if file in proved}
    return [(lot, since) for lot, since in waiting if lot not in known]
