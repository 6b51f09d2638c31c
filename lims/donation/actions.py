"""Donor and cord: consent, history, serology, receipt, and QA's decision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from sqlalchemy import select

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import Celsius, Grams
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.deviations.actions import note_deviation
from lims.deviations.queries import open_about
from lims.deviations.rules import DeviationKind
from lims.donation import queries, rules
from lims.donation.models import Cord, Donor, Serology
from lims.donation.queries import CordFacts, DonorFacts
from lims.donation.rules import ONE_DONATION, CordStanding, DonorStanding
from lims.genealogy.actions import connect
from lims.genealogy.hands import hands_on
from lims.genealogy.rules import hands_reasons
from lims.identifiers.fields import CordNumber, DonorNumber
from lims.identifiers.numbers import Kind
from lims.labelling.outdating import supersede_untrue
from lims.notices.actions import raise_notice
from lims.notices.rules import NoticeKind
from lims.protocol.queries import trial_in_force
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class DonorIneligible:
    """News: nothing that descends from this donor may be used any more."""

    donor: str


@dataclass(frozen=True)
class RegisterDonor:
    """The mother's consent; her name stays in the hospital."""

    consent_version: Annotated[str, About(label=say("version-of-the-consent-form"))]
    consent_language: Annotated[str, About(label=say("language-of-the-form"))]
    consent_at: Annotated[datetime, About(label=say("consent-given"))]
    consent_witness: Annotated[str, About(label=say("witness-of-the-consent"))]


@action(may=Permission.RECEIVE_CORD)
def register_donor(work: Work, wanted: RegisterDonor) -> DonorFacts:
    """Register a donor by her consent; she gets a pseudonym."""
    must_be_past(work, wanted.consent_at, say("moment.consent"))
    row = Donor(
        number=work.new_number(Kind.DONOR),
        consent_version=wanted.consent_version,
        consent_language=wanted.consent_language,
        consent_at=wanted.consent_at,
        consent_witness=wanted.consent_witness,
    )
    return queries.donor_facts(work.session, work.add(row))


@dataclass(frozen=True)
class RecordHistory:
    """The questionnaire's outcome."""

    donor: DonorNumber
    history: Annotated[str, About(label=say("history-and-examination"), rows=3)]
    history_clear: Annotated[bool, About(label=say("free-of-findings-that-exclude"))]


@action(may=Permission.RECEIVE_CORD, late=True)
def record_history(work: Work, wanted: RecordHistory) -> DonorFacts:
    """Record a donor's history and examination."""
    row = work.lock(Donor, wanted.donor)
    if row.standing is not DonorStanding.PENDING and not queries.undecided_cords(
        work.session, row.number
    ):
        raise Refused(Reason("decided"))
    row.history = wanted.history
    row.history_clear = wanted.history_clear
    row.history_at = work.now
    return queries.donor_facts(work.session, row)


@dataclass(frozen=True)
class EnterSerology:
    """One marker of the mother's specimen."""

    donor: DonorNumber
    marker: str
    specimen_at: Annotated[datetime, About(label=say("specimen-drawn"))]
    reactive: bool
    laboratory: str


@action(may=Permission.ENTER_RESULT)
def enter_serology(work: Work, wanted: EnterSerology) -> DonorFacts:
    """Enter one marker; a late reactive result makes an eligible donor ineligible at once."""
    trial = trial_in_force(work)
    if wanted.marker not in {*trial.donor.markers, *trial.donor.informative_markers}:
        raise Refused(Reason("unknown-marker", marker=wanted.marker))
    must_be_past(work, wanted.specimen_at, say("moment.specimen"))
    row = work.lock(Donor, wanted.donor)
    work.add(
        Serology(
            donor=row.number,
            marker=wanted.marker,
            specimen_at=wanted.specimen_at,
            reactive=wanted.reactive,
            laboratory=wanted.laboratory,
            entered_by=work.actor.login,
            entered_at=work.now,
        )
    )
    excludes = wanted.reactive and wanted.marker in trial.donor.markers
    if excludes and row.standing is DonorStanding.ELIGIBLE:
        exclude(work, row, say("reactive-after-the-decision", marker=wanted.marker))
    return queries.donor_facts(work.session, row)


AT_HAND = (CordStanding.RECEIVED, CordStanding.ACCEPTED)


@dataclass(frozen=True)
class DecideEligibility:
    """QA's decision and what it rests on."""

    donor: DonorNumber
    eligible: bool
    basis: Annotated[str, About(label=say("basis-of-the-decision"), rows=2)]


@action(may=Permission.DECIDE_DONOR, signed_as=say("donor-eligibility-determined"))
def decide_eligibility(work: Work, wanted: DecideEligibility) -> DonorFacts:
    """Decide on a donor for one donation; eligible only when nothing speaks against it."""
    row = work.lock(Donor, wanted.donor)
    if reasons := hands_reasons(hands_on(work.session, row.number), work.actor.login):
        raise Refused(say("somebody-else-decides-on-this"), reasons)
    decided = row.standing is DonorStanding.ELIGIBLE and wanted.eligible
    if decided and not queries.undecided_cords(work.session, row.number):
        raise Refused(Reason("decided.this"))
    if not wanted.eligible:
        exclude(work, row, wanted.basis)
        return queries.donor_facts(work.session, row)
    trial = trial_in_force(work)
    evidence = queries.evidence(work.session, trial, row.number)
    if blockers := rules.eligibility_blockers(evidence):
        raise Refused(say("cannot-be-declared-eligible", number=row.number), blockers)
    if row.standing is not DonorStanding.ELIGIBLE:
        row.move_to(DonorStanding.ELIGIBLE)
    row.basis = wanted.basis
    row.decided_at = work.now
    _clear(work, row.number, evidence.recovered_at)
    relabel(work, row)
    return queries.donor_facts(work.session, row)


