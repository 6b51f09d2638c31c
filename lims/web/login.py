"""How people come in and leave: log in, lock, unlock, log out; and in which language they are asked."""

from dataclasses import replace
from datetime import timedelta

from flask import Response, redirect, render_template, request, url_for
from flask import session as cookie

from lims.core.errors import Missing, Refused
from lims.core.texts import LANGUAGES
from lims.trust.actions import Request, perform
from lims.trust.identity.entering import entrant
from lims.trust.identity.passwords import (
    prove_code,
    prove_login,
    prove_pin,
    proved_until,
    stronger_hash,
)
from lims.trust.identity.roles import Permission
from lims.trust.identity.sessions import (
    LONGEST_SESSION,
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
from lims.web.auth import token_of_request
from lims.web.context import RequestContext, request_context
from lims.web.cookies import LANGUAGE, SESSION, called, kept
from lims.web.pages import Pages
from lims.web.posts import GOES_ON, local_path
from lims.web.tour import DONE


def add_login(front: Pages, site: Site) -> None:
    """Log in with a password, or back in with badge and PIN; before, choose a language."""

    @front.get("/login")
    def login() -> str:
        return render_template("login.html", then=request.args.get("then", ""), reasons=())

    @front.post("/language")
    def language() -> Response:
        """Speak another language at this browser, to whoever has not chosen one."""
        chosen = request.form.get("language", "")
        if chosen not in LANGUAGES:
            raise Missing
        response = redirect(local_path(request.form.get("then", "")), 303)
        response.set_cookie(
            called(LANGUAGE, secure=site.settings.secure_cookies),
            chosen,
            max_age=timedelta(days=365),
            httponly=True,
            secure=site.settings.secure_cookies,
            samesite="Strict",
        )
        return response  # type: ignore[return-value]

    @front.post("/unlock")
    def unlock() -> Response | tuple[str, int]:
        """The same person goes on where they locked the page, with badge and PIN."""
        badge, pin = request.form.get("badge", "")[:200], request.form.get("pin", "")[:200]
        left = token_of_request()
        try:
            actor, until = prove_pin(site, badge, pin, left, request.remote_addr or "")
        except Refused as error:
            return render_template("login.html", then="", reasons=error.reasons), 409
        wanted = OpenSession(actor.station, until, proved=bool(proved_until(site, actor, left)))
        opened = perform(site, open_session, wanted, Request(actor))
        perform(site, close_session, CloseSession(token=left), Request(actor))
        return _entered(site, opened, url_for("accounts.me"))

    @front.post("/login")
    def log_in() -> Response | tuple[str, int]:
        form = request.form
        station = "".join(c for c in form.get("station", "") if c.isprintable()).strip()[:80]
        given = Credentials(form.get("login", "").strip()[:200], form.get("password", ""))
        then = form.get("then", "")
        try:
            opened = _come_in(site, given, station, form.get("code", "")[:20])
            _leave_earlier(site)
            tried = cookie.get(DONE)
            cookie.clear()  # a form that somebody else left open is not sent in this name
            if tried:
                cookie[DONE] = tried
        except Refused as error:
            page = render_template(
                "login.html", then=then, reasons=error.reasons, entered=given.login
            )
            return page, 409
        return _entered(site, opened, local_path(then))


def _come_in(site: Site, given: Credentials, station: str, code: str) -> Opened:
    """Prove password and code, and open a session; where a code was shown before, none is asked for."""
    address = request.remote_addr or ""
    actor = prove_login(site, given, station, address)
    until = proved_until(site, actor, kept(SESSION))
    step = 0 if until else prove_code(site, actor, code, address)
    stronger = stronger_hash(site, given, actor)
    wanted = OpenSession(station, until, stronger, step, proved=until is not None)
    return perform(site, open_session, wanted, Request(actor))


def _leave_earlier(site: Site) -> None:
    """Close the session that this browser had before: nobody could reach it any more."""
    left = kept(SESSION)
    found = entrant(site.engine, left, site.clock(), LONGEST_SESSION, script=False)
    if found is not None:
        perform(site, close_session, CloseSession(token=left), Request(found.actor))


def _entered(site: Site, opened: Opened, then: str) -> Response:
    response = redirect(then, 303)
    response.set_cookie(
        called(SESSION, secure=site.settings.secure_cookies),
        opened.token,
        httponly=True,
        secure=site.settings.secure_cookies,
        samesite="Strict",
    )
    return response  # type: ignore[return-value]


def add_leaving(front: Pages, site: Site) -> None:
    """Lock the page, log out, or stay here when a password was changed."""

    def stay(at: RequestContext, then: str) -> Response:
        """Whose password was changed has a new session here; every other one is closed."""
        actor = replace(at.actor, must_choose=False)
        again = OpenSession(station=actor.station, proved=actor.proved)
        opened = perform(site, open_session, again, Request(actor))
        return _entered(site, opened, then)

    GOES_ON["accounts/change-password"] = stay

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
