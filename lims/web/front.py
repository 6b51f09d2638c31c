"""The front of the house: log in and out, the work list, and the scan that opens anything."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask import session as cookie

from lims.core.errors import Missing, Refused
from lims.core.texts import say
from lims.identifiers.numbers import Kind
from lims.trust.actions import Request, perform
from lims.trust.health import trouble_at
from lims.trust.identity.passwords import prove_login, prove_pin
from lims.trust.identity.roles import Permission
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
from lims.web.auth import COOKIE, token_of_request
from lims.web.pages import Opens, Page, Pages, RequestContext, request_context
from lims.web.posts import local_path
from lims.web.scanning import UNKNOWN, place_of
from lims.web.tables import Todo

FAR: datetime = datetime.max.replace(tzinfo=UTC)


def make_front(
    site: Site, slices: Sequence[Pages], opens: Mapping[tuple[str, Kind], Opens]
) -> Blueprint:
    """The pages that every door has."""
    front = Pages("front")
    front.url_prefix = ""

    _add_login(front, site)

    @front.get("/health")
    def health() -> tuple[dict[str, str], int]:
        if trouble := trouble_at(site):
            return {"status": trouble.code, "sentence": trouble.sentence}, 503
        return {"status": "ok"}, 200

    @front.page("/", may=Permission.OWN_ACCOUNT)
    def home(at: RequestContext) -> Page:
        todos = work_list(at, slices)
        return Page(say("my-work"), template="home.html", more={"todos": todos})

    def log_out() -> Response:
        at = request_context()
        command = CloseSession(token=token_of_request())
        perform(site, close_session, command, Request(at.actor))
        response = redirect(url_for("front.login"), 303)
        response.delete_cookie(COOKIE)
        return response  # type: ignore[return-value]

    def lock() -> Response:
        """Whoever leaves locks: a reload shows nothing; the cookie says whose page it was."""
        at = request_context()
        perform(site, lock_session, LockSession(token_of_request()), Request(at.actor))
        return redirect(url_for("front.login"), 303)  # type: ignore[return-value]

    lock.may = Permission.OWN_ACCOUNT  # type: ignore[attr-defined]
    front.add_url_rule("/lock", "lock", lock, methods=["POST"])

    @front.file("/here", may=Permission.OWN_ACCOUNT)
    def here(at: RequestContext) -> Response:
        """Somebody types or scans: that moves the idle clock, as every request does."""
        del at
        return Response("here", mimetype="text/plain")

    log_out.may = Permission.OWN_ACCOUNT  # type: ignore[attr-defined]
    front.add_url_rule("/logout", "log_out", log_out, methods=["POST"])

    @front.file("/scan", may=Permission.OWN_ACCOUNT)
    def scan(at: RequestContext) -> Response:
        raw = request.args.get("code", "")
        try:
            return redirect(place_of(at, slices, opens, raw), 303)  # type: ignore[return-value]
        except Missing:
            return _not_opened(raw, UNKNOWN)
        except Refused as error:
            return _not_opened(raw, error.sentence)

    return front


def _add_login(front: Pages, site: Site) -> None:
    @front.get("/login")
    def login() -> str:
        return render_template("login.html", then=request.args.get("then", ""), reasons=())

    @front.post("/unlock")
    def unlock() -> Response | tuple[str, int]:
        """The same person goes on where they locked the page, with badge and PIN."""
        badge, pin = request.form.get("badge", "")[:200], request.form.get("pin", "")[:200]
        left = token_of_request()
        try:
            actor, until = prove_pin(site, badge, pin, left, request.remote_addr or "")
        except Refused as error:
            return render_template("login.html", then="", reasons=error.reasons), 409
        wanted = OpenSession(actor.station, until)
        opened = perform(site, open_session, wanted, Request(actor))
        return _entered(site, opened, url_for("accounts.me"))

    @front.post("/login")
    def log_in() -> Response | tuple[str, int]:
        form = request.form
        station = "".join(c for c in form.get("station", "") if c.isprintable()).strip()[:80]
        given = Credentials(form.get("login", "").strip()[:200], form.get("password", ""))
        then = form.get("then", "")
        try:
            actor = prove_login(site, given, station, request.remote_addr or "")
            opened = perform(site, open_session, OpenSession(station=station), Request(actor))
            cookie.clear()  # a form that somebody else left open is not sent in this name
        except Refused as error:
            page = render_template(
                "login.html", then=then, reasons=error.reasons, entered=given.login
            )
            return page, 409
        return _entered(site, opened, local_path(then))


def _entered(site: Site, opened: Opened, then: str) -> Response:
    response = redirect(then, 303)
    response.set_cookie(
        COOKIE,
        opened.token,
        httponly=True,
        secure=site.settings.secure_cookies,
        samesite="Strict",
    )
    return response  # type: ignore[return-value]


def _not_opened(raw: str, sentence: str) -> Response:
    waiting = [one for one in cookie.get("_flashes", ()) if one[0] != "stop"]
    cookie["_flashes"] = waiting  # of scans that failed one after the other the last one counts
    flash(say("sentence-read-raw", sentence=sentence, raw=raw[:60]), "stop")
    back = request.args.get("from", "")
    return redirect(local_path(back), 303)  # type: ignore[return-value]


def work_list(at: RequestContext, slices: Sequence[Pages]) -> list[Todo]:
    """What waits for this person, the soonest deadline first."""
    found = [
        todo
        for pages in slices
        for may, find in pages.waiting
        if at.actor.may(may)
        for todo in find(at)
    ]
    return sorted(found, key=lambda todo: (todo.due or FAR, todo.what, todo.number))
