"""Breaking the code of one participant."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from sqlalchemy import func, select

from lims.blinding.actions import open_number
from lims.blinding.rules import Arm
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.telling import ToldOnce
from lims.core.texts import say
from lims.identifiers.fields import ParticipantNumber
from lims.protocol.queries import trial_in_force
from lims.trial.models import Participant
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission
from lims.unblinding.models import CodeBreak
from lims.unblinding.rules import BreakReason

MOST_A_DAY = 3


@dataclass(frozen=True)
class BreakCode:
    """One participant, and why the code must be known."""

    participant: ParticipantNumber
    reason: BreakReason
    detail: Annotated[str, About(label=say("what-happened"), rows=3)]


@dataclass(frozen=True)
class Broken:
    """What the participant was given; shown once, to the one who asked."""

    participant: str
    once: ToldOnce


@action(may=Permission.BREAK_CODE, signed_as=say("code-broken-for-one-participant"))
def break_code(work: Work, wanted: BreakCode) -> Broken:
    """Break one participant's code: shown once; the fact is announced, never the arm."""
    person = work.lock(Participant, wanted.participant)
    since = work.now - timedelta(days=1)
    today = select(func.count()).select_from(CodeBreak).where(CodeBreak.at > since)
    reasons = [
        *when(
            person.treatment is None,
            Reason("not-randomised.the"),
        ),
        *when(
            person.code_broken_at,
            Reason("broken-already"),
        ),
        *when(
            (work.session.scalar(today) or 0) >= MOST_A_DAY,
            Reason("too-many", most_a_day=MOST_A_DAY),
        ),
    ]
    if reasons or person.treatment is None:
        raise Refused(say("the-code-is-not-broken"), reasons)
    arm = open_number(work, person.treatment, say("emergency-code-break"))
    person.code_broken_at = work.now
    work.add(
        CodeBreak(
            participant=person.number,
            reason=wanted.reason,
            detail=wanted.detail,
            by=work.actor.login,
            at=work.now,
            signature=work.signed,
        )
    )
    words = trial_in_force(work).arms
    named = words.cells if arm is Arm.CELLS else words.vehicle
    named_zh = words.cells_zh if arm is Arm.CELLS else words.vehicle_zh
    return Broken(
        person.number,
        say("number-was-assigned-to-named", number=person.number, named=named, named_zh=named_zh),
    )
