"""Reporting adverse events and outcome measurements."""

from dataclasses import dataclass
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
from lims.followup.models import AdverseEvent, Assessment
from lims.followup.queries import AssessmentFacts, EventFacts
from lims.followup.rules import Severity, measured_reasons, undoes_fitness, week_window
from lims.identifiers.fields import ParticipantNumber
from lims.protocol.queries import protocol_in_force, trial_in_force
from lims.trial.events import EventToJudge
from lims.trial.queries import participant
from lims.trust.actions import action
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


@action(may=Permission.REPORT_EVENT)
def report_event(work: Work, wanted: ReportEvent) -> EventFacts:
    """Report an adverse event of a participant."""
    person = participant(work.session, wanted.participant)
    trial = trial_in_force(work)
    reasons = [
        *when(
            wanted.term not in trial.terms,
            Reason("unknown-term", term=wanted.term),
        ),
        *when(wanted.onset > work.today, Reason("in-the-future.the")),
    ]
    if reasons:
        raise Refused(say("the-event-was-not-taken"), reasons)
    row = AdverseEvent(
        participant=person.number,
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
    undone = undoes_fitness(wanted.severity, serious=wanted.serious, related=wanted.related)
    if undone:
        work.publish(
            EventToJudge(
                person.number, say("term-onset-onset", term=wanted.term, onset=wanted.onset)
            )
        )
    says = say("reported-the-next-infusion-waits") if undone else say("reported")
    return facts(EventFacts, row, says=says)


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


@action(may=Permission.ASSESS_OUTCOME)
def assess_outcome(work: Work, wanted: AssessOutcome) -> AssessmentFacts:
    """Enter the outcome measurements of one week, once."""
    person = participant(work.session, wanted.participant)
    governing = protocol_in_force(work)
    asked = governing.trial.outcomes
    measured_on = wanted.measured_on or work.today
    given = person.first_infusion_at
    window = week_window(
        wanted.week,
        day_of(given, work.settings.zone) if given else None,
        work.today,
        asked.window_days,
        asked.baseline_days,
    )
    known = select(Assessment.id).where(
        Assessment.participant == person.number, Assessment.week == wanted.week
    )
    reasons = [
        *measured_reasons(wanted.week, asked.weeks, measured_on, window, work.today),
        *when(
            wanted.week == 0 and wanted.insulin.value == 0,
            Reason("no-baseline-insulin"),
        ),
        *when(work.session.scalar(known), Reason("known")),
    ]
    if reasons:
        raise Refused(say("the-measurements-were-not-taken"), reasons)
    row = Assessment(
        participant=person.number,
        week=wanted.week,
        protocol=governing.version,
        measured_on=measured_on,
        hba1c=wanted.hba1c,
        insulin=wanted.insulin,
        c_peptide=wanted.c_peptide,
        by=work.actor.login,
        at=work.now,
    )
    return facts(AssessmentFacts, work.add(row), says=say("entered"))
