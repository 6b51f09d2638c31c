"""Who is it: nobody passes but by the short open list; each route names its permission."""

import hmac
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app, g, redirect, request, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect

from lims.core.errors import Forbidden, Missing
from lims.core.trouble import trouble_of
from lims.trust.identity.entering import Shown, entrant, note_presence
from lims.trust.identity.factors import is_wanted
from lims.trust.identity.people import Actor
from lims.trust.identity.roles import Permission
from lims.trust.installation import Site
from lims.web.context import RequestContext
from lims.web.cookies import DEVICE, SESSION, kept
from lims.web.headers import hardened
from lims.web.looking import NEWS
from lims.web.pages import Guard, Pages
from lims.web.uploads import allow_file

LOG = logging.getLogger("lims")
OPEN: Final = frozenset(
    {
        "front.login",
        "front.log_in",
        "front.passkey",
        "front.unlock",
        "front.language",
        "front.hospital_login",
        "front.hospital_back",
        "front.hospital_answers",
        "front.health",
        "static",
    }
)


class Unknown(Exception):
    """Nobody is logged in."""


class Hidden(Missing):
    """A route of another side: it is not there, and that somebody asked for it is kept."""


class MustChoose(Exception):
    """Somebody logged in with a password that another person set; they choose their own first."""


class MustProve(Exception):
    """Somebody whose role must have an authenticator has shown no code of one."""


