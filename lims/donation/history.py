"""A mother's history: the protocol's questions, and what was found at the examination."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.donation import queries
from lims.donation.deciding import against, judge_again
from lims.donation.evidence import evidence_of
from lims.donation.models import Donor, DonorAnswer
from lims.donation.queries import DonorFacts
from lims.donation.rules import DonorStanding
from lims.identifiers.fields import DonorNumber
from lims.protocol.criteria import answer_reasons, yes_or_no
from lims.protocol.queries import protocol_in_force
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class DonorAnswered:
    """One answer to one question."""

    code: str
    value: str


@dataclass(frozen=True)
class RecordHistory:
    """The answers to all questions, and the examination."""

    donor: DonorNumber
    history: Annotated[str, About(label=say("history-and-examination"), rows=3)]
    history_clear: Annotated[bool, About(label=say("free-of-findings-that-exclude"))]
    answers: tuple[DonorAnswered, ...]


@action(may=Permission.RECEIVE_CORD, late=True)
def record_history(work: Work, wanted: RecordHistory) -> DonorFacts:
    """Record a donor's history and examination; QA decides on what is found."""
    row = work.lock(Donor, wanted.donor)
    decided = row.standing is not DonorStanding.PENDING
    if decided and not queries.undecided_cords(work.session, row.number):
        raise Refused(Reason("decided"))
    governing = protocol_in_force(work)
    given = [(answer.code, answer.value.strip()) for answer in wanted.answers]
    evidence = evidence_of(work.session, governing.trial, row.number)
    again = [code for code, _ in given if evidence.is_asked and code in evidence.answered]
    reasons = [
        *answer_reasons(governing.trial.donor.question, given, {}),
        *(Reason("answered-already", code=code) for code in again),
    ]
    if reasons:
        raise Refused(say("these-answers-were-not-taken"), reasons)
    before = against(work, row)
    for code, value in given:
        work.add(
            DonorAnswer(
                donor=row.number,
                code=code,
                value=value,
                protocol=governing.version,
                by=work.actor.login,
                at=work.now,
            )
        )
    row.history = wanted.history
    row.history_clear = wanted.history_clear
    row.history_at = work.now
    judge_again(work, row, before)
    return queries.donor_facts(work.session, row)


@dataclass(frozen=True)
class AmendHistory:
    """What is right about the examination, and why it was wrong."""

    donor: DonorNumber
    history: Annotated[str, About(label=say("history-and-examination"), rows=3)]
    history_clear: Annotated[bool, About(label=say("free-of-findings-that-exclude"))]
    why: WhyAmended


@action(may=Permission.RECEIVE_CORD, signed_as=say("fact-amended"))
def amend_history(work: Work, wanted: AmendHistory) -> DonorFacts:
    """Amend what was found at the examination; the donor is judged again at once."""
    row = work.lock(Donor, wanted.donor)
    if row.history_clear is None:
        raise Refused(Reason("no-history"))
    before = against(work, row)
    right = {"history": wanted.history, "history_clear": wanted.history_clear}
    amend(work, row, row.number, right, wanted.why)
    judge_again(work, row, before)
    return queries.donor_facts(work.session, row)


@dataclass(frozen=True)
class AmendDonorAnswer:
    """The right answer to one question, and why it was wrong."""

    donor: DonorNumber
    code: Annotated[str, About(label=say("question"))]
    value: Annotated[
        str, About(label=say("right-answer"), hint=say("yes-no-or-a-number"), read=yes_or_no)
    ]
    why: WhyAmended


@action(may=Permission.RECEIVE_CORD, signed_as=say("fact-amended"))
def amend_donor_answer(work: Work, wanted: AmendDonorAnswer) -> DonorFacts:
    """Amend one answer of a donor's history; she is judged again at once."""
    row = work.lock(Donor, wanted.donor)
    of_code = (DonorAnswer.donor == row.number) & (DonorAnswer.code == wanted.code)
    newest = select(DonorAnswer).where(of_code).order_by(DonorAnswer.id.desc()).limit(1)
    answer = work.session.scalar(newest)
    questions = protocol_in_force(work).trial.donor.question
    reasons = [
        *when(answer is None, Reason("not-answered-yet")),
        *answer_reasons(questions, [(wanted.code, wanted.value.strip())], {}),
    ]
    if reasons or answer is None:
        raise Refused(say("these-answers-were-not-taken"), reasons)
    before = against(work, row)
    amend(work, answer, row.number, {"value": wanted.value.strip()}, wanted.why)
    judge_again(work, row, before)
    return queries.donor_facts(work.session, row)
