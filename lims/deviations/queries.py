"""Reads of deviations."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.telling import Made
from lims.deviations.models import Deviation
from lims.deviations.rules import (
    DeviationClass,
    DeviationKind,
    DeviationStanding,
)


@dataclass(frozen=True)
class DeviationFacts:
    """A deviation as it is read."""

    number: Made
    about: str
    code: DeviationKind
    what: str
    standing: DeviationStanding
    opened_by: str
    opened_at: datetime
    severity: DeviationClass | None
    immediate: str
    cause: str
    risk: str
    assessed_by: str | None
    assessed_at: datetime | None
    conclusion: str
    closed_by: str | None
    closed_at: datetime | None


def facts_of(row: Deviation) -> DeviationFacts:
    """The explicit fields of a row."""
    return facts(DeviationFacts, row)


_STILL = case((Deviation.standing == DeviationStanding.OPEN, 1), else_=0)
DEVIATIONS = Listing(
    (_STILL, Deviation.opened_at, Deviation.number),
    finds=(Deviation.number, Deviation.about, Deviation.what),
    stands=Deviation.standing,
    sorts={"about": Deviation.about, "opened": Deviation.opened_at},
)


def deviations(session: Session, asked: Asked = EVERYTHING) -> Listed[DeviationFacts]:
    """All deviations, the open ones first."""
    page = one_page(session, select(Deviation), DEVIATIONS, asked)
    return page.told(facts_of(row) for row in page.rows)


def open_deviations(session: Session) -> list[DeviationFacts]:
    """Every open deviation, by number."""
    still = select(Deviation).where(Deviation.standing == DeviationStanding.OPEN)
    return [facts_of(row) for row in session.scalars(still.order_by(Deviation.number))]


def deviation(session: Session, number: str) -> DeviationFacts:
    """One deviation."""
    row = session.get(Deviation, number)
    if row is None:
        raise Missing
    return facts_of(row)


def open_about(session: Session, numbers: Collection[str]) -> list[str]:
    """The numbers of the open deviations about any of these things."""
    found = select(Deviation.number).where(
        Deviation.about.in_(numbers), Deviation.standing == DeviationStanding.OPEN
    )
    return list(session.scalars(found.order_by(Deviation.number)))


def dose_is_closed(session: Session, bag: str) -> bool:
    """Whether QA has closed the deviation that this bag's draw opened by itself."""
    found = select(Deviation.number).where(
        Deviation.about == bag,
        Deviation.code == DeviationKind.DOSE,
        Deviation.standing == DeviationStanding.CLOSED,
    )
    return session.scalar(found.limit(1)) is not None
