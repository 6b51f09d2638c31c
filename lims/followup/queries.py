"""Reads of adverse events and assessments."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.facts import facts
from lims.core.quantities import InsulinUnits, Percent
from lims.core.telling import Told
from lims.followup.models import AdverseEvent, Assessment
from lims.followup.rules import Endpoint, Measured, Severity, Target, primary_endpoint
from lims.protocol.sections import Trial
from lims.trial.queries import participant


@dataclass(frozen=True)
class EventFacts:
    """An adverse event as it is read."""

    participant: str
    term: str
    onset: date
    severity: Severity
    serious: bool
    related: bool
    described: str
    by: str
    at: datetime
    says: Told = ""


@dataclass(frozen=True)
class AssessmentFacts:
    """Outcome measurements as they are read."""

    participant: str
    week: int
    protocol: int
    measured_on: date
    hba1c: Percent
    insulin: InsulinUnits
    c_peptide: Decimal | None
    by: str
    at: datetime
    says: Told = ""


def events(session: Session) -> list[EventFacts]:
    """All adverse events by participant."""
    order = (AdverseEvent.participant, AdverseEvent.onset, AdverseEvent.id)
    rows = session.scalars(select(AdverseEvent).order_by(*order))
    return [facts(EventFacts, row, says="") for row in rows]


def assessments(session: Session) -> list[AssessmentFacts]:
    """All assessments by participant and week."""
    rows = session.scalars(select(Assessment).order_by(Assessment.participant, Assessment.week))
    return [facts(AssessmentFacts, row, says="") for row in rows]


def assessments_of(session: Session, number: str) -> list[AssessmentFacts]:
    """One participant's assessments; Missing for nobody."""
    participant(session, number)
    return [found for found in assessments(session) if found.participant == number]


def endpoint_of(found: list[AssessmentFacts], trial: Trial) -> Endpoint | None:
    """Whether the participant reached the primary endpoint; None where the protocol names none."""
    asked = trial.endpoint
    if asked is None:
        return None
    weeks = trial.schedule.follow_up_weeks
    target = Target(weeks, asked.hba1c_below_pct, asked.insulin_reduction_pct)
    return primary_endpoint([facts(Measured, one) for one in found], target)
