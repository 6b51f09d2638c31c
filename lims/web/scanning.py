"""Scan anything, anywhere: where a code leads, for those who may see it."""

from collections.abc import Mapping, Sequence
from typing import Final

from flask import url_for

from lims.core.errors import Missing, Refused
from lims.core.texts import say
from lims.identifiers.isbt import looks_like_isbt, read_isbt
from lims.identifiers.numbers import Kind, is_number, kind_of
from lims.identifiers.scans import FOREIGN, Scan, read_scan
from lims.web.context import RequestContext
from lims.web.pages import Opens, Pages

UNKNOWN: Final = say("this-code-is-unknown-here")


def place_of(
    at: RequestContext, slices: Sequence[Pages], opens: Mapping[tuple[str, Kind], Opens], raw: str
) -> str:
    """The page that a scan opens; Missing for hidden and absent alike, Refused for a bad scan."""
    try:
        scan = read_scan(raw)
    except Refused as refused:
        if refused.reasons[0].code != FOREIGN:
            raise
        return _foreign(at, slices, raw, refused)
    path = _page_of(at, opens, scan)
    if reasons := [r for pages in slices for judge in pages.judges for r in judge(at, scan)]:
        raise Refused(reasons[0].sentence, reasons)
    return path


def _page_of(at: RequestContext, opens: Mapping[tuple[str, Kind], Opens], scan: Scan) -> str:
    for side in sorted(at.actor.sides):
        page = opens.get((side, scan.kind))
        if page and at.actor.may(page.may):
            page.query(at.session, number=scan.number)  # Missing here, before the page is left
            return url_for(page.endpoint, number=scan.number)
    raise Missing


def page_of(at: RequestContext, opens: Mapping[tuple[str, Kind], Opens], number: str) -> str | None:
    """The page of a number, for whoever may see it."""
    page = opened(at, opens, kind_of(number)) if is_number(number) else None
    return url_for(page.endpoint, number=number) if page else None


def opened(at: RequestContext, opens: Mapping[tuple[str, Kind], Opens], kind: Kind) -> Opens | None:
    """What opens a kind of number for this person."""
    pages = (opens.get((side, kind)) for side in sorted(at.actor.sides))
    return next((page for page in pages if page and at.actor.may(page.may)), None)


def _foreign(at: RequestContext, slices: Sequence[Pages], raw: str, refused: Refused) -> str:
    for pages in slices:
        for may, find in pages.finds:
            if at.actor.may(may) and (path := find(at, raw)):
                return path
    if looks_like_isbt(raw):
        read_isbt(raw, at.site.settings.isbt_facility)  # says that it is off, or what is wrong
    raise refused
