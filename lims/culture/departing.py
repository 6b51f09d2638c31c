"""Cells that go on beyond a limit of their recipe: only with a deviation that QA has signed."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import named, say
from lims.culture.models import Harvest
from lims.deviations.actions import note_deviation
from lims.deviations.models import Deviation
from lims.deviations.queries import DeviationFacts, facts_of
from lims.deviations.rules import DeviationKind
from lims.identifiers.fields import HarvestNumber
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

LIMITS = (DeviationKind.PASSAGE_LIMIT, DeviationKind.DOUBLINGS_LIMIT, DeviationKind.PASSAGE_SPAN)


@dataclass(frozen=True)
class PermitDeparture:
    """A harvest, the limit that it may pass, and why."""

    harvest: HarvestNumber
    limit: Annotated[
        DeviationKind,
        About(
            label=say("limit-of-the-recipe"),
            choices=tuple((limit.value, named(limit)) for limit in LIMITS),
        ),
    ]
    why: Annotated[str, About(label=say("why-it-may-go-on"), rows=3)]


@action(may=Permission.RELEASE_LOT, signed_as=say("departure-permitted"))
def permit_departure(work: Work, wanted: PermitDeparture) -> DeviationFacts:
    """Let a harvest's cells pass one limit: a deviation, which somebody else of QA closes.

    Until it is closed no lot that descends from there is released.
    """
    harvest = work.get(Harvest, wanted.harvest)
    if wanted.limit in permitted(work.session, harvest.id):
        raise Refused(Reason("departure-is-permitted"))
    return facts_of(note_deviation(work, harvest.id, wanted.limit, wanted.why))


def permitted(session: Session, harvest: str) -> set[str]:
    """Which limits a harvest may pass."""
    mine = (Deviation.about == harvest) & Deviation.code.in_(LIMITS)
    return {str(code.value) for code in session.scalars(select(Deviation.code).where(mine))}
