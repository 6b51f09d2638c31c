"""One's own account: password, what proves it, open sessions, tokens for scripts."""

from flask import Response

from lims.accounts import queries
from lims.accounts.actions import change_password
from lims.accounts.factors import add_authenticator, confirm_authenticator
from lims.accounts.hospital import link_hospital_account, unlink_hospital_account
from lims.accounts.passkeys import add_passkey
from lims.accounts.pins import set_pin
from lims.accounts.views import pages
from lims.core.reasons import Reason
from lims.core.texts import joined, named, say, say_each
from lims.trust.identity.factors import factor_of, is_wanted
from lims.trust.identity.hospital import account_of, linking_proof
from lims.trust.identity.language import choose_language
from lims.trust.identity.passkeys import Asked, options_to_make, passkeys_of
from lims.trust.identity.people import Person, token_digest
from lims.trust.identity.roles import Permission
from lims.trust.identity.sessions import close_session, make_token
from lims.web.auth import noise, origin, token_of_request
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page
from lims.web.tables import Table


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
    by, hospital = found.password_set_by, at.site.settings.hospital
    linked = account_of(at.session, at.actor.login) if hospital else None
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
            *([(hospital.name, linked.known_as if linked else "–")] if hospital else ()),
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
            *_hospital(at),
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
        links=[(say("show-hospital-account", name=hospital.name), "/hospital/link")]
        if hospital and not by
        else (),
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


def _hospital(at: RequestContext) -> list[Form | None]:
    """What is next with one's account of the hospital: link what was just shown, or unlink."""
    shown = linking_proof(at.session, at.actor.login, at.now)
    linked = account_of(at.session, at.actor.login)
    return [
        at.form(link_hospital_account, opened=True) if shown else None,
        at.form(unlink_hospital_account) if linked else None,
    ]
