"""The JSON API: every action at POST /api/<slice>/<action>, every read at GET /api/<slice>/…"""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from lims.core import shapes
from lims.core.errors import Invalid
from lims.core.texts import say
from lims.identifiers.reading import how_read
from lims.trust.action import ACTIONS, Action
from lims.trust.perform import perform
from lims.trust.permissions import Side
from lims.trust.reads import raw_reads
from lims.web.act import request_of
from lims.web.answers import Read, answer_of
from lims.web.pages import desk

SIGNATURES = ("sign_login", "sign_password", "witness_login", "witness_password")
LONGEST_KEY = 100


def make_api(reads: Sequence[Read], sides: frozenset[Side]) -> Blueprint:
    """A route for each action and each read of the doors that this process serves."""
    api = Blueprint("api", __name__, url_prefix="/api")
    for action in served_actions(sides):
        name = action.path.replace("/", "_").replace("-", "_")
        api.add_url_rule(f"/{action.path}", name, _post(action), methods=["POST"])
    for number, read in enumerate(reads):
        name = f"read_{number}"
        api.add_url_rule(f"/{read.slice}{read.rule}", name, _get(read), methods=["GET"])
    return api


def served_actions(sides: frozenset[Side]) -> list[Action[Any, Any]]:
    """The actions of these sides that a person may do, by path."""
    return [a for _, a in sorted(ACTIONS.items()) if a.may.side in sides and a.served]


def _post(action: Action[Any, Any]) -> Callable[[], Response]:
    def post() -> Response:
        at = desk()
        data = _body()
        extra = {name: data.pop(name, "") or "" for name in SIGNATURES}
        if not all(isinstance(value, str) and len(value) < 500 for value in extra.values()):
            raise Invalid({"sign_login": [say("names-and-passwords-are-texts")]})
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > LONGEST_KEY:
            raise Invalid({"Idempotency-Key": [say("at-most-100-characters")]})
        said = data.pop("how_read", None) or {}
        if not isinstance(said, dict):
            raise Invalid({"how_read": [say("an-object-with-an-entry")]})
        reads = raw_reads(action.command, data, {name: how_read(how) for name, how in said.items()})
        command = shapes.read(action.command, data)
        result = perform(at.site, action, command, request_of(at, key, extra.__getitem__, reads))
        return jsonify(shapes.write(result))

    post.may = action.may  # type: ignore[attr-defined]
    return post


def _body() -> dict[str, Any]:
    if not request.is_json:
        raise UnsupportedMediaType(say("send-application-json"))
    try:
        data = request.get_json(silent=True)
    except RecursionError:  # nested without end
        data = None
    if not isinstance(data, dict):
        raise BadRequest(say("the-body-is-not-a"))
    return dict(data)


def _get(read: Read) -> Callable[..., Response]:
    def get(**path: str) -> Response:
        found = answer_of(read.query, desk().session, path)
        if read.is_list:
            further = getattr(found, "further", "")
            items = [shapes.write(item) for item in found]
            return jsonify({"items": items, "further": further})
        return jsonify(shapes.write(found))

    get.may = read.may  # type: ignore[attr-defined]
    return get