class NotServed(Exception):
    """Why nothing is served at the moment, and the page where it is mended."""

    def __init__(self, sentence: str, href: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.href = href


CHOOSING: Final = frozenset(
    {
        "accounts.me",
        "accounts.passkey_options",
        "front.hospital_link",
        "front.lock",
        "front.log_out",
        "static",
    }
)
PROVING_PATHS: Final = frozenset(
    {
        "/do/accounts/add-authenticator",
        "/do/accounts/confirm-authenticator",
        "/do/accounts/add-passkey",
        "/do/accounts/link-hospital-account",
    }
)
CHOOSING_PATHS: Final = frozenset({"/do/accounts/change-password"})


def require_login(app: Flask, site: Site, csrf: CSRFProtect) -> None:
    """Ask in front of every route who it is, and whether they may."""

    @app.before_request
    def enter() -> Response | None:
        if "\x00" in request.path or "\x00" in request.query_string.decode("latin-1"):
            raise Missing
        actor = _who(site)
        if actor is not None:
            g.at = RequestContext(site, actor, site.now)
        return _pass(site, actor, csrf)

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        if (at := g.pop("at", None)) is not None:
            _leave(at)

    app.session_interface = NoCookieForScripts()
    app.wsgi_app = hardened(app.wsgi_app, secure=site.settings.secure_cookies)  # type: ignore[method-assign,assignment]


def _leave(at: RequestContext) -> None:
    """Let go of what was read; that the database has gone meanwhile takes nobody's answer away."""
    try:
        at.leave()
    except Exception as error:
        if trouble_of(error) is None:
            raise
        LOG.warning("nothing was left to let go: %s", type(error).__name__)


class NoCookieForScripts(SecureCookieSessionInterface):
    """The cookie of forms and messages, which a request with a token has not."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if "Authorization" in request.headers:
            return self.session_class()
        return super().open_session(app, request)


def _pass(site: Site, actor: Actor | None, csrf: CSRFProtect) -> Response | None:
    """Let the request through (None), send it to the log-in, or raise the refusal."""
    if request.endpoint in OPEN:
        if request.method == "POST" and not _comes_from_here():
            raise Forbidden
        return None
    if actor is None:
        return _ask_who()
    if request.endpoint is None:
        return None  # the router's own 404 or 405
    allow_file()
    if not bearer_token():  # a cookie that a foreign page could make the browser send
        csrf.protect()
    if actor.must_choose and not (request.endpoint in CHOOSING or request.path in CHOOSING_PATHS):
        raise MustChoose
    wanted = is_wanted(site.settings, actor.roles) and not actor.proved
    if wanted and not (request.endpoint in CHOOSING or request.path in PROVING_PATHS):
        raise MustProve
    if not actor.writes and request.method not in {"GET", "HEAD", "OPTIONS"}:
        raise Forbidden
    _check(actor)
    return None


def _comes_from_here() -> bool:
    """Whether one of our own pages sends this: nobody is logged in as another by a foreign page.

    A browser says it by itself (Fetch Metadata, Origin); what says neither is no browser.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def origin(site: Site) -> str:
    """Our own address as the browser sees it."""
    return f"{'https' if site.settings.secure_cookies else 'http'}://{request.host}"


def noise(site: Site) -> str:
    """256 bits that nobody can foresee."""
    return site.chance.letters("noise", "0123456789abcdef", 64)


def token_of_request() -> str:
    """The cookie of a browser or the bearer token of a script."""
    return bearer_token() or kept(SESSION)


def bearer_token() -> str:
    """The token of a script; when there is one, no cookie counts."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _who(site: Site) -> Actor | None:
    if not (token := token_of_request()):
        return None
    idle = timedelta(minutes=site.settings.idle_minutes)
    now = site.clock()
    shown = Shown(token, kept(DEVICE), script=bool(bearer_token()))
    found = entrant(site.engine, shown, now, idle)
    if found is None:
        return None
    if found.presence_is_old and NEWS not in request.headers and not site.watch.is_away:
        _note_presence(site, token, now)
    return found.actor


def _note_presence(site: Site, token: str, now: datetime) -> None:
    """Move the idle clock if that can be done at once; nobody's page waits for it or fails with it."""
    try:
        with site.writing(patience=0) as writing:
            note_presence(writing.connection, token, now)
    except Exception as error:
        if trouble_of(error) is None:
            raise
        LOG.warning("presence was not noted: %s", error)


def draft_key(secret: str, login: str) -> str:
    """The key under which a browser keeps what this person typed; nobody else's page has it."""
    return hmac.new(secret.encode(), f"draft/{login}".encode(), sha256).hexdigest()


def _ask_who() -> Response:
    if request.path.startswith("/api/") or request.method != "GET":
        raise Unknown
    then = request.full_path.rstrip("?")
    return redirect(url_for("front.login", then=then), 303)  # type: ignore[return-value]


def _check(actor: Actor) -> None:
    view = current_app.view_functions[request.endpoint or ""]
    if may := getattr(view, "may", None):
        must_have(actor, may)


def must_have(actor: Actor, may: Permission) -> None:
    """Another side's routes do not exist for this person; one's own may be forbidden."""
    if actor.may(may):
        return
    if may.side in actor.sides:
        raise Forbidden
    raise Hidden


def check_all_guarded(app: Flask) -> None:
    """Refuse to start when a route names neither a permission nor that it is open to all."""
    bare = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in OPEN and not hasattr(app.view_functions[rule.endpoint], "may")
    ]
    if bare:
        msg = f"routes without a permission: {sorted(bare)}"
        raise RuntimeError(msg)


def serve_when_ready(app: Flask, site: Site, slices: Iterable[Pages]) -> None:
    """Serve only what is always there while a slice says that nothing may be served."""
    guards = [guard for pages in slices for guard in pages.guards]
    always = {pages.name for pages in slices if pages.always}
    passed: set[Guard] = set()  # what was approved stays approved

    @app.before_request
    def only_when_ready() -> None:
        view = (request.endpoint or "").split(".", maxsplit=1)[0]
        path = request.path.split("/")
        slice_name = path[2] if view in {"posts", "api"} and len(path) > 2 else view
        if request.endpoint in OPEN | CHOOSING or slice_name in always or "at" not in g:
            return
        for guard in guards:
            if guard not in passed:
                if found := guard(site):
                    raise NotServed(*found)
                passed.add(guard)
