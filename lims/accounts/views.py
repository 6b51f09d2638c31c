"""Pages of people for the administrator."""

from collections.abc import Sequence

from lims.accounts import queries, scanning
from lims.accounts.actions import (
    add_person,
    deactivate_person,
    end_role,
    grant_role,
    reset_password,
)
from lims.accounts.amending import amend_person
from lims.accounts.clock import accept_clock, clock_is_behind
from lims.accounts.factors import end_authenticator
from lims.accounts.queries import PersonFacts
from lims.accounts.scanning import ReadCount
from lims.core.texts import joined, named, say, say_each
from lims.trust.actions import LITTLE
from lims.trust.identity.roles import Permission, Role, Side
from lims.web.context import RequestContext
from lims.web.history import history_of
from lims.web.pages import Page, Pages
from lims.web.tables import Link, Table, Todo

pages = Pages("accounts")
pages.always = True  # without people nobody could approve anything


@pages.read(
    "/people", queries.people, may=Permission.MANAGE_ACCOUNTS, menu=say("people"), is_list=True
)
def people(at: RequestContext, found: list[PersonFacts]) -> Page:
    """Everybody."""
    rows = [
        (Link(p.login, f"/accounts/people/{p.login}"), p.name, p.staff_number,
         joined("between.words", [named(g.role) for g in p.grants if not g.until]), p.active)
        for p in found
    ]  # fmt: skip
    names = [(p.login, f"{p.name} ({p.login})") for p in found if p.active]
    return Page(
        say("people"),
        tables=[
            Table(
                "",
                say_each("login.label", "name", "staff-number.label", "roles", "active"),
                rows,
            )
        ],
        forms=[
            at.form(add_person),
            at.form(grant_role, choices={"login": names}),
            at.form(end_role, choices={"login": names}),
            at.form(amend_person, choices={"login": names}),
            at.form(reset_password, choices={"login": names}),
            at.form(deactivate_person, choices={"login": names}, danger=True),
            at.form(accept_clock, danger=True)
            if clock_is_behind(at.connection, at.site.clock())
            else None,
        ],
    )


@pages.read("/people/<login>", queries.person, may=Permission.MANAGE_ACCOUNTS)
def person(at: RequestContext, found: PersonFacts) -> Page:
    """One person: every role they ever had, and what was put right."""
    grants = [(g.role, g.since, g.until) for g in found.grants]
    return Page(
        found.name,
        facts=(
            (say("login.label"), found.login),
            (say("staff-number.label"), found.staff_number),
            (say("active"), found.active),
        ),
        tables=[
            Table(say("roles"), say_each("what", "since", "until"), grants),
            *history_of(at.session, at.actor, found.login),
        ],
        forms=[
            at.form(act, fixed={"login": found.login}, danger=act is deactivate_person)
            for act in (
                grant_role,
                end_role,
                amend_person,
                reset_password,
                end_authenticator,
                deactivate_person,
            )
        ]
        if found.active
        else [at.form(amend_person, fixed={"login": found.login})],
        links=[(say("people"), "/accounts/people")],
    )


@pages.todo(Permission.MANAGE_ACCOUNTS)
def to_set_clock(at: RequestContext) -> Sequence[Todo]:
    """The server's clock went back: nothing is judged."""
    if at.site.behind <= LITTLE:
        return []
    told = say("clock-is-behind", behind=at.site.behind)
    return [Todo(say("set-the-clock"), "", told, at.now, "/accounts/people", accept_clock)]


@pages.todo(Permission.MANAGE_ACCOUNTS)
def to_keep_anchors(at: RequestContext) -> Sequence[Todo]:
    """The newest seals cannot be written where they are kept."""
    return [
        Todo(
            say("keep-anchors"),
            "",
            say("anchors-cannot-be-kept", why=why),
            at.now,
            "/accounts/people",
        )
        for why in at.site.anchors.troubles
    ]


def scans_page(at: RequestContext, found: list[ReadCount], side: Side) -> Page:
    """How the codes of one side were read; each side shows its own."""
    reads, typed = sum(n.reads for n in found), sum(n.by_hand for n in found)
    share = f"{100 * typed / reads:.1f} %" if reads else "–"
    rows = [(n.by, n.station, n.action, n.reads, n.by_hand, n.last_at) for n in found]
    entries = [
        (n.at, n.by, n.station, n.action, n.field, n.raw, n.why)
        for n in scanning.typed_entries(at.session, side)
    ]
    because = [(n.why, n.station, n.count) for n in scanning.typed_by_reason(at.session, side)]
    return Page(
        say("how-codes-were-read"),
        facts=((say("codes"), reads), (say("typed-by-hand"), typed), (say("share-typed"), share)),
        tables=[
            Table(say("by-person-station-and-action"),
                  say_each("person", "station", "action", "codes", "by-hand", "last"), rows),
            Table(say("typed-because"), say_each("because", "station", "codes"), because),
            Table(say("typed-by-hand-newest-first"),
                  say_each("when", "person", "station", "action", "entry", "code", "because"), entries),
        ],
    )  # fmt: skip


@pages.todo(Permission.MANAGE_ACCOUNTS)
def to_set_up(at: RequestContext) -> Sequence[Todo]:
    """Each role that nobody has: its work would be done by nobody."""
    held = queries.roles_held(at.session)
    return [
        Todo(
            say("add-first-of-role"),
            "",
            say("nobody-is-role", role=named(role)),
            href="/accounts/people",
            act=add_person,
        )
        for role in Role
        if role not in held
    ]
