"""Reporting adverse events and outcome measurements."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated

from sqlalchemy import select

from lims.core.days import day_of
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import InsulinUnits, Percent
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.followup import queries
from lims.followup.models import AdverseEvent, Assessment
from lims.followup.queries import AssessmentFacts, EventFacts
from lims.followup.rules import (
    Severity,
    measured_reasons,
    severity_reasons,
    undoes_fitness,
    week_window,
)
from lims.identifiers.fields import ParticipantNumber
from lims.protocol.queries import protocol_in_force, trial_in_force
from lims.trial.events import EventToJudge
from lims.trial.queries import participant, seen_by
from lims.trial.rules import blind_reasons
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend, entered, must_be_of
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class ReportEvent:
    """An adverse event, by the protocol's list."""

    participant: ParticipantNumber
    term: str
    onset: date
    severity: Severity
    serious: bool
    related: Annotated[bool, About(label=say("related-to-the-infusion"))]
    described: Annotated[str, About(label=say("description"), rows=3)]


@action(may=Permission.REPORT_EVENT, late=True, urgent=True)
def report_event(work: Work, wanted: ReportEvent) -> EventFacts:
    """Report an adverse event of a participant."""
    _must_be_an_event(work, wanted)
    row = AdverseEvent(
        participant=wanted.participant,
        term=wanted.term,
        onset=wanted.onset,
        severity=wanted.severity,
        serious=wanted.serious,
        related=wanted.related,
        described=wanted.described,
        by=work.actor.login,
        at=work.now,
    )
    work.add(row)
    says = say("reported-the-next-infusion-waits") if _judge(work, row) else say("reported")
    return facts(EventFacts, row, was=(), says=says)


@dataclass(frozen=True, kw_only=True)
class AmendEvent(ReportEvent):
    """What is right about an adverse event, and why it was wrong."""

    event: int
    why: WhyAmended


@action(may=Permission.REPORT_EVENT, signed_as=say("fact-amended"))
def amend_event(work: Work, wanted: AmendEvent) -> EventFacts:
    """Amend an adverse event; one that is graver now undoes fitness like a new one."""
    row = work.lock(AdverseEvent, wanted.event)
    must_be_of(row.participant, wanted.participant)
    _must_be_an_event(work, wanted)
    amend(work, row, row.participant, entered(wanted, ReportEvent), wanted.why)
    says = say("amended-the-next-infusion-waits") if _judge(work, row) else say("amended")
    return replace(queries.event(work.session, str(row.id)), says=says)


def _must_be_an_event(work: Work, wanted: ReportEvent) -> None:
    person = participant(work.session, wanted.participant)
    reasons = [
        *blind_reasons(seen_by(person), work.actor.login),
        *when(
            wanted.term not in trial_in_force(work).terms,
            Reason("unknown-term", term=wanted.term),
        ),
        *when(wanted.onset > work.today, Reason("in-the-future.the")),
        *severity_reasons(wanted.severity, serious=wanted.serious),
    ]
    if reasons:
        raise Refused(say("the-event-was-not-taken"), reasons)


def _judge(work: Work, row: AdverseEvent) -> bool:
    """Whether the next infusion must be judged anew; the trial is told so."""
    undone = undoes_fitness(row.severity, serious=row.serious, related=row.related)
    if undone:
        because = say("term-onset-onset", term=row.term, onset=row.onset)
        work.publish(EventToJudge(row.participant, because))
    return undone


@dataclass(frozen=True)
class AssessOutcome:
    """HbA1c, insulin and C-peptide of one week."""

    participant: ParticipantNumber
    week: Annotated[int, About(hint=say("0-is-the-baseline"))]
    hba1c: Annotated[Percent, About(label="HbA1c", least=3, most=25)]
    insulin: Annotated[InsulinUnits, About(label=say("insulin-per-day"), most=500)]
    c_peptide: Annotated[
        Decimal | None, About(label=say("fasting-c-peptide-ng-ml"), least=0, most=30)
    ] = None
    measured_on: Annotated[
        date | None, About(label=say("measured-on"), hint=say("empty-today"))
    ] = None


@action(may=Permission.ASSESS_OUTCOME, late=True)
def assess_outcome(work: Work, wanted: AssessOutcome) -> AssessmentFacts:
    """Enter the outcome measurements of one week, once."""
    measured_on = wanted.measured_on or work.today
    _must_be_an_outcome(work, wanted, measured_on)
    row = Assessment(
        participant=wanted.participant,
        week=wanted.week,
        protocol=protocol_in_force(work).version,
        measured_on=measured_on,
        hba1c=wanted.hba1c,
        insulin=wanted.insulin,
        c_peptide=wanted.c_peptide,
        by=work.actor.login,
        at=work.now,
    )
    return facts(AssessmentFacts, work.add(row), was=(), says=say("entered"))


@dataclass(frozen=True, kw_only=True)
class AmendOutcome(AssessOutcome):
    """What is right about one week's measurements, and why it was wrong."""

    assessment: int
    why: WhyAmended


@action(may=Permission.ASSESS_OUTCOME, signed_as=say("fact-amended"))
def amend_outcome(work: Work, wanted: AmendOutcome) -> AssessmentFacts:
    """Amend one week's measurements; the endpoint is computed anew."""
    row = work.lock(Assessment, wanted.assessment)
    must_be_of(row.participant, wanted.participant)
    measured_on = wanted.measured_on or row.measured_on
    _must_be_an_outcome(work, wanted, measured_on, known=row.id)
    right = {**entered(wanted, AssessOutcome), "measured_on": measured_on}
    amend(work, row, row.participant, right, wanted.why)
    return replace(queries.assessment(work.session, str(row.id)), says=say("amended"))


def _must_be_an_outcome(
    work: Work, wanted: AssessOutcome, measured_on: date, known: int | None = None
) -> None:
    """Refuse what is no outcome of its week, or a second one of a week; `known` is itself."""
    person = participant(work.session, wanted.participant)
    asked = trial_in_force(work).outcomes
    given = person.first_infusion_at
    window = week_window(
        wanted.week,
        day_of(given, work.settings.zone) if given else None,
        work.today,
        asked.window_days,
        asked.baseline_days,
    )
    others = select(Assessment.id).where(
        Assessment.participant == person.number, Assessment.week == wanted.week
    )
    reasons = [
        *measured_reasons(wanted.week, asked.weeks, measured_on, window, work.today),
        *when(
            wanted.week == 0 and wanted.insulin.value == 0,
            Reason("no-baseline-insulin"),
        ),
        *when(work.session.scalar(others) not in {None, known}, Reason("known")),
    ]
    if reasons:
        raise Refused(say("the-measurements-were-not-taken"), reasons)
