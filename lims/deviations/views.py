"""Pages of deviations."""

from collections.abc import Sequence
from datetime import timedelta

from lims.core.texts import say, say_each
from lims.deviations import queries
from lims.deviations.actions import amend_deviation, close_deviation, open_deviation
from lims.deviations.queries import DeviationFacts
from lims.deviations.rules import DeviationKind, DeviationStanding, closing_reasons
from lims.genealogy.hands import hands_on_each
from lims.identifiers.numbers import Kind
from lims.protocol.queries import trial_in_force
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page, Pages
from lims.web.tables import Table, Todo

pages = Pages("deviations", say("menu.quality"))
LAB = Permission.READ_LAB


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
            (say("conclusion"), found.conclusion),
            (say("closed.label"), found.closed_at),
            (say("closed-by"), found.closed_by),
        ),
        forms=[
            at.form(close_deviation, fixed={"number": found.number}),
            at.form(amend_deviation, fixed={"number": found.number}, suggested={"what": found.what})
            if found.code is DeviationKind.REPORTED
            else None,
        ]
        if still_open
        else [],
    )


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
