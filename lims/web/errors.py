"""Turns every "no" into an HTTP answer: JSON for scripts, a page for people."""

import logging
import secrets
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from lims.core.errors import Forbidden, Invalid, Missing, Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.core.trouble import trouble_of
from lims.trust.refusals import keep_forbidden
from lims.web.auth import Hidden, MustChoose, MustProve, NotServed, Unknown
from lims.web.context import RequestContext

LOG = logging.getLogger("lims")


def answer(
    status: int,
    sentence: str,
    reasons: tuple[Reason, ...],
    fields: Any = None,
    href: str = "",
) -> Response:
    """One refusal: the same words in JSON and on the page."""
    if request.path.startswith("/api/"):
        body = {
            "code": reasons[0].code,
            "sentence": sentence,
            "reasons": [{"code": r.code, "sentence": r.sentence} for r in reasons],
            "fields": fields or {},
        }
        return make_response(jsonify(body), status)
    known = "at" in g
    html = render_template(
        "refused.html", sentence=sentence, reasons=reasons, known=known, href=href
    )
    return make_response(html, status)


def install_refusals(app: Flask) -> None:
    """The one place that knows which refusal has which status."""

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return answer(409, error.sentence, error.reasons)

    @app.errorhandler(Invalid)
    def invalid(error: Invalid) -> Response:
        sentence = say("some-entries-cannot-be-read")
        return answer(422, sentence, (Reason("invalid", sentence),), error.fields)

    @app.errorhandler(Missing)
    def missing(_error: Missing) -> Response:
        return _nothing_here()

    @app.errorhandler(Forbidden)
    def forbidden(error: Forbidden) -> Response:
        _keep_that_it_was_tried()
        return answer(403, error.sentence, (Reason("forbidden", error.sentence),))

    @app.errorhandler(Unknown)
    def unknown(_error: Unknown) -> Response:
        sentence = say("log-in-first")
        response = answer(401, sentence, (Reason("log-in", sentence),))
        response.headers["WWW-Authenticate"] = "Bearer"
        response.headers["Funis-Locked"] = "1"
        return response

    _install_states(app)

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> Response:
        sentence = say("the-form-is-too-old")
        response = answer(400, sentence, (Reason("form-too-old", sentence),))
        response.headers["Funis-Locked"] = "1"
        return response

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> Response:
        if error.code == 404:
            return _nothing_here()
        sentence = error.description or error.name
        response = answer(error.code or 400, sentence, (Reason(f"http-{error.code}", sentence),))
        if methods := getattr(error, "valid_methods", None):
            response.headers["Allow"] = ", ".join(sorted(methods))
        return response


def _keep_that_it_was_tried() -> None:
    """Whoever asks for what their roles do not allow stands in the trail."""
    if "at" not in g or request.url_rule is None:
        return
    at: RequestContext = g.at
    path = (request.view_args or {}).get("path") or request.url_rule.rule.removeprefix("/api/")
    served = current_app.config["SIDES"]
    keep_forbidden(at.site, path.lstrip("/"), at.actor, served)


def _nothing_here() -> Response:
    # One sentence for all that is absent or hidden: the difference would tell something.
    return answer(404, say("there-is-nothing-here"), (Reason("missing"),))


def _install_states(app: Flask) -> None:
    """What says no to everybody: another side's route, a password to choose, nothing served, a fault."""

    @app.errorhandler(Hidden)
    def hidden(_error: Hidden) -> Response:
        _keep_that_it_was_tried()
        return _nothing_here()

    @app.errorhandler(MustChoose)
    def choose(_error: MustChoose) -> Response:
        if request.method == "GET" and not request.path.startswith("/api/"):
            return redirect(url_for("accounts.me"), 303)  # type: ignore[return-value]
        sentence = say("choose-a-password-of-your")
        return answer(403, sentence, (Reason("choose-own-password", sentence),))

    @app.errorhandler(MustProve)
    def prove(_error: MustProve) -> Response:
        if request.method == "GET" and not request.path.startswith("/api/"):
            return redirect(url_for("accounts.me"), 303)  # type: ignore[return-value]
        sentence = say("add-an-authenticator-first")
        return answer(403, sentence, (Reason("code-needed", sentence),))

    @app.errorhandler(NotServed)
    def not_served(error: NotServed) -> Response:
        response = answer(
            503, error.sentence, (Reason("not-served", error.sentence),), href=error.href
        )
        response.headers["Retry-After"] = "60"
        return response

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        """Trouble of the machine; or a fault of the program, with a number that can be quoted."""
        if reason := trouble_of(error):
            LOG.error("%s at %s: %s", reason.code, request.endpoint, error)
            response = answer(503, reason.sentence, (reason,))
            response.headers["Retry-After"] = "30"
            return response
        number = secrets.token_hex(4)
        LOG.error("fault %s at %s", number, request.endpoint, exc_info=error)
        sentence = say("the-program-has-a-fault", number=number)
        return answer(500, sentence, (Reason("fault", sentence),))
