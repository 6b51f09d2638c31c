"""Amending what was given: the volume was mistyped, or the bag's end."""

from dataclasses import dataclass

from sqlalchemy import select

from lims.bags.actions import end_bag
from lims.bags.models import Bag
from lims.bags.rules import GIVEN, BagStanding
from lims.bedside import queries
from lims.bedside.infusing import EndInfusion, Observe, became, count_given, must_be_in_the_bag
from lims.bedside.models import Infusion, Observation
from lims.bedside.queries import InfusionFacts
from lims.bedside.rules import InfusionStanding, amended_volume_reasons, vital_reasons
from lims.core.errors import Refused
from lims.core.texts import say
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend, entered, must_be_of
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True, kw_only=True)
class AmendInfusion(EndInfusion):
    """What was really given, and why it was wrong."""

    why: WhyAmended


@action(may=Permission.GIVE_INFUSION, signed_as=say("fact-amended"))
def amend_infusion(work: Work, wanted: AmendInfusion) -> InfusionFacts:
    """Amend the volume that was given: what flowed stays given, the record says how much.

    Whether the visit is used up, and from when windows are counted, is judged anew.
    """
    row = work.lock(Infusion, wanted.infusion)
    bag = work.get(Bag, row.bag)
    order = work.lock(Order, bag.order)
    must_be_in_the_bag(wanted.given, bag)
    to = became(wanted.given, bag)
    others = _begun(work, order.treatment, bag.number)
    reasons = amended_volume_reasons(
        ended=row.standing is InfusionStanding.ENDED,
        nothing=to is BagStanding.NOT_GIVEN,
        later_given=any(visit > row.visit for visit in others),
        given_otherwise=row.visit in others,
    )
    if reasons:
        raise Refused(say("the-volume-stays"), reasons)
    right = {"given": wanted.given, "empty_bag": wanted.empty_bag}
    amend(work, row, row.number, right, wanted.why)
    if to is BagStanding.NOT_GIVEN and bag.standing is not to:
        end_bag(work, bag.number, to, wanted.empty_bag)
    elif bag.standing is not to:
        work.lock(Bag, bag.number).move_to(to)
        if order.standing is OrderStanding.REQUESTED:  # it was asked for anew in vain
            order.move_to(OrderStanding.IN_PREPARATION)
    count_given(work, row.participant)
    return queries.infusion(work.session, row.number)


def _begun(work: Work, treatment: str, but: str) -> frozenset[int]:
    """The visits of which another bag was given or runs."""
    begun = Bag.standing.in_(GIVEN | {BagStanding.IN_USE}) & (Bag.number != but)
    found = select(Order.visit).join(Bag, Bag.order == Order.number)
    return frozenset(work.session.scalars(found.where(Order.treatment == treatment, begun)))


@dataclass(frozen=True, kw_only=True)
class AmendObservation(Observe):
    """What was really seen, and why it was wrong."""

    observation: int
    why: WhyAmended


@action(may=Permission.GIVE_INFUSION, signed_as=say("fact-amended"))
def amend_observation(work: Work, wanted: AmendObservation) -> InfusionFacts:
    """Amend vital signs, or what was seen, of one observation."""
    row = work.lock(Observation, wanted.observation)
    must_be_of(row.infusion, wanted.infusion)
    if reasons := vital_reasons(wanted.systolic, wanted.diastolic):
        raise Refused(say("this-was-not-recorded"), reasons)
    amend(work, row, row.infusion, entered(wanted, Observe), wanted.why)
    return queries.infusion(work.session, row.infusion)
