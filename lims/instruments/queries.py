"""Reads of what loggers and counters said."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.attachments.queries import attached
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.quantities import CellsPerMillilitre, Celsius, Minutes
from lims.core.telling import Made, Told
from lims.instruments.models import InstrumentCount, LoggerRun
from lims.instruments.rules import CountStanding


@dataclass(frozen=True)
class RunFacts:
    """What a logger said of a span of time."""

    logger: str
    file: str
    since: datetime
    until: datetime
    readings: int
    lowest: Celsius
    highest: Celsius
    kinetic: Celsius
    outside: Minutes
    silent: Minutes
    usual: Minutes
    curve: str
    by: str
    at: datetime


def run_of(session: Session, number: str) -> RunFacts | None:
    """The newest reading of a logger that lay beside this, of a file that counts; or None."""
    runs = select(LoggerRun).where(LoggerRun.of == number).order_by(LoggerRun.id.desc())
    rows = session.scalars(runs).all()
    proved = attached(session, [row.file for row in rows])
    return next((facts(RunFacts, row) for row in rows if row.file in proved), None)


@dataclass(frozen=True)
class CountFacts:
    """A counter's count as it is read; its concentrations are of the undiluted sample."""

    id: Made
    instrument: str
    file: str
    line: int
    image: str
    sample: str
    counted_at: datetime | None
    of: str | None
    live: CellsPerMillilitre
    total: CellsPerMillilitre
    dilution: Decimal | None
    standing: CountStanding
    taken_for: str | None
    assigned_by: str | None
    assigned_second: str | None
    by: str
    at: datetime
    struck_why: str


@dataclass(frozen=True)
class CountsTaken:
    """What was taken in of one file."""

    number: Made
    counts: tuple[CountFacts, ...]
    says: Told = ""


COUNTS = Listing(
    (InstrumentCount.at, InstrumentCount.id),
    finds=(InstrumentCount.of, InstrumentCount.sample, InstrumentCount.image),
    stands=InstrumentCount.standing,
)


def counts(session: Session, asked: Asked = EVERYTHING) -> Listed[CountFacts]:
    """All counts of counters, the newest first."""
    page = one_page(session, select(InstrumentCount), COUNTS, asked)
    return page.told(facts(CountFacts, row) for row in page.rows)


def count(session: Session, count: str) -> CountFacts:
    """One count."""
    row = session.get(InstrumentCount, count)
    if row is None:
        raise Missing
    return facts(CountFacts, row)


def counts_of(session: Session, *numbers: str) -> list[CountFacts]:
    """The counts of these things that serve still."""
    serves = InstrumentCount.standing == CountStanding.COUNTED
    mine = InstrumentCount.of.in_(numbers) & serves
    rows = session.scalars(select(InstrumentCount).where(mine).order_by(InstrumentCount.at))
    return [facts(CountFacts, row) for row in rows]


def taken_for(session: Session, number: str) -> list[CountFacts]:
    """The counts on which something rests."""
    mine = select(InstrumentCount).where(InstrumentCount.taken_for == number)
    return [facts(CountFacts, row) for row in session.scalars(mine.order_by(InstrumentCount.at))]


def to_assign(session: Session) -> list[CountFacts]:
    """The counts of which nobody has said yet what they are of."""
    bare = InstrumentCount.of.is_(None) & (InstrumentCount.standing == CountStanding.COUNTED)
    rows = session.scalars(select(InstrumentCount).where(bare).order_by(InstrumentCount.at))
    return [facts(CountFacts, row) for row in rows]
