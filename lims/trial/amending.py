"""Amending what was recorded of a participant; eligibility is judged anew."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from sqlalchemy import func, select

from lims.core.days import day_of
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.identifiers.fields import ParticipantNumber
from lims.labelling.outdating import supersede_untrue
from lims.protocol import criteria
from lims.protocol.queries import protocol_in_force
from lims.trial import queries
from lims.trial.deviating import sign_deviation
from lims.trial.events import EventToJudge
from lims.trial.models import Participant, ScreeningAnswer
from lims.trial.queries import ParticipantFacts
from lims.trial.reactions import undo_fitness
from lims.trial.rules import ParticipantStanding, Sex
from lims.trial.windows import WardDeviationKind
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

P = ParticipantStanding
AMENDED = ("initials", "sex", "born_on", "consent_version", "consent_at", "stratum")


@dataclass(frozen=True)
class AmendParticipant:
    """What is right about a participant, and why it was wrong."""

    participant: ParticipantNumber
    initials: str
    sex: Sex
    born_on: Annotated[date, About(label=say("date-of-birth"))]
    consent_version: Annotated[str, About(label=say("version-of-the-consent-form"))]
    consent_at: Annotated[datetime, About(label=say("consent-given"))]
    stratum: str
    why: WhyAmended


@action(may=Permission.DECIDE_PARTICIPANT, signed_as=say("fact-amended"))
def amend_participant(work: Work, wanted: AmendParticipant) -> ParticipantFacts:
    """Amend a participant's data; who is not eligible by what is right waits, and it is recorded.

    A number that was drawn from a stratum stays drawn: a wrong stratum is a deviation.
    """
    row = work.lock(Participant, wanted.participant)
    trial = protocol_in_force(work).trial
    moved = wanted.stratum != row.stratum
    reasons = [
        *when(moved and row.treatment, Reason("stratum-used")),
        *when(
            wanted.stratum not in trial.strata,
            Reason("unknown-stratum", strata=", ".join(trial.strata)),
        ),
        *when(
            wanted.consent_at > work.now or wanted.born_on >= work.today,
            Reason("in-the-future.consent"),
        ),
    ]
    if reasons:
        raise Refused(say("this-person-is-not-amended"), reasons)
    values = {name: getattr(wanted, name) for name in AMENDED}
    amend(work, row, row.number, values, wanted.why)
    supersede_untrue(work, row.number)  # a wristband with other initials is a STOP
    _judge(work, row)
    return queries.participant_facts(work.session, row, say("amended"))


def _judge(work: Work, row: Participant) -> None:
    """Eligibility by what is right, as of the day on which it was assessed."""
    governing = protocol_in_force(work)
    asked = governing.trial.eligibility
    told = queries.answers_of(work.session, row.number)
    newest = select(func.max(ScreeningAnswer.at)).where(ScreeningAnswer.participant == row.number)
    at = work.session.scalar(newest)
    if not told or at is None:
        return
    day = day_of(at, work.settings.zone)
    computed = criteria.computed_answers(asked, told, row.born_on, day)
    for code, value in computed.items():
        if told.get(code) != value:
            work.add(
                ScreeningAnswer(
                    participant=row.number,
                    code=code,
                    value=value,
                    protocol=governing.version,
                    by=work.actor.login,
                    at=work.now,
                )
            )
    reasons = criteria.eligibility_reasons(asked, {**told, **computed})
    if row.standing is P.ELIGIBLE and reasons:
        row.move_to(P.NOT_ELIGIBLE)
    elif row.standing is P.NOT_ELIGIBLE and not reasons:
        row.move_to(P.ELIGIBLE)
    elif row.standing is P.RANDOMISED and reasons:
        what = " ".join(reason.sentence for reason in reasons)
        sign_deviation(work, row.number, WardDeviationKind.RANDOMISED_BY_MISTAKE, what)
        undo_fitness(work, EventToJudge(row.number, what))


@dataclass(frozen=True)
class AmendAnswer:
    """The right answer to one criterion, and why it was wrong."""

    participant: ParticipantNumber
    code: Annotated[str, About(label=say("criterion"))]
    value: Annotated[
        str,
        About(label=say("right-answer"), hint=say("yes-no-or-a-number"), read=criteria.yes_or_no),
    ]
    why: WhyAmended


@action(may=Permission.DECIDE_PARTICIPANT, signed_as=say("fact-amended"))
def amend_answer(work: Work, wanted: AmendAnswer) -> ParticipantFacts:
    """Amend one answer of the screening; eligibility is judged anew, and randomised by mistake told."""
    row = work.lock(Participant, wanted.participant)
    asked = protocol_in_force(work).trial.eligibility
    of_code = (ScreeningAnswer.participant == row.number) & (ScreeningAnswer.code == wanted.code)
    newest = select(ScreeningAnswer).where(of_code).order_by(ScreeningAnswer.id.desc()).limit(1)
    answer = work.session.scalar(newest)
    computed = {c.code for c in asked if c.computed is not None}
    given = [(wanted.code, wanted.value.strip())]
    reasons = [
        *when(answer is None, Reason("not-answered-yet")),
        *when(wanted.code in computed, Reason("computed-answer")),
        *criteria.answer_reasons(asked, given, {}),
    ]
    if reasons or answer is None:
        raise Refused(say("these-answers-were-not-taken"), reasons)
    amend(work, answer, row.number, {"value": given[0][1]}, wanted.why)
    _judge(work, row)
    return queries.participant_facts(work.session, row, say("amended"))
