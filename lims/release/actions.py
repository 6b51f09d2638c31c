"""QA's acts on a lot: review its trail, release, reject, hold, return, recall."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.genealogy.hands import hands_on
from lims.genealogy.rules import hands_reasons
from lims.identifiers.fields import LotNumber, LotOrMaterialNumber
from lims.notices.actions import raise_notice
from lims.notices.rules import NoticeKind
from lims.protocol.queries import trial_in_force
from lims.release import queries, rules
from lims.release.models import LotDecision, TrailReview
from lims.release.rules import Decision
from lims.supplies.actions import delivery_of, everywhere
from lims.supplies.models import Lot
from lims.supplies.rules import LotFacts, LotStanding
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

Why = Annotated[str, About(label=say("reason"), rows=2)]


@dataclass(frozen=True)
class LotWithdrawn:
    """News: nothing made with this lot may be used from this moment on."""

    lot: str


@dataclass(frozen=True)
class ReviewTrail:
    """A lot whose trail was read."""

    lot: LotNumber


@action(may=Permission.REVIEW_TRAIL, signed_as=say("audit-trail-reviewed"))
def review_trail(work: Work, wanted: ReviewTrail) -> LotFacts:
    """Sign that the lot's audit trail was read up to here (EU GMP Annex 11 §9)."""
    lot = work.lock(Lot, wanted.lot)
    hands = hands_on(work.session, lot.number)
    if reasons := hands_reasons(hands, work.actor.login):
        raise Refused(say("somebody-else-reviews-this-trail"), reasons)
    entries = queries.trail_length(work.session, lot.number) + 1  # this review's own entry
    work.add(TrailReview(lot=lot.number, entries=entries, by=work.actor.login, at=work.now))
    return facts(LotFacts, lot)


@dataclass(frozen=True)
class ReleaseLot:
    """A lot that may leave quarantine."""

    lot: LotNumber
    comment: str = ""


@action(may=Permission.RELEASE_LOT, signed_as=say("released-for-clinical-use"))
def release_lot(work: Work, wanted: ReleaseLot) -> LotFacts:
    """Move a lot out of quarantine, on evidence and a signature."""
    lot = work.lock(Lot, wanted.lot)
    evidence = queries.evidence(work.session, lot.number, trial_in_force(work))
    if blockers := rules.release_blockers(evidence, work.actor.login, work.today):
        raise Refused(say("number-stays-in-quarantine", number=lot.number), blockers)
    lot.move_to(LotStanding.RELEASED)
    lot.was_released = True
    _decide(work, lot, Decision.RELEASED, wanted.comment)
    return facts(LotFacts, lot)


@dataclass(frozen=True)
class JudgeLot:
    """A lot and why."""

    lot: LotOrMaterialNumber
    reason: Why


@action(may=Permission.RELEASE_LOT, signed_as=say("rejected"))
def reject_lot(work: Work, wanted: JudgeLot) -> LotFacts:
    """Reject a lot, or a whole delivery, for good."""
    lot = work.lock(Lot, wanted.lot)
    for one in _that_can(delivery_of(work, lot), lot, LotStanding.REJECTED):
        one.move_to(LotStanding.REJECTED)
        _decide(work, one, Decision.REJECTED, wanted.reason)
    return facts(LotFacts, lot)


@action(may=Permission.RELEASE_LOT, signed_as=say("placed-on-hold"), urgent=True)
def hold_lot(work: Work, wanted: JudgeLot) -> LotFacts:
    """Hold a lot, or a whole delivery: everything made with it is unusable from now on."""
    lot = work.lock(Lot, wanted.lot)
    for one in _that_can(delivery_of(work, lot), lot, LotStanding.HOLD):
        withdraw(work, one, LotStanding.HOLD, wanted.reason)
    return facts(LotFacts, lot)


@action(may=Permission.RELEASE_LOT, signed_as=say("recalled"), urgent=True)
def recall_lot(work: Work, wanted: JudgeLot) -> LotFacts:
    """Recall a lot for good; bags are withdrawn by preparation session, in both arms.

    A supplier's lot is recalled in whichever delivery it came.
    """
    lot = work.lock(Lot, wanted.lot)
    for one in _that_can(everywhere(work, lot), lot, LotStanding.RECALLED):
        withdraw(work, one, LotStanding.RECALLED, wanted.reason)
    raise_notice(work, NoticeKind.RECALL, lot.number)
    return facts(LotFacts, lot)


def _that_can(lots: Sequence[Lot], lot: Lot, to: LotStanding) -> list[Lot]:
    """The lot itself, and those of the others that can go the same way."""
    return [one for one in lots if one is lot or one.may_move_to(to)]


def withdraw(work: Work, lot: Lot, to: LotStanding, reason: str) -> None:
    """Hold or recall from inside another action, and tell the stages downstream."""
    lot.move_to(to)
    decision = Decision.HELD if to is LotStanding.HOLD else Decision.RECALLED
    _decide(work, lot, decision, reason)
    work.publish(LotWithdrawn(lot.number))


@action(may=Permission.RELEASE_LOT, signed_as=say("released-from-hold"))
def return_lot(work: Work, wanted: JudgeLot) -> LotFacts:
    """Take a lot off hold, if nothing speaks against it any more."""
    lot = work.lock(Lot, wanted.lot)
    held = [o for o in delivery_of(work, lot) if o is lot or o.standing is LotStanding.HOLD]
    blockers = [reason for one in held for reason in _against_return(work, one)]
    if blockers:
        raise Refused(say("stays-as-it-is", number=lot.number), list(dict.fromkeys(blockers)))
    for one in held:
        one.move_to(LotStanding.RELEASED if one.was_released else LotStanding.QUARANTINE)
        _decide(work, one, Decision.RETURNED, wanted.reason)
    return facts(LotFacts, lot)


def _against_return(work: Work, lot: Lot) -> list[Reason]:
    evidence = queries.evidence(work.session, lot.number, trial_in_force(work))
    held_by = queries.held_by(work.session, lot.number)
    return rules.return_blockers(evidence, held_by, work.actor.login, work.today)


def _decide(work: Work, lot: Lot, decision: Decision, reason: str) -> None:
    work.add(
        LotDecision(
            lot=lot.number,
            decision=decision,
            reason=reason,
            by=work.actor.login,
            at=work.now,
            signature=work.signature.id if work.signature else None,
        )
    )
