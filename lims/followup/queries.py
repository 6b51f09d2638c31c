"""Reads of adverse events and assessments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.quantities import InsulinUnits, Percent
from lims.core.telling import Told
from lims.followup.models import AdverseEvent, Assessment
from lims.followup.rules import Endpoint, Measured, Severity, Target, primary_endpoint
from lims.protocol.sections import Trial
from lims.trial.queries import participant
from lims.trust.amending import Was, recorded, what_was

F = TypeVar("F")


@dataclass(frozen=True)
class EventFacts:
    """An adverse event as it is read."""

    id: int
    participant: str
    term: str
    onset: date
    severity: Severity
    serious: bool
    related: bool
    described: str
    by: str
    at: datetime
    was: tuple[Was, ...] = ()
    says: Told = ""


@dataclass(frozen=True)
class AssessmentFacts:
    """Outcome measurements as they are read."""

    id: int
    participant: str
    week: int
    protocol: int
    measured_on: date
    hba1c: Percent
    insulin: InsulinUnits
    c_peptide: Decimal | None
    by: str
    at: datetime
    was: tuple[Was, ...] = ()
    says: Told = ""


EVENTS = Listing(
    (AdverseEvent.participant, AdverseEvent.onset, AdverseEvent.id),
    finds=(AdverseEvent.participant, AdverseEvent.term, AdverseEvent.described),
    sorts={"onset": AdverseEvent.onset},
    newest_first=False,
)


def events(session: Session, asked: Asked = EVERYTHING) -> Listed[EventFacts]:
    """All adverse events by participant."""
    page = one_page(session, select(AdverseEvent), EVENTS, asked)
    return page.told(_told(session, EventFacts, page.rows))


def event(session: Session, event: str) -> EventFacts:
    """One adverse event."""
    return _one(session, EventFacts, AdverseEvent, event)


ASSESSMENTS = Listing(
    (Assessment.participant, Assessment.week, Assessment.id),
    finds=(Assessment.participant,),
    sorts={"week": Assessment.week, "measured": Assessment.measured_on},
    newest_first=False,
)


def assessments(session: Session, asked: Asked = EVERYTHING) -> Listed[AssessmentFacts]:
    """All assessments by participant and week."""
    page = one_page(session, select(Assessment), ASSESSMENTS, asked)
    return page.told(_told(session, AssessmentFacts, page.rows))


def assessment(session: Session, assessment: str) -> AssessmentFacts:
    """One week's measurements of one participant."""
    return _one(session, AssessmentFacts, Assessment, assessment)


def assessments_of(session: Session, number: str) -> list[AssessmentFacts]:
    """One participant's assessments; Missing for nobody."""
    participant(session, number)
    own = select(Assessment).where(Assessment.participant == number).order_by(Assessment.week)
    return _told(session, AssessmentFacts, session.scalars(own).all())


def _told(session: Session, shape: type[F], rows: Sequence[Any]) -> list[F]:
    """The facts of rows of one table, each with what was amended in it."""
    was = what_was(session, type(rows[0]), [row.id for row in rows]) if rows else {}
    return [facts(shape, row, was=tuple(was.get(str(row.id), ())), says="") for row in rows]


def _one(
    session: Session, shape: type[F], table: type[AdverseEvent | Assessment], number: str
) -> F:
    (found,) = _told(session, shape, [recorded(session, table, number)])
    return found


def endpoint_of(found: list[AssessmentFacts], trial: Trial) -> Endpoint | None:
    """Whether the participant reached the primary endpoint; None where the protocol names none."""
    asked = trial.endpoint
    if asked is None:
        return None
    weeks = trial.schedule.follow_up_weeks
    target = Target(weeks, asked.hba1c_below_pct, asked.insulin_reduction_pct)
    return primary_endpoint([facts(Measured, one) for one in found], target)
