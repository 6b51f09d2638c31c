"""POST /do/<slice>/<action>: an action from a page's form, with what was entered kept."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for

from lims.core import shapes
from lims.core.errors import Forbidden, Invalid, Missing, Refused
from lims.core.reasons import Reason
from lims.core.telling import Telling, told
from lims.core.texts import say
from lims.identifiers.reading import HowRead, how_read
from lims.trust.action import ACTIONS, Action
from lims.trust.perform import Request, perform
from lims.trust.reads import raw_reads
from lims.trust.signatures import Credentials
from lims.web.forms import entered, filled_from
from lims.web.pages import Desk, Shown, desk

act = Blueprint("act", __name__)
_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)
_OF_RESULT = re.compile(r"\{(\w+)\}")
_KEY = re.compile(r"[\x21-\x7e]{1,100}", re.ASCII)


def known_action(path: str, at: Desk) -> Action[Any, Any]:
    """The action of this path, if this person's doors have it."""
    found = ACTIONS.get(path)
    if found is None or not found.served or found.may.side not in at.actor.sides:
        raise Missing
    if not at.actor.may(found.may):
        raise Forbidden
    return found


Reads = Mapping[str, tuple[str, HowRead]]


def request_of(at: Desk, key: str | None, given: Any, reads: Reads | None = None) -> Request:
    """Who asks and with which signatures; `given` reads one entry by name."""
    if key and not _KEY.fullmatch(key):
        raise Invalid({"Idempotency-Key": [say("1-to-100-plain-characters")]})
    signed = Credentials(given("sign_login"), given("sign_password"))
    witnessed = Credentials(given("witness_login"), given("witness_password"))
    return Request(at.actor, signed, witnessed, key or None, reads or {})


def form_reads(shape: type, form: Mapping[str, str], fixed: Sequence[str] = ()) -> Reads:
    """How each code of a form was read; what a page without its script sends counts as typed.

    Entries that the page itself filled in (`fixed`) were not read from anything.
    """
    found = {}
    for name in shapes.schema(shape).fields:
        if form.get(name) and name not in fixed:
            try:
                said = json.loads(form.get(f"_how.{name}", "")[:1000])
            except (ValueError, RecursionError):  # no JSON, or nested without end
                said = None
            found[name] = how_read(said)
    return raw_reads(shape, form, found)


@act.post("/do/<path:path>")
def do(path: str) -> Response:
    """Perform, then go on to the page that the form names; a refusal gives the form back."""
    at = desk()
    wanted = known_action(path, at)
    try:
        data = entered(wanted.command, request.form, at.zone)
        command = shapes.read(wanted.command, data)
        asked = request_of(
            at,
            request.form.get("_key"),
            lambda name: request.form.get(f"_{name}", ""),
            form_reads(wanted.command, request.form, request.form.get("_fixed", "").split()),
        )
        result = perform(at.site, wanted, command, asked)
    except Invalid as error:
        messages = _messages(error.fields)
        return _again(at, wanted, _unread(wanted, messages), messages, 422)
    except Missing as error:
        return _again(at, wanted, (Reason("missing", error.sentence),), {}, 404)
    except Refused as error:
        return _again(at, wanted, error.reasons, {}, 409)
    return _onwards(result, wanted)


do.may = None  # type: ignore[attr-defined]  # known_action asks for the action's own permission


def _unread(wanted: Action[Any, Any], messages: dict[str, str]) -> tuple[Reason, ...]:
    """That entries cannot be read; and, in words, those for which the form has no box."""
    known = shapes.schema(wanted.command).fields
    return (
        Reason("invalid"),
        *(Reason("invalid", f"{n}: {text}") for n, text in messages.items() if n not in known),
    )


def _again(
    at: Desk,
    wanted: Action[Any, Any],
    reasons: tuple[Reason, ...],
    errors: dict[str, str],
    status: int,
) -> Response:
    filled = filled_from(request.form, errors)
    fixed = {name: filled.values.get(name, "") for name in request.form.get("_fixed", "").split()}
    form = at.form(
        wanted,
        fixed=fixed,
        filled=filled,
        then=local_path(request.form.get("_then", "")),
        reasons=reasons,
        opened=True,
    )
    shown = Shown(wanted.title, forms=[form], template="act.html")
    return shown.draw(status)


def _messages(fields: Any) -> dict[str, str]:
    """Marshmallow's messages, one line by field; nested ones are joined."""

    def flat(value: Any) -> str:
        if isinstance(value, dict):
            return " ".join(flat(part) for part in value.values())
        if isinstance(value, list):
            return " ".join(flat(part) for part in value)
        return str(value)

    return {str(name): flat(value) for name, value in fields.items()}


def local_path(target: str) -> str:
    """A path of our own; anything that leads elsewhere becomes the start page."""
    return target if _OWN_PATH.fullmatch(target) else url_for("front.home")


def _named(result: Any, found: re.Match[str]) -> str:
    """What the result calls by the name that a form's next page asks for."""
    return str(getattr(result, found[1], found[0]))


def _onwards(result: Any, wanted: Action[Any, Any]) -> Response:
    if once := told(result, Telling.ONCE):
        return Shown(wanted.title, template="once.html", more={"once": once}).draw()
    target = local_path(_OF_RESULT.sub(partial(_named, result), request.form.get("_then", "")))
    says = told(result, Telling.SENTENCE) or say("title-done", title=wanted.title)
    flash(says, "already" if told(result, Telling.ALREADY) else "done")
    return redirect(target, 303)  # type: ignore[return-value]
