"""Turns every "no" into an HTTP answer: JSON for scripts, a page for people. Never a 500."""

from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from lims.core.errors import Forbidden, Invalid, Missing, Refused
from lims.core.reasons import Reason
from lims.web.gate import Unknown


def answer(status: int, sentence: str, reasons: tuple[Reason, ...], fields: Any = None) -> Response:
    """One refusal: the same words in JSON and on the page."""
    if request.path.startswith("/api/"):
        body = {
            "code": reasons[0].code,
            "sentence": sentence,
            "reasons": [{"code": r.code, "sentence": r.sentence} for r in reasons],
            "fields": fields or {},
        }
        return make_response(jsonify(body), status)
    known = "desk" in g
    html = render_template("refused.html", sentence=sentence, reasons=reasons, known=known)
    return make_response(html, status)


def install_refusals(app: Flask) -> None:
    """The one place that knows which refusal has which status."""

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return answer(409, error.sentence, error.reasons)

    @app.errorhandler(Invalid)
    def invalid(error: Invalid) -> Response:
        sentence = "Some entries cannot be read."
        return answer(422, sentence, (Reason("invalid", sentence),), error.fields)

    @app.errorhandler(Missing)
    def missing(_error: Missing) -> Response:
        # One sentence for all that is absent or hidden: the difference would tell something.
        return answer(404, "There is nothing here.", (Reason("missing", "There is nothing here."),))

    @app.errorhandler(Forbidden)
    def forbidden(error: Forbidden) -> Response:
        return answer(403, error.sentence, (Reason("forbidden", error.sentence),))

    @app.errorhandler(Unknown)
    def unknown(_error: Unknown) -> Response:
        sentence = "Log in first."
        response = answer(401, sentence, (Reason("log-in", sentence),))
        response.headers["WWW-Authenticate"] = "Bearer"
        return response

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> Response:
        sentence = "The form is too old. Go back, load the page again and repeat."
        return answer(400, sentence, (Reason("form-too-old", sentence),))

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> Response:
        if error.code == 404:
            return missing(Missing())
        sentence = error.description or error.name
        response = answer(error.code or 400, sentence, (Reason(f"http-{error.code}", sentence),))
        if methods := getattr(error, "valid_methods", None):
            response.headers["Allow"] = ", ".join(sorted(methods))
        return response
