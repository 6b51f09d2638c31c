"""Amending what was recorded of a donor and her cord: what it decided is decided upon again."""

from dataclasses import dataclass

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.deviations.actions import note_deviation
from lims.deviations.rules import DeviationKind
from lims.donation import queries, rules
from lims.donation.actions import (
    EnterSerology,
    ReceiveCord,
    exclude,
    journey_findings,
    must_be_a_cord,
    must_be_past,
    relabel,
)
from lims.donation.models import Cord, Donor, Serology
from lims.donation.queries import CordFacts, DonorFacts
from lims.donation.rules import DonorStanding
from lims.identifiers.fields import CordNumber
from lims.labelling.outdating import supersede_untrue
from lims.protocol.queries import trial_in_force
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend, entered, must_be_of
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True, kw_only=True)
class AmendSerology(EnterSerology):
    """What is right about one marker, and why it was wrong."""

    serology: int
    why: WhyAmended


@action(may=Permission.ENTER_RESULT, signed_as=say("fact-amended"))
def amend_serology(work: Work, wanted: AmendSerology) -> DonorFacts:
    """Amend one marker; the donor is judged again at once.

    Reactive now: an eligible donor is ineligible, and all that descends from her is stopped. Not
    reactive any more: QA decides on a donor again whom that alone had excluded.
    """
    row = work.lock(Serology, wanted.serology)
    must_be_of(row.donor, wanted.donor)
    trial = trial_in_force(work)
    if wanted.marker not in {*trial.donor.markers, *trial.donor.informative_markers}:
        raise Refused(Reason("unknown-marker", marker=wanted.marker))
    must_be_past(work, wanted.specimen_at, say("moment.specimen"))
    donor = work.lock(Donor, wanted.donor)
    excluded = _reactive(work, donor)
    amend(work, row, donor.number, entered(wanted, EnterSerology), wanted.why)
    now = _reactive(work, donor)
    if now and donor.standing is DonorStanding.ELIGIBLE:
        exclude(work, donor, say("reactive-after-the-decision", marker=wanted.marker))
    elif excluded and not now and donor.standing is DonorStanding.INELIGIBLE:
        donor.move_to(DonorStanding.PENDING)
        donor.basis = say("amended-decide-again", marker=wanted.marker)
        donor.decided_at = None
        relabel(work, donor)
    return queries.donor_facts(work.session, donor)


def _reactive(work: Work, donor: Donor) -> bool:
    """Whether a marker that excludes is reactive."""
    found = queries.evidence(work.session, trial_in_force(work), donor.number)
    return any(reason.code == "reactive" for reason in rules.eligibility_blockers(found))


@dataclass(frozen=True, kw_only=True)
class AmendCord(ReceiveCord):
    """What is right about a cord's journey, and why it was wrong."""

    cord: CordNumber
    why: WhyAmended


@action(may=Permission.RECEIVE_CORD, signed_as=say("fact-amended"))
def amend_cord(work: Work, wanted: AmendCord) -> CordFacts:
    """Amend a cord's journey, weight or condition; what is out of limits now opens a deviation."""
    row = work.lock(Cord, wanted.cord)
    must_be_of(row.donor, wanted.donor)
    must_be_a_cord(work, wanted)
    before = {finding.code for finding in journey_findings(work, row)}
    amend(work, row, row.number, entered(wanted, ReceiveCord), wanted.why)
    for finding in journey_findings(work, row):
        if finding.code not in before:
            note_deviation(work, row.number, DeviationKind(finding.code), finding.sentence)
    supersede_untrue(work, row.number)
    return queries.cord(work.session, row.number)
