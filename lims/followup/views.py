"""Pages of follow-up. Reactions and events are not shown to assessors."""

from lims.core.texts import named, say, say_each
from lims.followup import queries
from lims.followup.actions import assess_outcome, report_event
from lims.followup.queries import AssessmentFacts, EventFacts
from lims.protocol.queries import trial_in_force
from lims.trust.identity.roles import Permission
from lims.web.pages import Page, Pages, RequestContext, Table

pages = Pages("followup")
COLUMNS = (
    say("participant"),
    say("week.label"),
    say("measured-on"),
    "HbA1c",
    say("insulin"),
    "C-peptide",
    say("by"),
)


@pages.read(
    "/events",
    queries.events,
    may=Permission.READ_REACTIONS,
    menu=say("adverse-events"),
    is_list=True,
)
def events(at: RequestContext, found: list[EventFacts]) -> Page:
    """All adverse events."""
    trial = trial_in_force(at)
    terms = [(term, term) for term in trial.terms]
    rows = [
        (e.participant, e.term, e.onset, e.severity, e.serious, e.related, e.described)
        for e in found
    ]
    columns = say_each(
        "participant", "event", "onset", "severity", "serious", "related", "description"
    )
    return Page(
        say("adverse-events"),
        tables=[Table("", columns, rows)],
        forms=[at.form(report_event, choices={"term": terms})],
    )


@pages.read(
    "/assessments",
    queries.assessments,
    may=Permission.READ_WARD,
    menu=say("outcomes"),
    is_list=True,
)
def assessments(at: RequestContext, found: list[AssessmentFacts]) -> Page:
    """All outcome measurements."""
    return Page(
        say("outcomes"),
        tables=[Table("", COLUMNS, _rows(found))],
        forms=[at.form(assess_outcome)],
    )


@pages.read(
    "/participants/<number>", queries.assessments_of, may=Permission.READ_WARD, is_list=True
)
def of_participant(at: RequestContext, found: list[AssessmentFacts]) -> Page:
    """One participant's measurements and the primary endpoint."""
    trial = trial_in_force(at)
    who = found[0].participant if found else ""
    reached = queries.endpoint_of(found, trial)
    fixed = {"participant": who} if who else {}
    return Page(
        say("follow-up-of"),
        number=who,
        facts=((say("primary-endpoint"), named(reached)),) if reached else (),
        tables=[Table(say("outcomes"), COLUMNS, _rows(found))],
        forms=[at.form(assess_outcome, fixed=fixed)],
    )


def _rows(found: list[AssessmentFacts]) -> list[tuple[object, ...]]:
    return [
        (a.participant, a.week, a.measured_on, a.hba1c, a.insulin, a.c_peptide, a.by) for a in found
    ]
