"""Who has read what and is signed off on it; what one has to read; what is delegated."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lims.core.days import end_of
from lims.core.db import Who
from lims.core.texts import named, say, say_each
from lims.training import queries
from lims.training.actions import (
    delegate_task,
    end_delegation,
    end_sign_off,
    issue_procedure,
    read_procedure,
    sign_off_person,
    withdraw_procedure,
)
from lims.training.queries import ProcedureFacts, Trained
from lims.trust.identity.roles import Permission, Side
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page, Pages
from lims.web.tables import Table, Todo

pages = Pages("training", say("menu.quality"))
SOON = timedelta(days=30)
MANAGE = Permission.MANAGE_TRAINING


@pages.page("/", may=Permission.OWN_ACCOUNT, menu=say("training"))
def overview(at: RequestContext) -> Page:
    """One's own procedures; for who trains others, everybody's."""
    found = queries.governing(at.session, at.actor.side, at.today)
    states = queries.training(at.session, [one.id for one in found])
    mine = [_mine(one, states.get((one.id, at.actor.login))) for one in found]
    columns = say_each("procedure", "version", "what", "effective-from", "where-its-text-is")
    own = (*columns, *say_each("read", "signed-off-until"))
    unread = [o for o in found if _unread(states.get((o.id, at.actor.login)))]
    forms = [
        at.form(
            read_procedure, fixed={"procedure": one.id}, title=say("i-have-read", what=one.named)
        )
        for one in unread
    ]
    tables = [Table(say("my-training"), own, mine)]
    if at.actor.may(MANAGE):
        tables.append(_everybody(at, found, states))
        forms += _managing(at, found, states)
    if at.actor.side is Side.WARD:
        tables.append(_delegated(at))
        forms += _delegating(at)
    return Page(say("training"), tables=tables, forms=forms)


def _unread(state: Trained | None) -> bool:
    return state is None or state.read_at is None


def _mine(one: ProcedureFacts, state: Trained | None) -> tuple[object, ...]:
    read_at, until = (state.read_at, state.until) if state else (None, None)
    return (one.number, one.version, one.title, one.effective_on, one.kept_at, read_at, until)


def _everybody(
    at: RequestContext, found: Sequence[ProcedureFacts], states: dict[tuple[int, str], Trained]
) -> Table:
    rows = []
    staff = queries.staff(at.session, at.actor.side)
    for one in found:
        for person in staff:
            state = states.get((one.id, person.login))
            read_at, until = (state.read_at, state.until) if state else (None, None)
            needed = named(one.permission) if one.permission else ""
            rows.append((Who(person.login), one.number, one.version, needed, read_at, until))
    columns = say_each("person", "procedure", "version", "needed-for", "read", "signed-off-until")
    return Table(say("training-of-all"), columns, rows)


def _managing(
    at: RequestContext, found: Sequence[ProcedureFacts], states: dict[tuple[int, str], Trained]
) -> list[Form | None]:
    staff = [(p.login, p.name) for p in queries.staff(at.session, at.actor.side)]
    which = [(str(one.id), one.named) for one in found]
    names = dict(which)
    signed = [
        (str(s.sign_off), f"{s.login} · {names[str(s.procedure)]}")
        for s in states.values()
        if s.sign_off is not None
    ]
    people = [one for one in staff if one[0] != at.actor.login]
    chosen = {"procedure": which, "login": people}
    return [
        at.form(sign_off_person, choices=chosen) if which else None,
        at.form(issue_procedure),
        at.form(end_sign_off, choices={"sign_off": signed}) if signed else None,
        at.form(withdraw_procedure, choices={"procedure": which}, danger=True) if which else None,
    ]


def _delegated(at: RequestContext) -> Table:
    rows = [
        (Who(d.login), named(d.task), d.since, d.until, Who(d.by), d.ended_at)
        for d in queries.delegations(at.session)
    ]
    columns = say_each("person", "task", "from-day", "to-day", "who", "ended.label")
    return Table(say("delegated-tasks"), columns, rows)


def _delegating(at: RequestContext) -> list[Form | None]:
    staff = [(p.login, p.name) for p in queries.staff(at.session, Side.WARD)]
    going = [
        (str(d.id), f"{d.login} · {named(d.task)}")
        for d in queries.delegations(at.session)
        if d.ended_at is None and d.until >= at.today
    ]
    return [
        at.form(delegate_task, choices={"login": staff}),
        at.form(end_delegation, choices={"delegation": going}) if going else None,
    ]


@pages.todo(Permission.OWN_ACCOUNT)
def to_read(at: RequestContext) -> Sequence[Todo]:
    """Procedures that one has not read, by the day from which they are effective."""
    found = queries.governing(at.session, at.actor.side, at.today)
    states = queries.training(at.session, [one.id for one in found])
    return [
        Todo(
            say("read-procedure"), "", one.named, _morning_of(at, one), "/training/", read_procedure
        )
        for one in found
        if _unread(states.get((one.id, at.actor.login)))
    ]


def _morning_of(at: RequestContext, one: ProcedureFacts) -> datetime:
    return end_of(one.effective_on - timedelta(days=1), at.zone)


@pages.todo(MANAGE)
def to_sign_off(at: RequestContext) -> Sequence[Todo]:
    """Who has read and is not signed off, and whose signing off ends soon."""
    found = {one.id: one for one in queries.governing(at.session, at.actor.side, at.today)}
    states = queries.training(at.session, list(found))
    todos = []
    for (procedure, login), state in sorted(states.items()):
        told = say("who-on-what", who=login, what=found[procedure].named)
        if login == at.actor.login:
            continue
        if state.until is None:
            todos.append(Todo(say("sign-off"), "", told, None, "/training/", sign_off_person))
        elif state.until < at.today + SOON:
            due = end_of(state.until, at.zone)
            todos.append(Todo(say("sign-off-again"), "", told, due, "/training/", sign_off_person))
    return todos
