"""The audit trail as QA reads it: of the whole laboratory, and of one lot to be signed."""

import json
from decimal import Decimal
from typing import Any

from lims.accounts.clock import clocks_accepted
from lims.accounts.queries import people
from lims.core.db import Who
from lims.core.reasons import Reason
from lims.core.texts import joined, said_or, say, say_each
from lims.core.words import as_words
from lims.release import queries
from lims.release.actions import review_trail
from lims.release.views import LAB, pages
from lims.trust.identity.roles import Permission, permissions_of
from lims.trust.trail.reading import WrittenEntry, laboratory_entry, laboratory_trail
from lims.web import trail
from lims.web.context import RequestContext
from lims.web.languages import tell
from lims.web.lists import said
from lims.web.pages import Page
from lims.web.tables import Link, Table
from lims.web.trail import Span, ToldEntry

DIGITS = 4
SHOWN = 8  # changed fields of an entry in the list; its page has all


@pages.read(
    "/trail",
    laboratory_trail,
    may=Permission.REVIEW_TRAIL,
    menu=say("audit-trail"),
    is_list=True,
)
def whole_trail(at: RequestContext, found: list[WrittenEntry]) -> Page:
    """What was done in the laboratory: who, when, with what, and what it was and is."""
    rows = [_row(at, entry) for entry in found]
    columns = say_each("when", "who", "what", "of", "changed", "signatures")
    return Page(
        say("audit-trail"),
        facts=((say("find-in-trail"), say("find-in-trail.by")),),
        tables=[Table("", columns, rows)],
        notice=[
            Reason(
                "clock-was-set-right",
                since=a.clock,
                until=a.newest_entry,
                by=Who(a.by),
                second=Who(a.confirmed_by),
                reason=a.reason,
            )
            for a in clocks_accepted(at.session)
        ],
        more={"asks": _asks(at)},
    )


def _doubtful(at: RequestContext) -> list[Span]:
    """The times that a clock told twice."""
    return [(a.clock, a.newest_entry) for a in clocks_accepted(at.session)]


def _asks(at: RequestContext) -> list[tuple[str, list[tuple[str, str]]]]:
    """Beside the words: a person, a day, and whether it was signed."""
    names = [
        (p.login, p.name)
        for p in people(at.session)
        if LAB in permissions_of(frozenset(g.role for g in p.grants))
    ]
    signed: list[tuple[str, str]] = [("signed", say("signed"))]
    return [(say("who"), names), (say("day.axis"), []), (say("signed-or-not"), signed)]


@pages.read("/trail/<entry>", laboratory_entry, may=Permission.REVIEW_TRAIL, sensitive=True)
def one_entry(at: RequestContext, found: WrittenEntry) -> Page:
    """One entry with every field, and as it was written."""
    entries = trail.told([_written(found)], _doubtful(at))
    return Page(say("audit-trail"), template="trail.html", more={"entries": entries})


@pages.page("/lots/<number>/trail", may=LAB, sensitive=True)
def lot_trail(at: RequestContext, number: str) -> Page:
    """The lot's audit trail with old and new values, to be read and signed."""
    queries.dossier(at.session, number)
    entries = queries.trail_of(at.session, queries.trail_streams(at.session, number))
    return Page(
        say("audit-trail-of"),
        number=number,
        forms=[at.form(review_trail, fixed={"lot": number})],
        template="trail.html",
        more={"entries": trail.told(entries, _doubtful(at))},
    )


def _written(entry: WrittenEntry) -> dict[str, Any]:
    place = {"stream": entry.stream, "seq": entry.seq}
    return place | (json.loads(entry.written) if entry.written else {"damaged": True})


def _row(at: RequestContext, entry: WrittenEntry) -> tuple[Any, ...]:
    (told,) = trail.told([_written(entry)])
    did = say("damaged") if entry.damaged else said_or(f"action.{entry.action}", entry.action)
    return (
        told.at,
        told.name,
        Link(did, f"/release/trail/{entry.id}"),
        entry.stream.rpartition("/")[2],
        _changes(at, told),
        entry.signatures or None,
    )


def _changes(at: RequestContext, told: ToldEntry) -> str:
    changed = [field for change in told.changes for field in change.fields]
    parts = [
        say("trail.became", field=field, new=_plain(at, new))
        if old is None
        else say("trail.was-became", field=field, old=_plain(at, old), new=_plain(at, new))
        for field, old, new in changed[:SHOWN]
    ]
    more = [say("trail.and-more", count=len(changed) - SHOWN)] if len(changed) > SHOWN else []
    return joined("between.changes", [*parts, *more])


def _plain(at: RequestContext, value: Any) -> str:
    if isinstance(value, Decimal) and len(f"{value:f}".partition(".")[2]) > DIGITS:
        return f"{value:.{DIGITS}f}…"  # the entry's own page has every digit
    return str(tell(as_words(said(value), at.zone)))
