"""QA's decision on a donor, and what news of her does at once to all that descends from her."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import joined, say
from lims.donation import queries, rules
from lims.donation.evidence import evidence_of
from lims.donation.models import Cord, Donor
from lims.donation.queries import DonorFacts
from lims.donation.rules import ONE_DONATION, DonorStanding
from lims.genealogy.hands import hands_on
from lims.genealogy.rules import hands_reasons
from lims.identifiers.fields import DonorNumber
from lims.labelling.outdating import supersede_untrue
from lims.notices.actions import raise_notice
from lims.notices.rules import NoticeKind
from lims.protocol.queries import trial_in_force
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class DonorStopped:
    """News: nothing that descends from this donor may be used any more."""

    donor: str
    because: str


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
    evidence = evidence_of(work.session, trial_in_force(work), row.number)
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
    because = say("donor-donor-is-ineligible", donor=row.number)
    stop(work, row, DonorStanding.INELIGIBLE, basis, because)


def stop(work: Work, row: Donor, to: DonorStanding, basis: str, because: str = "") -> None:
    """End the use of a donor's cells, whatever stage they are at."""
    row.move_to(to)
    row.basis = basis
    row.decided_at = work.now
    raise_notice(work, NoticeKind.DONOR_INELIGIBLE, row.number)
    work.publish(DonorStopped(row.number, because or basis))
    relabel(work, row)


def relabel(work: Work, row: Donor) -> None:
    """The cords that are still at hand say what the donor is now (21 CFR 1271.90)."""
    supersede_untrue(work, *queries.cords_at_hand(work.session, row.number))


@dataclass(frozen=True)
class Against:
    """What is known against a donor: what excludes her, and what her decision lacks."""

    excluding: tuple[Reason, ...]
    lacking: frozenset[Reason]


def against(work: Work, row: Donor) -> Against:
    """What is known against a donor at this moment."""
    trial = trial_in_force(work)
    found = rules.excluding(evidence_of(work.session, trial, row.number))
    decided = evidence_of(work.session, trial, row.number, decided=True)
    lacking = rules.eligibility_blockers(decided)
    return Against(tuple(found), frozenset(r for r in lacking if r.code != "marker-not-reviewed"))


def judge_again(work: Work, row: Donor, before: Against) -> None:
    """Act on what is known now: exclude at once, or let QA decide again.

    QA decides again on what was a slip, and where an eligible donor lacks what she did not.
    """
    now = against(work, row)
    is_eligible = row.standing is DonorStanding.ELIGIBLE
    if now.excluding and is_eligible:
        exclude(work, row, say("found-after-the-decision", why=_sentences(now.excluding)))
    elif (
        new := sorted(now.lacking - before.lacking, key=lambda r: r.sentence) if is_eligible else []
    ):
        _decide_again(work, row, say("lacks-what-it-rested-on", why=_sentences(new)))
    elif before.excluding and not now.excluding and row.standing is DonorStanding.INELIGIBLE:
        _decide_again(work, row, say("amended-decide-again", why=_sentences(before.excluding)))


def _sentences(reasons: Sequence[Reason]) -> str:
    return joined("between.sentences", (reason.sentence for reason in reasons))


def _decide_again(work: Work, row: Donor, why: str) -> None:
    """Until QA has, nothing that descends from her is released, thawed or given."""
    row.move_to(DonorStanding.PENDING)
    row.basis, row.decided_at = why, None
    relabel(work, row)


def must_be_past(work: Work, moment: datetime, what: str) -> None:
    """Refuse what is said to have happened in the future."""
    if moment > work.now:
        raise Refused(Reason("in-the-future", what=what))
