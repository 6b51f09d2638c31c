"""Reads of the batch record as it was executed: steps, their outputs, and what was seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.attachments.queries import files_of
from lims.attachments.rules import AttachmentStanding
from lims.core.facts import facts
from lims.core.telling import Made
from lims.culture.models import Output, Step
from lims.culture.outputs import StepStanding
from lims.protocol.queries import At, trial_of_version
from lims.protocol.steps import StepKind, StepOutput
from lims.trust.amending import recorded
from lims.trust.identity.roles import Side


@dataclass(frozen=True)
class OutputFacts:
    """A recorded output as it is read."""

    id: int
    code: str
    value: str
    by: str
    at: datetime


@dataclass(frozen=True)
class StepFacts:
    """A step as it is read."""

    id: Made
    of: str
    kind: StepKind
    protocol: int
    procedure: str
    standing: StepStanding
    station: str
    begun_by: str
    begun_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    made: str
    because: str
    outputs: tuple[OutputFacts, ...] = ()


def step_of(session: Session, step: str) -> StepFacts:
    """One step with its outputs, by its number as an address has it."""
    row = recorded(session, Step, step)
    return _facts(row, _outputs(session, [row.id]).get(row.id, []))


def _facts(row: Step, kept: Sequence[Output]) -> StepFacts:
    return facts(
        StepFacts,
        row,
        id=str(row.id),
        outputs=tuple(facts(OutputFacts, one) for one in kept),
    )


def _outputs(session: Session, steps: Sequence[int]) -> dict[int, list[Output]]:
    found: dict[int, list[Output]] = {}
    rows = select(Output).where(Output.step.in_(steps)).order_by(Output.id)
    for row in session.scalars(rows):
        found.setdefault(row.step, []).append(row)
    return found


def steps_of(session: Session, number: str) -> list[StepFacts]:
    """The steps of a cord, a vessel or a harvest in their order: its executed batch record."""
    rows = session.scalars(select(Step).where(Step.of == number).order_by(Step.id)).all()
    kept = _outputs(session, [row.id for row in rows])
    return [_facts(row, kept.get(row.id, [])) for row in rows]


def left(session: Session) -> list[StepFacts]:
    """Every step that is under way, the oldest first."""
    here = select(Step).where(Step.standing == StepStanding.UNDER_WAY).order_by(Step.begun_at)
    return [_facts(row, ()) for row in session.scalars(here)]


def asked_of(at: At, of: Step | StepFacts) -> Sequence[StepOutput]:
    """What a step was begun to record, by the version under which it was begun."""
    asked = trial_of_version(at.connection, of.protocol).culture.asks(of.kind)
    return asked.output if asked else ()


def photographed(at: At, of: Step | StepFacts) -> bool:
    """Whether a picture or a file was kept with the vessel since the step was begun."""
    files = files_of(at.session, Side.LAB, of.of).files
    return any(f.at >= of.begun_at and f.standing is AttachmentStanding.ATTACHED for f in files)