def _clear(work: Work, donor: str, recovered_at: datetime | None) -> None:
    """The decision covers the one donation that it was about: the cords of one birth."""
    for number in queries.undecided_cords(work.session, donor):
        cord = work.lock(Cord, number)
        if recovered_at and abs(cord.collected_at - recovered_at) <= ONE_DONATION:
            cord.cleared_at = work.now


def exclude(work: Work, row: Donor, basis: str) -> None:
    """Nothing that descends from this donor is used any more; the stages downstream are told."""
    row.move_to(DonorStanding.INELIGIBLE)
    row.basis = basis
    row.decided_at = work.now
    raise_notice(work, NoticeKind.DONOR_INELIGIBLE, row.number)
    work.publish(DonorIneligible(row.number))
    relabel(work, row)


def relabel(work: Work, row: Donor) -> None:
    """The cords that are still at hand say what the donor is now (21 CFR 1271.90)."""
    at_hand = (Cord.donor == row.number) & Cord.standing.in_(AT_HAND)
    numbers = work.session.scalars(select(Cord.number).where(at_hand).order_by(Cord.number)).all()
    supersede_untrue(work, *numbers)


@dataclass(frozen=True)
class ReceiveCord:
    """A cord at the laboratory's door, with its logger's readings."""

    donor: DonorNumber
    collected_at: Annotated[datetime, About(label=say("collected"))]
    lowest: Annotated[
        Celsius, About(label=say("lowest-temperature-on-the-way"), least=-40, most=60)
    ]
    highest: Annotated[
        Celsius, About(label=say("highest-temperature-on-the-way"), least=-40, most=60)
    ]
    weight: Annotated[Grams, About(least=1, most=500)]
    condition: Annotated[str, About(hint=say("leaks-colour-label"))]


@action(may=Permission.RECEIVE_CORD, late=True)
def receive_cord(work: Work, wanted: ReceiveCord) -> CordFacts:
    """Receive a cord; time or temperature out of limits opens a deviation."""
    must_be_a_cord(work, wanted)
    row = Cord(
        number=work.new_number(Kind.CORD),
        donor=wanted.donor,
        collected_at=wanted.collected_at,
        received_at=work.now,
        lowest=wanted.lowest,
        highest=wanted.highest,
        weight=wanted.weight,
        condition=wanted.condition,
        received_by=work.actor.login,
    )
    work.add(row)
    connect(work, row.number, wanted.donor)
    if findings := journey_findings(work, row):
        raise_notice(work, NoticeKind.EXCURSION, row.number)
    for finding in findings:
        note_deviation(work, row.number, DeviationKind(finding.code), finding.sentence)
    return queries.cord(work.session, row.number)


def must_be_a_cord(work: Work, wanted: ReceiveCord) -> None:
    """Refuse what cannot be a cord's journey."""
    must_be_past(work, wanted.collected_at, say("moment.collection"))
    if work.get(Donor, wanted.donor).consent_at > wanted.collected_at:
        raise Refused(Reason("consent-late"))
    if wanted.lowest > wanted.highest:
        raise Refused(Reason("temperatures-swapped"))


def journey_findings(work: Work, row: Cord) -> list[Reason]:
    """What is out of the protocol's limits on a cord's way."""
    donor = trial_in_force(work).donor
    limits = rules.JourneyLimits(donor.transport_max_hours, donor.cord_low_c, donor.cord_high_c)
    return rules.journey_findings(facts(rules.Journey, row), limits)


@dataclass(frozen=True)
class AcceptCord:
    """A cord that was inspected."""

    number: CordNumber
    comment: Annotated[str, About(label=say("what-was-looked-at"), rows=2)]


@action(may=Permission.DECIDE_DONOR, signed_as=say("cord-accepted-for-isolation"))
def accept_cord(work: Work, wanted: AcceptCord) -> CordFacts:
    """Accept a cord for isolation; its deviations are closed first."""
    row = work.lock(Cord, wanted.number)
    donor = work.get(Donor, row.donor)
    if reasons := rules.acceptance_reasons(
        donor.standing,
        open_about(work.session, [row.number]),
        row.received_by,
        work.actor.login,
    ):
        raise Refused(say("number-is-not-accepted", number=row.number), reasons)
    row.move_to(CordStanding.ACCEPTED)
    row.accepted_by = work.actor.login
    row.condition = say(
        "condition-accepted-comment", condition=row.condition, comment=wanted.comment
    )
    return queries.cord(work.session, row.number)


@dataclass(frozen=True)
class RejectCord:
    """Why a cord will not be used."""

    number: CordNumber
    reason: str


@action(may=Permission.DECIDE_DONOR, signed_as=say("cord-rejected"))
def reject_cord(work: Work, wanted: RejectCord) -> CordFacts:
    """Reject a cord before it is used."""
    row = work.lock(Cord, wanted.number)
    row.move_to(CordStanding.REJECTED)
    row.condition = say("condition-rejected-reason", condition=row.condition, reason=wanted.reason)
    return queries.cord(work.session, row.number)


def must_be_past(work: Work, moment: datetime, what: str) -> None:
    """Refuse what is said to have happened in the future."""
    if moment > work.now:
        raise Refused(Reason("in-the-future", what=what))
