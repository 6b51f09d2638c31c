"""Pages of deviations."""

from collections.abc import Sequence
from datetime import timedelta

from lims.core.db import Who
from lims.core.texts import say, say_each
from lims.deviations import queries
from lims.deviations.actions import amend_deviation, close_deviation, open_deviation
from lims.deviations.assessing import assess_deviation
from lims.deviations.capa import plan_capa
from lims.deviations.capa_queries import capas_of
from lims.deviations.queries import DeviationFacts
from lims.deviations.rules import DeviationKind, DeviationStanding, closing_reasons
from lims.genealogy.hands import hands_on_each
from lims.identifiers.numbers import Kind
from lims.protocol.queries import trial_in_force
from lims.training.queries import staff
from lims.trust.identity.roles import Permission, Side
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page, Pages
from lims.web.tables import Link, Table, Todo

pages = Pages("deviations", say("menu.quality"))
LAB = Permission.READ_LAB
ASSESSED = ("severity", "immediate", "cause", "risk")


@pages.read("/", queries.deviations, may=LAB, menu=say("deviations"), is_list=True)
def deviations(at: RequestContext, found: list[DeviationFacts]) -> Page:
    """All deviations."""
    rows = [(d.number, d.standing, d.about, d.what, d.opened_at) for d in found]
    columns = say_each("number", "standing", "about", "what", "opened")
    return Page(
        say("deviations"),
        tables=[Table("", columns, rows, say("no-deviation-so-far"))],
        forms=[at.form(open_deviation, then="/deviations/{made}")],
    )


@pages.read("/<number>", queries.deviation, may=LAB, opens=Kind.DEVIATION)
def deviation(at: RequestContext, found: DeviationFacts) -> Page:
    """One deviation."""
    still_open = found.standing is DeviationStanding.OPEN
    return Page(
        say("deviation"),
        number=found.number,
        standing=found.standing,
        facts=(
            (say("about"), found.about),
            (say("kind"), found.code),
            (say("what-happened"), found.what),
            (say("opened"), found.opened_at),
            (say("opened-by"), found.opened_by),
            (say("severity.of-deviation"), found.severity),
            (say("done-at-once"), found.immediate),
            (say("cause"), found.cause),
            (say("risk"), found.risk),
            (say("assessed-by"), found.assessed_by),
            (say("conclusion"), found.conclusion),
            (say("closed.label"), found.closed_at),
            (say("closed-by"), found.closed_by),
        ),
        tables=measures_of(at, found.number),
        forms=[
            at.form(close_deviation, fixed={"number": found.number}),
            at.form(
                assess_deviation,
                fixed={"number": found.number},
                suggested={name: getattr(found, name) for name in ASSESSED},
            ),
            plan_form(at, found.number),
            at.form(amend_deviation, fixed={"number": found.number}, suggested={"what": found.what})
            if found.code is DeviationKind.REPORTED
            else None,
        ]
        if still_open
        else [plan_form(at, found.number)],
    )


def measures_of(at: RequestContext, number: str) -> list[Table]:
    """What is done about a deviation."""
    rows = [
        (
            Link(one.what, f"/deviations/capa/{one.id}"),
            one.standing,
            one.kind,
            Who(one.owner),
            one.due_on,
        )
        for one in capas_of(at.session, number)
    ]
    columns = say_each("measure", "standing", "kind", "who-answers-for-it", "due-on")
    return [Table(say("measures"), columns, rows)] if rows else []


def plan_form(at: RequestContext, number: str) -> Form | None:
    """The way to one more measure."""
    people = [(one.login, one.name) for one in staff(at.session, Side.LAB)]
    fixed = {"deviation": number}
    return at.form(plan_capa, fixed=fixed, choices={"owner": people}, then=f"/deviations/{number}")


@pages.todo(Permission.RELEASE_LOT)
def waiting(at: RequestContext) -> Sequence[Todo]:
    """Open deviations wait for QA."""
    still_open = queries.open_deviations(at.session)
    hands = hands_on_each(at.session, sorted({d.about for d in still_open}))
    due = timedelta(days=trial_in_force(at).deviation_days)
    return [
        Todo(say("close-deviation"), d.number, d.what, d.opened_at + due, act=close_deviation)
        for d in still_open
        if not closing_reasons(d.opened_by, hands[d.about], at.actor.login)
    ]
