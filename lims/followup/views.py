"""Pages of follow-up. Reactions and events are not shown to assessors."""

from flask import request

from lims.core.texts import named, say, say_each
from lims.followup import queries
from lims.followup.actions import amend_event, amend_outcome, assess_outcome, report_event
from lims.followup.queries import AssessmentFacts, EventFacts
from lims.protocol.queries import trial_in_force
from lims.protocol.sections import Trial
from lims.trust.amending import marked
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page, Pages
from lims.web.pictures import Curve, Picture, Point, picture_of
from lims.web.tables import Link, Table

pages = Pages("followup", say("menu.participants"))
EVENT = ("term", "onset", "severity", "serious", "related", "described")
OUTCOME = ("week", "measured_on", "hba1c", "insulin", "c_peptide")
COLUMNS = (
    say("participant"),
    say("week.label"),
    say("measured-on"),
    "HbA1c",
    say("insulin"),
    say("c-peptide"),
    say("by"),
)


@pages.read(
    "/events",
    queries.events,
    may=Permission.READ_REACTIONS,
    menu=say("adverse-events"),
    is_list=True,
    sensitive=True,
)
def events(at: RequestContext, found: list[EventFacts]) -> Page:
    """All adverse events."""
    trial = trial_in_force(at)
    said = {str(term): term for term in trial.terms}
    rows = [
        (
            e.participant,
            Link(said.get(e.term, e.term), f"/followup/events/{e.id}"),
            *_told(e, EVENT[1:]),
        )
        for e in found
    ]
    columns = say_each(
        "participant", "event", "onset", "severity", "serious", "related", "description"
    )
    return Page(
        say("adverse-events"),
        tables=[Table("", columns, rows)],
        forms=[
            at.form(
                report_event,
                suggested={"participant": request.args.get("participant", "")},
                choices={"term": [*said.items()]},
            )
        ],
    )


@pages.read("/events/<event>", queries.event, may=Permission.READ_REACTIONS, sensitive=True)
def event(at: RequestContext, found: EventFacts) -> Page:
    """One adverse event, with what was amended in it."""
    terms = [(str(term), term) for term in trial_in_force(at).terms]
    labels = say_each("event", "onset", "severity", "serious", "related", "description")
    return Page(
        say("adverse-event"),
        facts=(
            (say("participant"), found.participant),
            *zip(labels, _told(found, EVENT), strict=True),
            (say("reported-by"), found.by),
            (say("reported.at"), found.at),
        ),
        forms=[
            at.form(
                amend_event,
                fixed={"participant": found.participant, "event": found.id},
                suggested={name: getattr(found, name) for name in EVENT},
                choices={"term": terms},
            )
        ],
        links=[(say("adverse-events"), "/followup/events")],
    )


@pages.read(
    "/assessments",
    queries.assessments,
    may=Permission.READ_WARD,
    menu=say("outcomes"),
    is_list=True,
    sensitive=True,
)
def assessments(at: RequestContext, found: list[AssessmentFacts]) -> Page:
    """All outcome measurements."""
    return Page(
        say("outcomes"),
        tables=[Table("", COLUMNS, _rows(found))],
        forms=[at.form(assess_outcome)],
    )


@pages.read(
    "/assessments/<assessment>", queries.assessment, may=Permission.READ_WARD, sensitive=True
)
def assessment(at: RequestContext, found: AssessmentFacts) -> Page:
    """One week's measurements, with what was amended in them."""
    return Page(
        say("outcomes"),
        facts=(
            (COLUMNS[0], found.participant),
            *zip(COLUMNS[1:-1], _told(found, OUTCOME), strict=True),
            (COLUMNS[-1], found.by),
            (say("entered.at"), found.at),
        ),
        forms=[
            at.form(
                amend_outcome,
                fixed={"participant": found.participant, "assessment": found.id},
                suggested={name: getattr(found, name) for name in OUTCOME},
            )
        ],
        links=[(say("follow-up"), f"/followup/participants/{found.participant}")],
    )


@pages.read(
    "/participants/<number>",
    queries.assessments_of,
    may=Permission.READ_WARD,
    is_list=True,
    sensitive=True,
)
def of_participant(at: RequestContext, found: list[AssessmentFacts]) -> Page:
    """One participant's measurements and the primary endpoint."""
    trial = trial_in_force(at)
    who = (request.view_args or {})["number"]
    reached = queries.endpoint_of(found, trial)
    fixed = {"participant": who}
    return Page(
        say("follow-up-of"),
        number=who,
        facts=((say("primary-endpoint"), named(reached)),) if reached else (),
        pictures=_pictures(found, trial),
        tables=[Table(say("outcomes"), COLUMNS, _rows(found))],
        forms=[at.form(assess_outcome, fixed=fixed)],
    )


def _pictures(found: list[AssessmentFacts], trial: Trial) -> list[Picture]:
    """HbA1c and insulin over the weeks, with what the endpoint asks for."""
    asked = trial.endpoint
    target = (
        [(asked.hba1c_below_pct, say("endpoint-below", limit=asked.hba1c_below_pct))]
        if asked
        else []
    )
    pictures = []
    for name, title, limits in (
        ("hba1c", say("hba1c-in-percent"), target),
        ("insulin", say("insulin-in-units"), []),
    ):
        points = [Point(a.week, getattr(a, name).value) for a in found]
        curve = Curve(title, points)
        pictures += picture_of(
            Picture(title, say("weeks.axis"), title, [curve], limits, whole=True)
        )
    return pictures


def _rows(found: list[AssessmentFacts]) -> list[tuple[object, ...]]:
    return [
        (
            a.participant,
            Link(str(a.week), f"/followup/assessments/{a.id}"),
            *_told(a, OUTCOME[1:]),
            a.by,
        )
        for a in found
    ]


def _told(fact: EventFacts | AssessmentFacts, names: tuple[str, ...]) -> list[object]:
    """Values in their order, marked where they were amended."""
    return [marked(fact, name) for name in names]
