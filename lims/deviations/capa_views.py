"""Pages of measures after deviations: all of them, one, and what of them waits for whom."""

from collections.abc import Sequence
from datetime import date

from lims.core.days import end_of
from lims.core.db import Who
from lims.core.texts import named, say, say_each
from lims.deviations import capa_queries as queries
from lims.deviations.capa import check_capa, drop_capa, replan_capa, report_capa
from lims.deviations.capa_queries import CapaFacts
from lims.deviations.rules import CapaStanding, checking_day_reasons, checking_reasons
from lims.deviations.views import LAB, pages
from lims.training.queries import staff
from lims.trust.identity.roles import Permission, Side
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page
from lims.web.tables import Link, Table, Todo


@pages.read("/capa", queries.capas, may=LAB, menu=say("measures"), is_list=True)
def capas(_at: RequestContext, found: list[CapaFacts]) -> Page:
    """All measures."""
    rows = [
        (
            Link(one.what, f"/deviations/capa/{one.id}"), one.standing, one.kind, one.deviation,
            Who(one.owner), one.due_on, one.check_on,
        )
        for one in found
    ]  # fmt: skip
    columns = say_each(
        "measure", "standing", "kind", "deviation", "who-answers-for-it", "due-on", "check-on"
    )
    return Page(say("measures"), tables=[Table("", columns, rows, say("no-measure-so-far"))])


@pages.read("/capa/<capa>", queries.capa, may=LAB)
def capa(at: RequestContext, found: CapaFacts) -> Page:
    """One measure."""
    return Page(
        say("measure"),
        standing=found.standing,
        facts=(
            (say("deviation"), found.deviation),
            (say("kind"), found.kind),
            (say("what-will-be-done"), found.what),
            (say("who-answers-for-it"), Who(found.owner)),
            (say("due-on"), found.due_on),
            (say("check-on"), found.check_on),
            (say("planned-by"), found.by),
            (say("what-was-done"), found.report),
            (say("when"), found.done_at),
            (say("how-one-knows"), found.evidence),
            (say("checked-by"), found.checked_by),
        ),
        forms=_forms(at, found),
    )


def _forms(at: RequestContext, found: CapaFacts) -> list[Form | None]:
    fixed = {"capa": found.id}
    if found.standing is CapaStanding.DONE:
        return [at.form(check_capa, fixed=fixed)]
    if found.standing is not CapaStanding.PLANNED:
        return []
    people = [(one.login, one.name) for one in staff(at.session, Side.LAB)]
    plan = {name: getattr(found, name) for name in ("owner", "due_on", "check_on")}
    return [
        at.form(report_capa, fixed=fixed) if found.owner == at.actor.login else None,
        at.form(replan_capa, fixed=fixed, suggested=plan, choices={"owner": people}),
        at.form(drop_capa, fixed=fixed, danger=True, aside=True),
    ]


def _todo(at: RequestContext, what: str, one: CapaFacts, day: date) -> Todo:
    why = say("measure-of", kind=named(one.kind), what=one.what)
    href = f"/deviations/capa/{one.id}"
    return Todo(what, one.deviation, why, end_of(day, at.zone), href=href)


@pages.todo(LAB)
def waiting(at: RequestContext) -> Sequence[Todo]:
    """What one answers for and has not done; for QA, what was done: does it work?"""
    who, todos = at.actor, []
    for one in queries.capas_under_way(at.session):
        checks = who.may(Permission.RELEASE_LOT) and one.standing is CapaStanding.DONE
        own = checking_reasons(who.login, one.owner, one.done_by)
        if one.standing is CapaStanding.PLANNED and one.owner == who.login:
            todos.append(_todo(at, say("do-the-measure"), one, one.due_on))
        elif checks and not own and not checking_day_reasons(one.check_on, at.today):
            todos.append(_todo(at, say("check-whether-it-works"), one, one.check_on))
    return todos
