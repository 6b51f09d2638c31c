"""Participants: registered, screened, randomised, weighed twice, ordered for, withdrawn."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Annotated

from sqlalchemy import select

from lims.core.errors import Refused
from lims.core.quantities import Kilograms
from lims.core.reasons import Reason, when
from lims.core.shapes import About
from lims.identifiers.fields import ParticipantNumber
from lims.identifiers.numbers import Kind
from lims.orders.queries import take_next_number
from lims.orders.rules import weight_reasons
from lims.protocol.queries import load_trial
from lims.trial import queries, rules
from lims.trial.models import (
    Fitness,
    Participant,
    ScreeningAnswer,
    Weighing,
    WeighingStanding,
)
from lims.trial.queries import ParticipantFacts
from lims.trial.rules import ParticipantStanding
from lims.trust.action import action
from lims.trust.permissions import Permission
from lims.trust.work import Work

SECOND_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class RegisterParticipant:
    """Somebody who gave informed consent."""

    initials: str
    sex: Annotated[str, About(choices=(("female", "female"), ("male", "male")))]
    born_on: Annotated[date, About(label="Date of birth")]
    hospital_number: Annotated[
        str, About(label="Hospital number", hint="kept as a digest, to find a second registration")
    ]
    consent_version: Annotated[str, About(label="Version of the consent form")]
    consent_at: Annotated[datetime, About(label="Consent given")]
    stratum: str = "ALL"


@action(may=Permission.DECIDE_PARTICIPANT)
def register_participant(work: Work, wanted: RegisterParticipant) -> ParticipantFacts:
    """Register a participant once; a second registration of the same person is refused."""
    trial = load_trial(work.settings.protocol_file)
    # However it was typed, one person has one identity: full width, small letters, blanks.
    plain = "".join(unicodedata.normalize("NFKC", wanted.hospital_number).upper().split())
    identity = sha256(f"{trial.code}/{plain}".encode()).hexdigest()
    known = select(Participant.number).where(Participant.identity == identity)
    named = wanted.stratum in trial.strata and wanted.sex in {"female", "male"}
    past = wanted.consent_at <= work.now and wanted.born_on < work.today
    reasons = [
        *when(
            work.session.scalar(known),
            Reason("registered-already", "This person is registered already."),
        ),
        *when(not named, Reason("unknown-stratum", "The stratum or sex is not the protocol's.")),
        *when(not past, Reason("in-the-future", "Consent and birth lie in the past.")),
    ]
    if reasons:
        raise Refused("This person is not registered.", reasons)
    row = Participant(
        number=work.new_number(Kind.PARTICIPANT),
        initials=wanted.initials,
        sex=wanted.sex,
        born_on=wanted.born_on,
        identity=identity,
        consent_version=wanted.consent_version,
        consent_at=wanted.consent_at,
        stratum=wanted.stratum,
    )
    return queries.participant_facts(work.session, work.add(row))


@dataclass(frozen=True)
class Answered:
    """One answer to one criterion."""

    code: str
    value: str


@dataclass(frozen=True)
class ScreenParticipant:
    """The answers to all criteria of the protocol."""

    participant: ParticipantNumber
    answers: tuple[Answered, ...]


@action(may=Permission.DECIDE_PARTICIPANT, signed_as="eligibility assessed")
def screen_participant(work: Work, wanted: ScreenParticipant) -> ParticipantFacts:
    """Judge the answers by the protocol; each criterion that fails is named and kept."""
    row = work.lock(Participant, wanted.participant)
    trial = load_trial(work.settings.protocol_file)
    known = {criterion.code for criterion in trial.criteria}
    for answer in wanted.answers:
        if answer.code not in known:
            sentence = f"{answer.code} is not a criterion of this protocol."
            raise Refused(sentence, [Reason("unknown-criterion", sentence)])
        work.add(
            ScreeningAnswer(
                participant=row.number,
                code=answer.code,
                value=answer.value,
                by=work.actor.login,
                at=work.now,
            )
        )
    answers = queries.answers_of(work.session, row.number)
    reasons = rules.eligibility_reasons(trial.criteria, answers)
    to = ParticipantStanding.NOT_ELIGIBLE if reasons else ParticipantStanding.ELIGIBLE
    if row.standing is not to:
        row.move_to(to)
    says = " ".join(reason.sentence for reason in reasons) or "Eligible."
    return queries.participant_facts(work.session, row, says)


@dataclass(frozen=True)
class OfParticipant:
    """A participant."""

    participant: ParticipantNumber


@action(may=Permission.DECIDE_PARTICIPANT, signed_as="randomised")
def randomise(work: Work, wanted: OfParticipant) -> ParticipantFacts:
    """Give an eligible participant the next treatment number, for good."""
    row = work.lock(Participant, wanted.participant)
    trial = load_trial(work.settings.protocol_file)
    reasons = rules.eligibility_reasons(
        trial.criteria, queries.answers_of(work.session, row.number)
    )
    if queries.is_paused(work.session):
        reasons.append(Reason("trial-paused", "The trial is paused."))
    if reasons:
        raise Refused("This participant cannot be randomised.", reasons)
    row.move_to(ParticipantStanding.RANDOMISED)
    row.treatment = take_next_number(work, row.stratum).number
    row.randomised_at = work.now
    return queries.participant_facts(work.session, row, "Randomised.")


@dataclass(frozen=True)
class Weigh:
    """A weight read from the scale by one person."""

    participant: ParticipantNumber
    visit: Annotated[int, About(label="Infusion")]
    weight: Annotated[Kilograms, About(hint="to 0.1 kg")]
    scale: Annotated[str, About(label="Scale", hint="its number")]


@action(may=Permission.WEIGH)
def weigh(work: Work, wanted: Weigh) -> ParticipantFacts:
    """Enter a weight; a second person enters it again without seeing the first."""
    row = work.lock(Participant, wanted.participant)
    trial = load_trial(work.settings.protocol_file)
    if reasons := weight_reasons(wanted.weight, trial.min_weight, trial.max_weight):
        raise Refused("This weight was not taken.", reasons)
    _known_visit(work, wanted.visit)
    waiting = work.session.scalar(
        select(Weighing).where(
            Weighing.participant == row.number,
            Weighing.visit == wanted.visit,
            Weighing.standing == WeighingStanding.OPEN,
        )
    )
    if waiting is not None and work.now - waiting.at > SECOND_WITHIN:
        waiting.move_to(WeighingStanding.DISAGREED)  # a weight of long ago is weighed anew
        waiting = None
    if waiting is None:
        work.add(
            Weighing(
                participant=row.number,
                visit=wanted.visit,
                weight=wanted.weight,
                scale=wanted.scale,
                by=work.actor.login,
                at=work.now,
            )
        )
        return queries.participant_facts(
            work.session, row, "A second person now enters the weight."
        )
    return _second_weight(work, row, waiting, wanted)


def _known_visit(work: Work, visit: int) -> None:
    infusions = load_trial(work.settings.protocol_file).infusions
    if not 1 <= visit <= infusions:
        sentence = f"The protocol has infusions 1 to {infusions}."
        raise Refused(sentence, [Reason("no-such-visit", sentence)])


def _second_weight(
    work: Work, row: Participant, waiting: Weighing, wanted: Weigh
) -> ParticipantFacts:
    if waiting.by == work.actor.login:
        sentence = "Somebody else enters the weight the second time."
        raise Refused(sentence, [Reason("same-person", sentence)])
    same = waiting.weight.value == wanted.weight.value
    waiting.move_to(WeighingStanding.CONFIRMED if same else WeighingStanding.DISAGREED)
    waiting.second, waiting.second_by = wanted.weight, work.actor.login
    waiting.second_at = work.now
    says = "The weights agree." if same else "The weights differ. Both weigh again."
    return queries.participant_facts(work.session, row, says)


@dataclass(frozen=True)
class SignFitness:
    """Whether the next infusion may be given."""

    participant: ParticipantNumber
    visit: Annotated[int, About(label="Infusion")]
    fit: Annotated[bool, About(label="Fit for this infusion")]
    reason: Annotated[str, About(label="Progression, toxicity, findings", rows=2)]


@action(may=Permission.DECIDE_PARTICIPANT, signed_as="fitness for the next infusion assessed")
def sign_fitness(work: Work, wanted: SignFitness) -> ParticipantFacts:
    """Sign whether a participant is fit for an infusion."""
    _known_visit(work, wanted.visit)
    row = work.lock(Participant, wanted.participant)
    assert work.signature is not None  # noqa: S101 -- the decorator has made it
    work.add(
        Fitness(
            participant=row.number,
            visit=wanted.visit,
            fit=wanted.fit,
            reason=wanted.reason,
            by=work.actor.login,
            at=work.now,
            signature=work.signature.id,
        )
    )
    return queries.participant_facts(work.session, row)


@dataclass(frozen=True)
class WithdrawParticipant:
    """Why somebody leaves the trial's treatment."""

    participant: ParticipantNumber
    reason: Annotated[str, About(rows=2)]


@action(may=Permission.DECIDE_PARTICIPANT, signed_as="participant withdrawn")
def withdraw_participant(work: Work, wanted: WithdrawParticipant) -> ParticipantFacts:
    """Withdraw a participant; no further bag may be infused."""
    row = work.lock(Participant, wanted.participant)
    row.move_to(ParticipantStanding.WITHDRAWN)
    row.withdrawn_because = wanted.reason
    return queries.participant_facts(work.session, row)
