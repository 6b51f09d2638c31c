"""Accesses are gone through each week and signed: by QA for the laboratory, by the monitor for the ward."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from lims.accounts.accesses import AccessReview, accesses, is_due, reviewers, week_begins
from lims.accounts.rules import review_reasons, what_stands_out
from lims.core.days import start_of
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.telling import Told
from lims.core.texts import say
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class ReviewAccesses:
    """Up to which Monday, and what came of what stood out."""

    until: Annotated[date, About(label=say("accesses-before"))]
    concluded: Annotated[str, About(label=say("what-came-of-it"), rows=3)] = ""


@dataclass(frozen=True)
class Reviewed:
    """How much stood out."""

    found: int
    says: Told


@action(may=Permission.REVIEW_ACCESS, signed_as=say("accesses-gone-through"))
def review_accesses(work: Work, wanted: ReviewAccesses) -> Reviewed:
    """Sign that the accesses of one's side up to this week were gone through."""
    side, until = work.actor.side, week_begins(work.now, work.settings.zone)
    seen = accesses(work.session, side, until)
    findings = what_stands_out(seen)
    if reasons := review_reasons(
        findings,
        work.actor.login,
        reviewers(work.session, side),
        wanted.concluded,
        is_due=is_due(work.session, side, until),
        is_now=start_of(wanted.until, work.settings.zone) == until,
    ):
        raise Refused(say("not-gone-through"), reasons)
    work.add(
        AccessReview(
            side=side,
            since=seen.since,
            until=until,
            odd=len(findings),
            concluded=wanted.concluded,
            by=work.actor.login,
            at=work.now,
            signature=work.signed,
        )
    )
    return Reviewed(len(findings), say("accesses-gone-through-until", until=wanted.until))
