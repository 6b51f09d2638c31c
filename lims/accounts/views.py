"""Pages of people for the administrator, and of one's own account for everybody."""

from collections.abc import Sequence

from flask import Response

from lims.accounts import queries, scanning
from lims.accounts.actions import (
    add_person,
    change_password,
    deactivate_person,
    end_role,
    grant_role,
    reset_password,
)
from lims.accounts.amending import amend_person
from lims.accounts.clock import accept_clock, clock_is_behind
from lims.accounts.factors import add_authenticator, confirm_authenticator, end_authenticator
from lims.accounts.passkeys import add_passkey
from lims.accounts.pins import set_pin
from lims.accounts.queries import PersonFacts
from lims.accounts.scanning import ReadCount
from lims.core.reasons import Reason
from lims.core.texts import joined, named, say, say_each
from lims.trust.actions import LITTLE
from lims.trust.identity.factors import factor_of, is_wanted
from lims.trust.identity.language import choose_language
from lims.trust.identity.passkeys import Asked, options_to_make, passkeys_of
from lims.trust.identity.people import Person, token_digest
from lims.trust.identity.roles import Permission, Role, Side
from lims.trust.identity.sessions import close_session, make_token
from lims.web.auth import noise, origin, token_of_request
from lims.web.context import RequestContext
from lims.web.forms import Form
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


@pages.page("/me", may=Permission.OWN_ACCOUNT)
def me(at: RequestContext) -> Page:
    """One's own account: password, open sessions, tokens for scripts."""
    found = queries.person(at.session, at.actor.login)
    opened = queries.sessions_of(at.session, at.actor.login, at.now)
    tokens = [(s.name, s.name) for s in opened if s.name]
    rows = [(s.name or say("browser"), s.station, s.opened_at, s.ends_at) for s in opened]
    here = token_digest(token_of_request())
    browsers = [
        (s.begins, say("browser-at-since", station=s.station or "–", since=s.opened_at))
        for s in opened
        if not s.name and not here.startswith(s.begins)
    ]
    keys = [(k.name, k.since, k.shown_at) for k in passkeys_of(at.session, at.actor.login)]
    by = found.password_set_by
    told = say("set-your-password-it-served", by=by)
    wanted, needed = is_wanted(at.site.settings, at.actor.roles), say("add-an-authenticator-first")
    choosing = [at.form(change_password, opened=True, title=say("choose-your-own-password"))]
    return Page(
        found.name,
        notice=[
            *([Reason("password-set-by-another", told)] if by else ()),
            *([] if at.actor.proved or not wanted else [Reason("code-needed", needed)]),
        ],
        facts=(
            (say("login.label"), found.login),
            (say("staff-number.label"), found.staff_number),
            (say("roles"), joined("between.words", map(named, sorted(at.actor.roles)))),
            (say("password-set"), found.password_set_at),
            (say("password-set-by"), by or say("yourself.there")),
        ),
        tables=[
            Table(say("open-sessions"), say_each("what", "station", "since", "until"), rows),
            Table(say("passkeys"), say_each("device-of-passkey", "since", "last"), keys),
        ],
        forms=choosing
        if by
        else [
            at.form(change_password),
            at.form(set_pin),
            *_authenticator(at),
            at.form(add_passkey, fixed={"credential": "", "origin": origin(at.site)}),
            at.form(choose_language, suggested={"language": at.actor.language}),
            at.form(make_token),
            at.form(
                close_session,
                fixed={"token": ""},
                choices={"name": tokens, "browser": browsers},
            )
            if tokens or browsers
            else None,
        ],
    )


@pages.file("/passkey", may=Permission.OWN_ACCOUNT)
def passkey_options(at: RequestContext) -> Response:
    """What the browser is told to make a passkey."""
    person = at.session.get_one(Person, at.actor.login)
    asked = Asked(origin(at.site), at.site.keyed, at.site.clock())
    known = passkeys_of(at.session, at.actor.login)
    told = options_to_make(asked, noise(at.site), person, known)
    return Response(told, mimetype="application/json")


def _authenticator(at: RequestContext) -> list[Form | None]:
    """What is next with one's authenticator: make one, or prove the new one."""
    if factor_of(at.session, at.actor.login):
        return []
    waits = factor_of(at.session, at.actor.login, confirmed=False)
    must = is_wanted(at.site.settings, at.actor.roles)
    proving = [at.form(confirm_authenticator, opened=True)] if waits else []
    return [*proving, at.form(add_authenticator, opened=must and not waits)]


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
