"""Breaking the code of one participant."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from sqlalchemy import select

from lims.blinding.actions import open_number
from lims.blinding.rules import Arm
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.telling import ToldOnce
from lims.core.texts import say
from lims.identifiers.fields import ParticipantNumber
from lims.notices.actions import raise_notice
from lims.notices.rules import NoticeKind
from lims.protocol.queries import trial_in_force
from lims.trial.events import EventToJudge
from lims.trial.models import Participant
from lims.trial.queries import seen_by
from lims.trial.reactions import undo_fitness
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission
from lims.unblinding.models import CodeBreak
from lims.unblinding.rules import BreakReason

SAME_ANSWER = timedelta(minutes=10)
ALARM = timedelta(days=1)  # a second code broken within it


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


@action(may=Permission.BREAK_CODE, signed_as=say("code-broken-for-one-participant"), urgent=True)
def break_code(work: Work, wanted: BreakCode) -> Broken:
    """Break one participant's code: shown once; the fact is announced, never the arm.

    Never refused for number: a life may hang on it. Whoever lost the answer asks again within ten
    minutes and is told the same; the look is recorded each time, the answer is kept nowhere.
    """
    person = work.lock(Participant, wanted.participant)
    if person.treatment is None:
        raise Refused(say("the-code-is-not-broken"), [Reason("not-randomised.the")])
    arm = open_number(work, person.treatment, say("emergency-code-break"))
    mine = (CodeBreak.participant == person.number) & (CodeBreak.by == work.actor.login)
    lost = select(CodeBreak.id).where(mine, CodeBreak.at > work.now - SAME_ANSWER)
    if work.session.scalar(lost.limit(1)) is None:
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
        person.code_broken_at = person.code_broken_at or work.now
        person.code_broken_by = " ".join(sorted({*seen_by(person), work.actor.login}))
        raise_notice(work, NoticeKind.CODE_BROKEN, person.number)
        lately = select(CodeBreak.id).where(CodeBreak.at > work.now - ALARM)
        if len(work.session.scalars(lately).all()) > 1:
            raise_notice(work, NoticeKind.CODES_BROKEN, person.number)
        undo_fitness(work, EventToJudge(person.number, say("the-code-was-broken")))
    words = trial_in_force(work).arms
    named = words.cells if arm is Arm.CELLS else words.vehicle
    named_zh = words.cells_zh if arm is Arm.CELLS else words.vehicle_zh
    return Broken(
        person.number,
        say("number-was-assigned-to-named", number=person.number, named=named, named_zh=named_zh),
    )
