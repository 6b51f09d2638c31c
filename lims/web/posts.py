"""POST /do/<slice>/<action>: a page's form, with what was entered kept."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for

from lims.core import shapes
from lims.core.errors import Invalid, Looked, Missing, Refused
from lims.core.reasons import Reason
from lims.core.telling import Telling, told
from lims.trust.actions import ACTIONS, Action
from lims.trust.identity.hospital import SERVES, vouched_for
from lims.web.auth import must_have
from lims.web.context import MADE, RequestContext, request_context
from lims.web.forms import Form, filled_from
from lims.web.languages import tell
from lims.web.pages import OWN_FORMS, PREVIEWS, Page
from lims.web.second import note_second
from lims.web.submit import Outcome, from_form, messages_of, submit

posts = Blueprint("posts", __name__)
_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)


@posts.post("/do/<path:path>")
def form(path: str) -> Response:
    """Perform, then go on to the page that the form names; a refusal gives the form back."""
    at = request_context()
    wanted = known_action(path, at)
    try:
        outcome = submit(at, wanted, from_form(wanted, request.form, at.zone, request.files))
    except Invalid as error:
        messages = messages_of(error.fields)
        return _again(at, wanted, _unread(wanted, messages), messages, 422)
    except Missing as error:
        return _again(at, wanted, (Reason("missing", error.sentence),), {}, 404)
    except Refused as error:
        return _again(at, wanted, error.reasons, {}, 409)
    except Looked as looked:
        tables = PREVIEWS[wanted.path](at, looked.result)
        says = told(looked.result, Telling.SENTENCE) or ""
        return Page(wanted.title, tables=tables, more={"says": says}, template="looked.html").draw()
    note_second()
    if outcome.once:
        return Page(wanted.title, template="once.html", more={"once": outcome.once}).draw()
    flash(tell(outcome.says), _mood(outcome))
    following = request.form.get("_then", "").replace(MADE, outcome.made)
    goes_on = GOES_ON.get(path, _redirected)
    return goes_on(at, local_path(following))


def _mood(outcome: Outcome) -> str:
    if outcome.heed:
        return "stop"
    return "already" if outcome.already else "done"


def _redirected(_at: RequestContext, target: str) -> Response:
    return redirect(target, 303)  # type: ignore[return-value]


GoesOn = Callable[[RequestContext, str], Response]
GOES_ON: dict[str, GoesOn] = {}  # by an action's path: what else the browser is told


form.may = None  # type: ignore[attr-defined]  # known_action asks for the action's own permission


def known_action(path: str, at: RequestContext) -> Action[Any, Any]:
    """The action of this path, if this person's doors have it."""
    found = ACTIONS.get(path)
    if found is None or not found.served:
        raise Missing
    must_have(at.actor, found.may)
    return found


def _unread(wanted: Action[Any, Any], messages: dict[str, str]) -> tuple[Reason, ...]:
    """That entries cannot be read; and, in words, those for which the form has no box."""
    known = shapes.schema(wanted.command).fields
    return (
        Reason("invalid"),
        *(
            Reason("invalid", f"{n}: {text}")
            for n, text in messages.items()
            if n.partition(".")[0] not in known
        ),
    )


def _again(
    at: RequestContext,
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
    if form and at.site.settings.hospital:
        form = _vouched_still(at, form, request.form.get("_key", ""))
    if form and (own := OWN_FORMS.get(wanted.path)):
        with suppress(Missing):  # of nothing that is there, the common form
            return own(at, form, request.form, errors).draw(status)
    return Page(wanted.title, forms=[form], template="act.html").draw(status)


def _vouched_still(at: RequestContext, form: Form, key: str) -> Form:
    """The same form under its earlier key, where the hospital has vouched for it: it serves on."""
    found = vouched_for(at.session, form.action.path, key, at.actor.login, at.now - SERVES)
    return replace(form, key=key, vouched=found) if found else form


def local_path(target: str) -> str:
    """A path of our own; anything that leads elsewhere becomes the start page."""
    return target if _OWN_PATH.fullmatch(target) else url_for("front.home")
