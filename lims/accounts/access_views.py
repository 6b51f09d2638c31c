"""Accesses as their reviewer reads them: what stands out first, then all of them."""

from collections.abc import Sequence
from datetime import timedelta

from lims.accounts.accesses import (
    NOBODY,
    accesses,
    is_due,
    reviews,
    week_begins,
)
from lims.accounts.looks import RecordLookFacts, record_looks
from lims.accounts.reviewing import review_accesses
from lims.accounts.rules import what_stands_out
from lims.accounts.views import pages
from lims.core.days import day_of
from lims.core.db import Who
from lims.core.texts import named, say, say_each
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page
from lims.web.tables import Table, Todo

REVIEW = Permission.REVIEW_ACCESS
MOST_STAYS = 500  # shown; all of them are judged


def _who(login: str) -> str:
    return Who(login) if login != NOBODY else say("nobodys-names")


@pages.page("/accesses", may=REVIEW, menu=say("accesses"))
def accesses_page(at: RequestContext) -> Page:
    """Who came in since the last review, and what of it stands out."""
    side, until = at.actor.side, week_begins(at.now, at.zone)
    seen, due = accesses(at.session, side, until), is_due(at.session, side, until)
    day = day_of(until, at.zone)
    odd = [(named(f.why), _who(f.login), f.told) for f in what_stands_out(seen)]
    stays = [
        (Who(s.login), s.token or say("browser"), s.station, s.since, s.until)
        for s in list(reversed(seen.stays))[:MOST_STAYS]
    ]
    counts = [
        *((say("wrong-passwords"), _who(who), n) for who, n in seen.failures),
        *((say("what-is-not-allowed"), _who(who), n) for who, n in seen.forbidden),
        *((say("records-looked-at"), _who(who), n) for who, n in seen.looks),
    ]
    done = [(r.until, r.odd, r.concluded, r.by, r.at) for r in reviews(at.session, side)]
    return Page(
        say("accesses"),
        facts=((say("since"), seen.since or say("the-beginning")), (say("until"), until)),
        tables=[
            Table(say("stands-out"), say_each("what", "person", "how-often-or-where"), odd),
            Table(say("counts-of-accesses"), say_each("what", "person", "count"), counts),
            Table(say("log-ins"), say_each("person", "what", "station", "since", "until"), stays),
            Table(
                say("earlier-reviews"),
                say_each("until", "stood-out", "what-came-of-it", "by", "when"),
                done,
            ),
        ],
        forms=[at.form(review_accesses, fixed={"until": day.isoformat()})] if due else [],
        links=[(say("looks-at-records"), "/accounts/looks")],
    )


@pages.read("/looks", record_looks, may=REVIEW, is_list=True)
def looks(at: RequestContext, found: list[RecordLookFacts]) -> Page:
    """Every look at a record of one's side."""
    del at
    rows = [(f.at, f.by, f.station, say(f"looked.{f.page}"), f.about) for f in found]
    columns = say_each("when", "person", "station", "page.looked-at", "number")
    return Page(
        say("looks-at-records"),
        tables=[Table("", columns, rows)],
        links=[(say("accesses"), "/accounts/accesses")],
    )


@pages.todo(REVIEW)
def to_review_accesses(at: RequestContext) -> Sequence[Todo]:
    """A week is over whose accesses nobody has gone through."""
    until = week_begins(at.now, at.zone)
    if not is_due(at.session, at.actor.side, until):
        return []
    why, due = say("accesses-of-a-week-over"), until + timedelta(days=7)
    return [Todo(say("go-through-accesses"), "", why, due, "/accounts/accesses", review_accesses)]
