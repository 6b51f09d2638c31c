"""Pages of follow-up. Reactions and events are not shown to assessors."""

from lims.followup import queries
from lims.followup.actions import assess_outcome, report_event
from lims.followup.queries import AssessmentFacts, EventFacts
from lims.protocol.queries import trial_in_force
from lims.trust.permissions import Permission
from lims.web.pages import Desk, Pages, Shown, Table

pages = Pages("followup")
COLUMNS = ("Participant", "Week", "Measured on", "HbA1c", "Insulin", "C-peptide", "By")


@pages.read(
    "/events", queries.events, may=Permission.READ_REACTIONS, menu="Adverse events", is_list=True
)
def events(at: Desk, found: list[EventFacts]) -> Shown:
    """All adverse events."""
    trial = trial_in_force(at)
    terms = [(term, term) for term in trial.terms]
    rows = [
        (e.participant, e.term, e.onset, e.severity, e.serious, e.related, e.described)
        for e in found
    ]
    columns = ("Participant", "Event", "Onset", "Severity", "Serious", "Related", "Description")
    return Shown(
        "Adverse events",
        tables=[Table("", columns, rows)],
        forms=[at.form(report_event, choices={"term": terms})],
    )


@pages.read(
    "/assessments", queries.assessments, may=Permission.READ_WARD, menu="Outcomes", is_list=True
)
def assessments(at: Desk, found: list[AssessmentFacts]) -> Shown:
    """All outcome measurements."""
    return Shown(
        "Outcomes",
        tables=[Table("", COLUMNS, _rows(found))],
        forms=[at.form(assess_outcome)],
    )


@pages.read(
    "/participants/<number>", queries.assessments_of, may=Permission.READ_WARD, is_list=True
)
def of_participant(at: Desk, found: list[AssessmentFacts]) -> Shown:
    """One participant's measurements and the primary endpoint."""
    trial = trial_in_force(at)
    who = found[0].participant if found else ""
    reached = queries.endpoint_of(found, trial)
    fixed = {"participant": who} if who else {}
    return Shown(
        "Follow-up of",
        number=who,
        facts=(("Primary endpoint", reached.value.replace("_", " ")),) if reached else (),
        tables=[Table("Outcomes", COLUMNS, _rows(found))],
        forms=[at.form(assess_outcome, fixed=fixed)],
    )


def _rows(found: list[AssessmentFacts]) -> list[tuple[object, ...]]:
    return [
        (a.participant, a.week, a.measured_on, a.hba1c, a.insulin, a.c_peptide, a.by) for a in found
    ]
