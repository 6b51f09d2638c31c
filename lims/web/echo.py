"""What was just scanned, while the form is still open: what it is, how it stands, what is wrong."""

from collections.abc import Mapping, Sequence

from flask import Response, make_response, render_template, request
from marshmallow import ValidationError, fields

from lims.core import shapes
from lims.core.errors import Missing, Refused
from lims.core.reasons import Reason
from lims.identifiers.numbers import Kind
from lims.identifiers.scans import Scan, read_scan
from lims.trust.actions import Action
from lims.web.context import RequestContext
from lims.web.pages import Opens, Page, Pages
from lims.web.posts import known_action
from lims.web.scanning import UNKNOWN
from lims.web.submit import messages_of

NOTHING = 204  # nothing is to be said of it here


def echo_of(
    at: RequestContext, slices: Sequence[Pages], opens: Mapping[tuple[str, Kind], Opens]
) -> Response:
    """What a person hears of one code before the form is sent; it decides nothing.

    The entry's own rule reads it, its own page says what it is, and the label's judges whether it
    is dead. A code that only the action can judge, as a supplier's, is met with silence.
    """
    wanted = known_action(request.args.get("act", ""), at)
    raw = request.args.get("code", "")
    if fault := _unread(wanted, request.args.get("field", ""), raw):
        return _told(wrong=fault)
    try:
        scan = read_scan(raw)
    except Refused:
        return Response(status=NOTHING)
    try:
        page = _page_of(at, opens, scan)
    except Missing:
        return _told(wrong=UNKNOWN)
    if page is None:
        return Response(status=NOTHING)
    dead = [r for pages in slices for judge in pages.judges for r in judge(at, scan)]
    return _told(page, against=[*dead, *page.notice])


def _unread(wanted: Action[object, object], name: str, raw: str) -> str:
    """Why this entry cannot be read, by the rule that will read it; empty if it can."""
    declared = shapes.schema(wanted.command).fields.get(name)
    if declared is None:
        raise Missing
    one = declared.inner if isinstance(declared, fields.List) else declared
    try:
        one.deserialize(raw)
    except ValidationError as error:
        return messages_of({name: error.messages})[name]
    return ""


def _page_of(
    at: RequestContext, opens: Mapping[tuple[str, Kind], Opens], scan: Scan
) -> Page | None:
    """The page of what was scanned; None where this person has no such page."""
    for side in sorted(at.actor.sides):
        found = opens.get((side, scan.kind))
        if found and at.actor.may(found.may):
            return found.view(at, found.query(at.session, number=scan.number))
    return None


def _told(page: Page | None = None, against: Sequence[Reason] = (), wrong: str = "") -> Response:
    return make_response(render_template("echo.html", page=page, against=against, wrong=wrong))
