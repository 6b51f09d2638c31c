"""Participants: registered, screened, randomised, weighed twice, ordered for, withdrawn."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from sqlalchemy import select

from lims.core.days import day_of, start_of
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.folding import folded
from lims.core.quantities import Kilograms
from lims.core.reasons import Reason, when
from lims.core.texts import heed, say
from lims.identifiers.fields import ParticipantNumber
from lims.identifiers.numbers import Kind
from lims.orders.actions import halt_orders, take_next_number
from lims.orders.queries import is_paused
from lims.orders.rules import weight_reasons
from lims.protocol import criteria
from lims.protocol.queries import protocol_in_force, trial_in_force
from lims.trial import queries, rules
from lims.trial.identity import keyed_identity
from lims.trial.models import Fitness, Participant, ScreeningAnswer, Weighing
from lims.trial.queries import ParticipantFacts
from lims.trial.rules import ParticipantStanding, Sex, WeighingStanding
from lims.trial.weighing import must_be_the_newest, second_weight, third_weight
from lims.trial.weighings import newest_weighing
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission
from lims.trust.keys import IDENTITY

SECOND_WITHIN = timedelta(hours=1)
Infusion = Annotated[int, About(label=say("infusion"), least=1, most=50)]


@dataclass(frozen=True)
class RegisterParticipant:
    """Somebody who gave informed consent."""

    initials: str
    sex: Sex
    born_on: Annotated[date, About(label=say("date-of-birth"))]
    hospital_number: Annotated[
        str,
        About(
            label=say("hospital-number.label"),
            hint=say("kept-as-a-keyed-digest"),
            identity=IDENTITY,
        ),
    ]
    consent_version: Annotated[str, About(label=say("version-of-the-consent-form"))]
    consent_at: Annotated[datetime, About(label=say("consent-given"))]
    stratum: str = "ALL"


@action(may=Permission.DECIDE_PARTICIPANT)
def register_participant(work: Work, wanted: RegisterParticipant) -> ParticipantFacts:
    """Register a participant once; a second registration of the same person is refused."""
    trial = trial_in_force(work)
    plain = folded(wanted.hospital_number)  # however it was typed, one person has one identity
    identity = keyed_identity(work, f"{trial.code}/{plain}")
    form = work.settings.hospital_number
    known = select(Participant.number).where(Participant.identity == identity)
    past = wanted.consent_at <= work.now and wanted.born_on < work.today
    reasons = [
        *when(
            work.session.scalar(known),
            Reason("registered-already"),
        ),
        *when(
            wanted.stratum not in trial.strata,
            Reason("unknown-stratum", strata=", ".join(trial.strata)),
        ),
        *when(
            not plain or (form and not re.fullmatch(form, plain, re.ASCII)),
            Reason("hospital-number"),
        ),
        *when(not past, Reason("in-the-future.consent")),
    ]
    if reasons:
        raise Refused(say("this-person-is-not-registered"), reasons)
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


@action(may=Permission.DECIDE_PARTICIPANT, signed_as=say("eligibility-assessed"))
def screen_participant(work: Work, wanted: ScreenParticipant) -> ParticipantFacts:
    """Judge the answers by the protocol; each criterion that fails is named and kept."""
    row = work.lock(Participant, wanted.participant)
    governing = protocol_in_force(work)
    trial = governing.trial
    given = [(a.code, a.value.strip()) for a in wanted.answers if a.value.strip()]
    told = {**queries.answers_of(work.session, row.number), **dict(given)}
    computed = criteria.computed_answers(trial.eligibility, told, row.born_on, work.today)
    if wrong := criteria.answer_reasons(trial.eligibility, given, computed):
        raise Refused(say("these-answers-were-not-taken"), wrong)
    for code, value in {**dict(given), **computed}.items():
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
    answers = queries.answers_of(work.session, row.number)
    reasons = criteria.eligibility_reasons(trial.eligibility, answers)
    to = ParticipantStanding.NOT_ELIGIBLE if reasons else ParticipantStanding.ELIGIBLE
    if row.standing is not to:
        row.move_to(to)
    says = heed(say("not-eligible-because")) if reasons else say("eligible")
    return queries.participant_facts(work.session, row, says)


@dataclass(frozen=True)
class OfParticipant:
    """A participant."""

    participant: ParticipantNumber


@action(may=Permission.DECIDE_PARTICIPANT, signed_as=say("meaning.randomised"))
def randomise(work: Work, wanted: OfParticipant) -> ParticipantFacts:
    """Give an eligible participant the next treatment number, for good."""
    row = work.lock(Participant, wanted.participant)
    trial = trial_in_force(work)
    reasons = criteria.eligibility_reasons(
        trial.eligibility, queries.answers_of(work.session, row.number)
    )
    if is_paused(work.session):
        reasons.append(Reason("trial-paused"))
    if reasons:
        raise Refused(say("this-participant-cannot-be-randomised"), reasons)
    row.move_to(ParticipantStanding.RANDOMISED)
    row.treatment = take_next_number(work, row.stratum).number
    row.randomised_at = work.now
    return queries.participant_facts(work.session, row, say("randomised"))


@dataclass(frozen=True)
class Weigh:
    """A weight read from the scale by one person."""

    participant: ParticipantNumber
    visit: Infusion
    weight: Annotated[Kilograms, About(label=say("body-weight"), hint=say("to-0-1-kg"))]
    scale: Annotated[str, About(label=say("scale"), hint=say("its-number"))]


@action(may=Permission.WEIGH, late=True)
def weigh(work: Work, wanted: Weigh) -> ParticipantFacts:
    """Enter a weight; a second person enters it again without seeing the first."""
    row = work.lock(Participant, wanted.participant)
    trial = trial_in_force(work)
    if reasons := weight_reasons(wanted.weight, trial.weight.min_kg, trial.weight.max_kg):
        raise Refused(say("this-weight-was-not-taken"), reasons)
    _must_be_next(work, row, wanted.visit)
    newest = newest_weighing(work.session, row.number)
    must_be_the_newest(work, newest)
    if newest is not None and newest.standing is WeighingStanding.UNLIKELY:
        return third_weight(work, row, newest, wanted.weight)
    waiting = newest if newest and newest.standing is WeighingStanding.OPEN else None
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
        return queries.participant_facts(work.session, row, say("a-second-person-now-enters"))
    return second_weight(work, row, waiting, wanted.weight)


def _must_be_next(work: Work, row: Participant, visit: int) -> None:
    due = queries.next_visit(work.session, trial_in_force(work).schedule.infusions, row)
    if reasons := rules.next_visit_reasons(visit, due):
        raise Refused(say("this-is-not-for-the"), reasons)


@dataclass(frozen=True)
class ConfirmWeight:
    """Why a weight so far from the last one is right."""

    participant: ParticipantNumber
    reason: Annotated[str, About(label=say("why-the-weight-is-right"), rows=2)]


@action(may=Permission.DECIDE_PARTICIPANT, signed_as=say("unlikely-weight-confirmed"))
def confirm_weight(work: Work, wanted: ConfirmWeight) -> ParticipantFacts:
    """Confirm a weight on which two agree although it is far from the last one."""
    row = work.lock(Participant, wanted.participant)
    newest = newest_weighing(work.session, row.number)
    if newest is None or newest.standing is not WeighingStanding.UNLIKELY:
        raise Refused(Reason("nothing-to-confirm"))
    newest.move_to(WeighingStanding.CONFIRMED)
    newest.settled_by, newest.settled_because = work.actor.login, wanted.reason
    return queries.participant_facts(work.session, row, say("the-weight-is-confirmed"))


@dataclass(frozen=True)
class SignFitness:
    """Whether the next infusion may be given."""

    participant: ParticipantNumber
    visit: Infusion
    fit: Annotated[bool, About(label=say("fit-for-this-infusion"))]
    reason: Annotated[str, About(label=say("progression-toxicity-findings"), rows=2)]


@action(may=Permission.DECIDE_PARTICIPANT, signed_as=say("fitness-for-the-next-infusion"))
def sign_fitness(work: Work, wanted: SignFitness) -> ParticipantFacts:
    """Sign whether a participant is fit for the next infusion; the bench waits while not."""
    row = work.lock(Participant, wanted.participant)
    trial = trial_in_force(work)
    due = queries.next_visit(work.session, trial.schedule.infusions, row)
    window = queries.window_of(trial, row, wanted.visit, work.settings.zone)
    before = timedelta(hours=float(trial.fitness.max_age_hours.value))
    opens_on = (
        day_of(start_of(window.first, work.settings.zone) - before, work.settings.zone)
        if (window)
        else None
    )
    reasons = [
        *rules.blind_reasons(queries.seen_by(row), work.actor.login),
        *rules.signing_reasons(row.standing, wanted.visit, due, opens_on, work.today),
    ]
    if reasons:
        raise Refused(say("fitness-was-not-signed"), reasons)
    halt_orders(work, row.treatment, halted=not wanted.fit)
    work.add(
        Fitness(
            participant=row.number,
            visit=wanted.visit,
            fit=wanted.fit,
            reason=wanted.reason,
            by=work.actor.login,
            at=work.now,
            signature=work.signed,
        )
    )
    return queries.participant_facts(work.session, row)


@dataclass(frozen=True)
class WithdrawParticipant:
    """Why somebody leaves the trial's treatment."""

    participant: ParticipantNumber
    reason: Annotated[str, About(rows=2)]


@action(may=Permission.DECIDE_PARTICIPANT, signed_as=say("participant-withdrawn.label"), late=True)
def withdraw_participant(work: Work, wanted: WithdrawParticipant) -> ParticipantFacts:
    """Withdraw a participant; no further bag may be infused."""
    row = work.lock(Participant, wanted.participant)
    row.move_to(ParticipantStanding.WITHDRAWN)
    row.withdrawn_because = wanted.reason
    halt_orders(work, row.treatment, halted=True)
    return queries.participant_facts(work.session, row)
