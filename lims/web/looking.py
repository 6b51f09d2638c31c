"""A look at a record marked sensitive: kept when it was really shown, and to a person."""

from collections.abc import Callable
from functools import wraps

from flask import Response, request

from lims.trust.identity.roles import Permission
from lims.trust.looks import LEFT_OPEN, ONE_LOOK, keep_look
from lims.web.context import request_context
from lims.web.lists import KINDS

NEWS = "Funis-News"  # a page asks by itself: nobody is there because of it


def noted(view: Callable[..., Response], page: str, may: Permission) -> Callable[..., Response]:
    """The same view; whoever was shown something by it stands in the trail."""

    @wraps(view)
    def looked_at(**path: str) -> Response:
        shown = view(**path)
        if shown.status_code == 200:
            at, kind = request_context(), request.args.get("as", "")
            about = " ".join((*path.values(), *([kind] if kind in KINDS else [])))
            within = LEFT_OPEN if NEWS in request.headers else ONE_LOOK
            keep_look(at.site, may.side, page, about, at.actor, within)
        return shown

    looked_at.page = page  # type: ignore[attr-defined]  # each has a word in the list of looks
    return looked_at
