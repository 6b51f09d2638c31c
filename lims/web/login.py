"""How people come in and leave: log in, lock, unlock, log out; and in which language they are asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from flask import Response, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response as BaseResponse

from lims.core.errors import Missing, Refused
from lims.core.reasons import Reason
from lims.core.texts import LANGUAGES
from lims.trust.actions import Request, perform
from lims.trust.identity.devices import station_of
from lims.trust.identity.entering import Shown, left_open
from lims.trust.identity.passkeys import Asked, options_to_show
from lims.trust.identity.passwords import (
    FactorGiven,
    FactorShown,
    prove_factor,
    prove_login,
    prove_pin,
    proved_until,
    stronger_hash,
)
from lims.trust.identity.people import Actor, actor_named
from lims.trust.identity.roles import Permission, Role
from lims.trust.identity.sessions import (
    CloseSession,
    LockSession,
    Opened,
    OpenSession,
    close_session,
    lock_session,
    open_session,
)
from lims.trust.identity.signatures import Credentials
from lims.trust.installation import Site
from lims.web.auth import noise, origin, token_of_request
from lims.web.context import RequestContext, request_context
from lims.web.cookies import DEVICE, LANGUAGE, SESSION, called, device_here, kept
from lims.web.pages import Pages
from lims.web.posts import GOES_ON, local_path
from lims.web.tour import DONE

LONG: Final = timedelta(days=400)  # the longest that browsers keep anything (RFC 6265bis)


def add_before_login(front: Pages, site: Site) -> None:
    """What a browser asks before anybody has logged in: a challenge for a passkey, a language."""

    @front.get("/login/passkey")
    def passkey() -> Response:
        """What the browser is told to show a passkey; the same for everybody."""
        asked = Asked(origin(site), site.keyed, site.clock())
        told = options_to_show(asked, noise(site))
        return Response(told, mimetype="application/json")

    @front.post("/language")
    def language() -> Response:
        """Speak another language at this browser, to whoever has not chosen one."""
        chosen = request.form.get("language", "")
        if chosen not in LANGUAGES:
            raise Missing
        response = redirect(local_path(request.form.get("then", "")), 303)
        _keep(site, response, LANGUAGE, chosen, LONG)
        return response  # type: ignore[return-value]


def add_login(front: Pages, site: Site) -> None:
    """Log in with a password, or back in with badge and PIN."""

    @front.get("/login")
    def login() -> Response:
        """The page; a browser that was never here gets what tells it from all others."""
        response = make_response(login_page(site, request.args.get("then", ""), ()))
        _keep(site, response, DEVICE, kept(DEVICE) or noise(site), LONG)  # and again for as long
        return response

    @front.post("/unlock")
    def unlock() -> Response | tuple[str, int]:
        """The same person goes on where they locked the page, with badge and PIN."""
        badge, pin = request.form.get("badge", "")[:200], request.form.get("pin", "")[:200]
        left = _shown()
        try:
            actor, until = prove_pin(site, badge, pin, left, place(site)[1])
        except Refused as error:
            return login_page(site, "", error.reasons), 409
        proved = bool(proved_until(site, actor, left))
        wanted = OpenSession(actor.station, until, proved=proved, device=device_here())
        opened = perform(site, open_session, wanted, Request(actor))
        perform(site, close_session, CloseSession(token=left.token), Request(actor))
        return entered(site, opened, url_for("accounts.me"))

    @front.post("/login")
    def log_in() -> Response | tuple[str, int]:
        form = request.form
        station = station_in(form.get("station", ""))
        given = Credentials(form.get("login", "").strip()[:200], form.get("password", ""))
        then = form.get("then", "")
        try:
            beside = FactorGiven(form.get("code", "")[:20], form.get("passkey", ""), origin(site))
            actor, wanted = _proved(site, given, station, beside)
            opened = come_in(site, actor, wanted)
        except Refused as error:
            return login_page(site, then, error.reasons, given.login), 409
        return entered(site, opened, local_path(then))


def station_in(text: str) -> str:
    """Where somebody says that they work."""
    return "".join(c for c in text if c.isprintable()).strip()[:80]


def login_page(site: Site, then: str, reasons: Sequence[Reason], login: str = "") -> str:
    """The page with what spoke against; the name stays."""
    station, _ = place(site)
    return render_template("login.html", then=then, reasons=reasons, entered=login, station=station)


def _shown() -> Shown:
    return Shown(kept(SESSION), kept(DEVICE))


def place(site: Site) -> tuple[str, str]:
    """The registered station that this is, if it is one; and where failures here are counted.

    A ward shares its address: at a registered station nobody is paused by what was tried elsewhere.
    """
    with site.reading() as session:
        found = station_of(session, device_here())
    address = request.remote_addr or ""
    return (found.name, f"station {found.name}") if found else ("", address)


def may_come_in(site: Site, actor: Actor, registered: str) -> None:
    """Refuse whoever logs in at no registered station, where that is wanted."""
    if site.settings.only_stations and not registered and Role.ADMIN not in actor.roles:
        raise Refused(Reason("station-not-registered"))


def come_in(site: Site, actor: Actor, wanted: OpenSession) -> Opened:
    """Open the session, and let go of whoever was here before: page, cookie and all."""
    opened = perform(site, open_session, wanted, Request(actor))
    _leave_earlier(site)
    tried = cookie.get(DONE)
    cookie.clear()  # a form that somebody else left open is not sent in this name
    if tried:
        cookie[DONE] = tried
    return opened


def _proved(
    site: Site, given: Credentials, station: str, beside: FactorGiven
) -> tuple[Actor, OpenSession]:
    """Prove password and what is beside it; what was shown before is not asked."""
    registered, where = place(site)
    station = registered or station
    actor = prove_login(site, given, station, where)
    may_come_in(site, actor, registered)
    until = proved_until(site, actor, _shown())
    second = FactorShown() if until else prove_factor(site, actor, beside, where)
    key = second.passkey
    wanted = OpenSession(
        station,
        until,
        stronger_hash(site, given, actor),
        second.step,
        proved=until is not None,
        device=device_here(),
        passkey=key.id if key else "",
        asked_at=key.asked_at if key else None,
        uses=key.uses if key else 0,
    )
    return actor, wanted


def _leave_earlier(site: Site) -> None:
    """Close the session that this browser had before: nobody could reach it any more."""
    with site.reading() as session:
        left = left_open(session, _shown(), site.clock())
        owner = actor_named(session, left.login, site.clock(), left.station) if left else None
    if owner is not None:
        perform(site, close_session, CloseSession(token=kept(SESSION)), Request(owner))


def _keep(
    site: Site, response: BaseResponse, name: str, value: str, long: timedelta | None
) -> None:
    """Let the browser keep it: out of reach for scripts and other hosts."""
    secure = site.settings.secure_cookies
    response.set_cookie(
        called(name, secure=secure),
        value,
        max_age=long,
        httponly=True,
        secure=secure,
        samesite="Strict",
    )


def entered(site: Site, opened: Opened, then: str) -> Response:
    """Let the browser keep the new session, and go on."""
    response = redirect(then, 303)
    _keep(site, response, SESSION, opened.token, None)
    if device := kept(DEVICE):
        _keep(site, response, DEVICE, device, LONG)
    return response  # type: ignore[return-value]


def add_leaving(front: Pages, site: Site) -> None:
    """Lock the page, log out, or stay here when a password was changed."""

    def stay(at: RequestContext, then: str) -> Response:
        """Whose password was changed has a new session here; every other one is closed."""
        return stays(at, then, OpenSession(proved=at.actor.proved))

    def stay_shown(at: RequestContext, then: str) -> Response:
        """The same, for who has just shown here what each log-in will ask for."""
        return stays(at, then, OpenSession(shown=True))

    def stays(at: RequestContext, then: str, wanted: OpenSession) -> Response:
        actor = replace(at.actor, must_choose=False)
        again = replace(wanted, station=actor.station, device=device_here())
        return entered(site, perform(site, open_session, again, Request(actor)), then)

    GOES_ON["accounts/change-password"] = stay
    GOES_ON["accounts/confirm-authenticator"] = stay_shown
    GOES_ON["accounts/add-passkey"] = stay_shown

    def log_out() -> Response:
        at = request_context()
        command = CloseSession(token=token_of_request())
        perform(site, close_session, command, Request(at.actor))
        response = redirect(url_for("front.login"), 303)
        secure = site.settings.secure_cookies
        response.delete_cookie(called(SESSION, secure=secure), secure=secure)
        return response  # type: ignore[return-value]

    def lock() -> Response:
        """Whoever leaves locks: a reload shows nothing; the cookie says whose page it was."""
        at = request_context()
        perform(site, lock_session, LockSession(token_of_request()), Request(at.actor))
        return redirect(url_for("front.login"), 303)  # type: ignore[return-value]

    for view, path in ((log_out, "/logout"), (lock, "/lock")):
        view.may = Permission.OWN_ACCOUNT  # type: ignore[attr-defined]
        front.add_url_rule(path, view.__name__, view, methods=["POST"])
