"""The JSON API: every action at POST /api/<slice>/<action>, every read at GET /api/<slice>/…"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from lims.core import shapes
from lims.core.texts import say
from lims.trust.actions import ACTIONS, Action
from lims.trust.identity.roles import Side
from lims.web.answers import Read, answer_of
from lims.web.context import request_context
from lims.web.looking import noted
from lims.web.submit import from_json, submit


def make_api(reads: Sequence[Read], sides: frozenset[Side]) -> Blueprint:
    """A route for each action and each read of the doors that this process serves."""
    api = Blueprint("api", __name__, url_prefix="/api")
    for action in served_actions(sides):
        name = action.path.replace("/", "_").replace("-", "_")
        api.add_url_rule(f"/{action.path}", name, _post(action), methods=["POST"])
    for number, read in enumerate(reads):
        name = f"read_{number}"
        get = _get(read)
        if read.sensitive:
            get = noted(get, f"{read.slice}{read.rule}", read.may)
        get.may = read.may  # type: ignore[attr-defined]
        api.add_url_rule(f"/{read.slice}{read.rule}", name, get, methods=["GET"])
    return api


def served_actions(sides: frozenset[Side]) -> list[Action[Any, Any]]:
    """The actions of these sides that a person may do, by path."""
    return [a for _, a in sorted(ACTIONS.items()) if a.may.side in sides and a.served]


def _post(action: Action[Any, Any]) -> Callable[[], Response]:
    def post() -> Response:
        at = request_context()
        key = request.headers.get("Idempotency-Key", "")
        outcome = submit(at, action, from_json(action, _body(), key))
        return jsonify(shapes.write(outcome.result))

    post.may = action.may  # type: ignore[attr-defined]
    return post


def _body() -> dict[str, Any]:
    if not request.is_json:
        raise UnsupportedMediaType(say("send-application-json"))
    try:
        data = json.loads(request.get_data(), object_pairs_hook=_each_once)
    except (ValueError, RecursionError):  # no JSON, a name twice, nested without end
        data = None
    if not isinstance(data, dict):
        raise BadRequest(say("the-body-is-not-a"))
    return dict(data)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise ValueError
    return named


def _get(read: Read) -> Callable[..., Response]:
    def get(**path: str) -> Response:
        at = request_context()
        found = answer_of(read.query, at, path)
        if read.is_list:
            further = getattr(found, "further", "")
            items = [shapes.write(item) for item in found]
            return jsonify({"items": items, "further": further})
        return jsonify(shapes.write(found))

    return get
