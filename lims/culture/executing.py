"""Steps as they are executed: begun at a station, outputs recorded, left, taken up, ended, given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from sqlalchemy import select

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.texts import named, say
from lims.culture import outputs
from lims.culture.executed import StepFacts, asked_of, photographed, step_of
from lims.culture.models import Flask, Harvest, Output, Step
from lims.culture.outputs import STEPS_OF, StepStanding
from lims.culture.recipe import recipe_of
from lims.culture.rules import growing_reasons
from lims.donation.evidence import ancestor_reasons
from lims.donation.models import Cord
from lims.donation.rules import CordStanding
from lims.identifiers.fields import CordFlaskOrHarvestNumber
from lims.identifiers.numbers import Kind, is_number, kind_of
from lims.protocol.steps import StepKind
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class BeginStep:
    """What is done, with what, and that its procedure is followed."""

    of: CordFlaskOrHarvestNumber
    kind: Annotated[StepKind, About(label=say("step"))]
    procedure: Annotated[str, About(label=say("procedure"), hint=say("procedure.hint"))]


@action(may=Permission.CULTURE_CELLS, late=True)
def begin_step(work: Work, wanted: BeginStep) -> StepFacts:
    """Begin a step at this station; until it is ended nothing else is done with the same thing."""
    recipe = recipe_of(work, wanted.of)
    asked = recipe.trial.culture.asks(wanted.kind)
    fits = wanted.kind in STEPS_OF.get(kind_of(wanted.of), ())
    reasons = [
        *when(not fits or asked is None, Reason("no-such-step", step=named(wanted.kind))),
        *when(
            asked and wanted.procedure != asked.named,
            Reason("other-procedure", procedure=asked.named if asked else ""),
        ),
        *(
            Reason("step-under-way", step=named(open_.kind), station=open_.station)
            for open_ in under_way(work, [wanted.of])
        ),
        *_standing_reasons(work, wanted.of),
        *ancestor_reasons(work.session, wanted.of, settled=False),
    ]
    if reasons or asked is None:
        raise Refused(say("this-step-is-not-begun"), reasons)
    row = work.add(
        Step(
            of=wanted.of,
            kind=wanted.kind,
            protocol=recipe.version,
            procedure=asked.named,
            station=work.actor.station,
            begun_by=work.actor.login,
            begun_at=work.now,
        )
    )
    return step_of(work.session, str(row.id))


def _standing_reasons(work: Work, number: str) -> list[Reason]:
    """Why nothing more is done with a cord, a vessel or a harvest; Missing where it is not there."""
    if kind_of(number) is Kind.CORD:
        cord = work.get(Cord, number)
        return list(
            when(
                not cord.may_move_to(CordStanding.USED),
                Reason("cord-is-not-ready", number=number, standing=named(cord.standing)),
            )
        )
    if kind_of(number) is Kind.FLASK:
        return growing_reasons(number, work.get(Flask, number).standing)
    work.get(Harvest, number)
    return []


def under_way(work: Work, things: Sequence[str]) -> list[Step]:
    """The steps that are under way with these, held."""
    mine = Step.of.in_(things) & (Step.standing == StepStanding.UNDER_WAY)
    return list(work.session.scalars(select(Step).where(mine).order_by(Step.id).with_for_update()))


@dataclass(frozen=True)
class TakeUpStep:
    """A step that was left at another station."""

    step: int


@action(may=Permission.CULTURE_CELLS)
def take_up_step(work: Work, wanted: TakeUpStep) -> StepFacts:
    """Go on with a step at this station; from now on it is not gone on with at the other one."""
    row = work.lock(Step, wanted.step)
    reasons = [
        *when(row.standing is not StepStanding.UNDER_WAY, Reason("step-has-ended")),
        *when(row.station == work.actor.station, Reason("step-is-here")),
    ]
    if reasons:
        raise Refused(say("this-step-was-not-taken-up"), reasons)
    row.station = work.actor.station
    return step_of(work.session, str(row.id))


@dataclass(frozen=True)
class GiveUpStep:
    """A step that is not gone on with, and why."""

    step: int
    reason: Annotated[str, About(label=say("why-it-is-given-up"), rows=2)]


@action(may=Permission.CULTURE_CELLS)
def give_up_step(work: Work, wanted: GiveUpStep) -> StepFacts:
    """Give a step up, from whichever station; what was recorded stays."""
    row = work.lock(Step, wanted.step)
    if row.standing is not StepStanding.UNDER_WAY:
        raise Refused(Reason("step-has-ended"))
    _give_up(work, row, wanted.reason)
    return step_of(work.session, str(row.id))


def step_reasons(work: Work, kind: StepKind, things: Sequence[str]) -> list[Reason]:
    """Why a step with these cannot be ended here and now: not begun, elsewhere, something missing.

    Where their recipe asks for nothing, nothing is asked.
    """
    open_ = under_way(work, things)
    reasons = [
        reason
        for row in open_
        for reason in outputs.here_reasons(row.kind, kind, row.station, work.actor.station)
    ]
    mine = [row for row in open_ if row.kind is kind]
    numbered = [one for one in things if is_number(one)]  # an old harvest can begin no step
    if not mine and any(recipe_of(work, one).trial.culture.asks(kind) for one in numbered):
        reasons.append(Reason("step-not-begun", step=named(kind), number=things[0]))
    for row in mine:
        recorded = set(work.session.scalars(select(Output.code).where(Output.step == row.id)))
        seen = photographed(work, row)
        reasons += outputs.ending_reasons(asked_of(work, row), recorded, photographed=seen)
    return reasons


def end_steps(work: Work, things: Sequence[str], made: str) -> datetime | None:
    """End what is under way with these; this came of it. When the first of them was begun."""
    rows = under_way(work, things)
    for row in rows:
        row.move_to(StepStanding.DONE)
        row.ended_by, row.ended_at = work.actor.login, work.now
        row.made = made
    return min((row.begun_at for row in rows), default=None)


def drop_steps(work: Work, thing: str, because: str) -> None:
    """Give up what is under way with something that is gone."""
    for row in under_way(work, [thing]):
        _give_up(work, row, because)


def _give_up(work: Work, row: Step, because: str) -> None:
    row.move_to(StepStanding.GIVEN_UP)
    row.ended_by, row.ended_at, row.because = work.actor.login, work.now, because
