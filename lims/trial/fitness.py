"""Reads of an investigator's words on fitness, and of what undid them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.facts import facts
from lims.core.texts import say
from lims.trial.models import Fitness, FitnessUndone
from lims.trial.rules import FitnessFacts


def fitness_of(session: Session, number: str, visit: int) -> FitnessFacts | None:
    """The newest word on whether this infusion may be given."""
    return fitness_by_visit(session, [number]).get((number, visit))


def fitness_by_visit(
    session: Session, numbers: Sequence[str]
) -> dict[tuple[str, int], FitnessFacts]:
    """The newest word on each infusion of these participants."""
    said = select(Fitness).where(Fitness.participant.in_(numbers)).order_by(Fitness.id)
    undone: dict[tuple[str, int], datetime] = {}
    events = select(FitnessUndone).where(FitnessUndone.participant.in_(numbers))
    for event in session.scalars(events.order_by(FitnessUndone.at)):
        undone[event.participant, event.visit] = event.at
    return {
        (row.participant, row.visit): facts(
            FitnessFacts, row, undone_at=undone.get((row.participant, row.visit))
        )
        for row in session.scalars(said)
    }


@dataclass(frozen=True)
class SignedFitness:
    """A word on fitness, or the event that undid it, as the participant's page tells it."""

    visit: int
    what: str
    reason: str
    by: str
    at: datetime


def fitness_told(session: Session, number: str) -> list[SignedFitness]:
    """Every word on a participant's fitness and every event that undid it, in order; no assessor's."""
    signed = session.scalars(select(Fitness).where(Fitness.participant == number))
    undone = session.scalars(select(FitnessUndone).where(FitnessUndone.participant == number))
    found = [
        *(
            SignedFitness(r.visit, say("fit") if r.fit else say("not-fit"), r.reason, r.by, r.at)
            for r in signed
        ),
        *(SignedFitness(r.visit, say("undone"), r.because, r.by, r.at) for r in undone),
    ]
    return sorted(found, key=lambda told: told.at)
