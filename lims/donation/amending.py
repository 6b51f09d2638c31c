"""Amending a donor's serology: what excluded her by a slip is decided upon again."""

from dataclasses import dataclass

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.donation import queries, rules
from lims.donation.actions import EnterSerology, exclude, must_be_past, relabel
from lims.donation.models import Donor, Serology
from lims.donation.queries import DonorFacts
from lims.donation.rules import DonorStanding
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
    must_be_past(work, wanted.specimen_at, "specimen")
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
