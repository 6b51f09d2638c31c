"""Ordering an infusion: weight becomes dose and volume, and crosses without the person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lims.bags.queries import bags_of
from lims.bags.rules import GIVEN, TERMINAL
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.telling import Told
from lims.core.texts import say
from lims.identifiers.fields import OrderNumber, ParticipantNumber
from lims.identifiers.numbers import Kind
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.protocol.queries import protocol_in_force
from lims.trial import queries, rules
from lims.trial.actions import Infusion
from lims.trial.models import Participant
from lims.trial.queries import ParticipantFacts
from lims.trial.rules import CancelEvidence, OrderLimits
from lims.trial.weighings import confirmed_weighing
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class OrderInfusion:
    """An infusion for a slot."""

    participant: ParticipantNumber
    visit: Infusion
    slot_at: Annotated[datetime, About(label=say("slot"), hint=say("when-the-bag-is-due"))]


@action(may=Permission.WEIGH)
def order_infusion(work: Work, wanted: OrderInfusion) -> ParticipantFacts:
    """Order an infusion: order, treatment and visit number, weight, slot; nothing else crosses."""
    row = work.lock(Participant, wanted.participant)
    governing = protocol_in_force(work)
    trial, zone = governing.trial, work.settings.zone
    known = queries.order_evidence(work.session, trial, row, wanted.visit, zone)
    limits = OrderLimits(
        trial.preparation.lead_time_minutes,
        trial.weight.max_age_hours,
        trial.fitness.max_age_hours,
        trial.schedule.min_gap_days,
    )
    blockers = rules.order_blockers(known, wanted.slot_at, work.moment, limits)
    weighing = confirmed_weighing(work.session, row.number, wanted.visit)
    if blockers or weighing is None or row.treatment is None:
        raise Refused(say("this-infusion-cannot-be-ordered"), blockers)
    work.add(
        Order(
            number=work.new_number(Kind.ORDER),
            treatment=row.treatment,
            visit=wanted.visit,
            weight=weighing.weight,
            protocol=governing.version,
            volume=trial.bag.final_volume_ml,  # the same for every weight and in both arms
            slot_at=wanted.slot_at,
        )
    )
    return queries.participant_facts(work.session, row, say("ordered"))


@dataclass(frozen=True)
class OfOrder:
    """An order and why."""

    order: OrderNumber
    reason: str


@dataclass(frozen=True)
class Ordered:
    """The order, as the ward knows it."""

    order: str
    says: Told


@action(may=Permission.WEIGH)
def cancel_order(work: Work, wanted: OfOrder) -> Ordered:
    """Cancel an order whose bag is not on its way, or is lost; the visit may be ordered anew."""
    order = work.lock(Order, wanted.order)  # first, as the dispatch of its bag does
    bags = bags_of(work.session, order.number)
    known = CancelEvidence(
        on_its_way=any(b.standing not in TERMINAL and b.dispatched_at is not None for b in bags),
        given=any(bag.standing in GIVEN for bag in bags),
    )
    if reasons := rules.cancel_reasons(known):
        raise Refused(say("the-order-stays"), reasons)
    order.move_to(OrderStanding.CANCELLED)
    return Ordered(order.number, say("cancelled"))
