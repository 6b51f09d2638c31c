"""QA's inspection of a cord: accepted for isolation, or rejected."""

from dataclasses import dataclass
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.texts import say
from lims.donation import queries
from lims.donation.evidence import acceptance_reasons
from lims.donation.models import Cord
from lims.donation.queries import CordFacts
from lims.donation.rules import CordStanding
from lims.identifiers.fields import CordNumber
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class AcceptCord:
    """A cord that was inspected."""

    number: CordNumber
    comment: Annotated[str, About(label=say("what-was-looked-at"), rows=2)]


@action(may=Permission.DECIDE_DONOR, signed_as=say("cord-accepted-for-isolation"))
def accept_cord(work: Work, wanted: AcceptCord) -> CordFacts:
    """Accept a cord for isolation; its deviations are closed first."""
    row = work.lock(Cord, wanted.number)
    if reasons := acceptance_reasons(work.session, row.number, work.actor.login):
        raise Refused(say("number-is-not-accepted", number=row.number), reasons)
    row.move_to(CordStanding.ACCEPTED)
    row.accepted_by = work.actor.login
    row.condition = say(
        "condition-accepted-comment", condition=row.condition, comment=wanted.comment
    )
    return queries.cord(work.session, row.number)


@dataclass(frozen=True)
class RejectCord:
    """Why a cord will not be used."""

    number: CordNumber
    reason: str


@action(may=Permission.DECIDE_DONOR, signed_as=say("cord-rejected"))
def reject_cord(work: Work, wanted: RejectCord) -> CordFacts:
    """Reject a cord before it is used."""
    row = work.lock(Cord, wanted.number)
    row.move_to(CordStanding.REJECTED)
    row.condition = say("condition-rejected-reason", condition=row.condition, reason=wanted.reason)
    return queries.cord(work.session, row.number)
