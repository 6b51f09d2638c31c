"""Ordering an infusion: weight becomes dose and volume, and crosses without the person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lims.bags.models import TERMINAL
from lims.bags.queries import bags_of
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.shapes import About
from lims.identifiers.fields import OrderNumber, ParticipantNumber
from lims.identifiers.numbers import Kind
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.protocol.queries import load_trial
from lims.trial import queries, rules
from lims.trial.models import Participant
from lims.trial.queries import DONE, ParticipantFacts
from lims.trust.action import action
from lims.trust.permissions import Permission
from lims.trust.work import Work


@dataclass(frozen=True)
class OrderInfusion:
    """An infusion for a slot."""

    participant: ParticipantNumber
    visit: Annotated[int, About(label="Infusion")]
    slot_at: Annotated[datetime, About(label="Slot", hint="when the bag is due on the ward")]


@action(may=Permission.WEIGH)
def order_infusion(work: Work, wanted: OrderInfusion) -> ParticipantFacts:
    """Order an infusion: order, treatment and visit number, weight, slot; nothing else crosses."""
    row = work.lock(Participant, wanted.participant)
    trial = load_trial(work.settings.protocol_file)
    known = queries.order_evidence(work.session, trial, row, wanted.visit)
    blockers = rules.order_blockers(
        known, wanted.slot_at, work.now, trial.lead_time_minutes, trial.weight_max_age
    )
    weighing = queries.confirmed_weighing(work.session, row.number, wanted.visit)
    if blockers or weighing is None or row.treatment is None:
        raise Refused("This infusion cannot be ordered.", blockers)
    work.add(
        Order(
            number=work.new_number(Kind.ORDER),
            treatment=row.treatment,
            visit=wanted.visit,
            weight=weighing.weight,
            volume=trial.final_volume,  # the same for every weight and in both arms
            slot_at=wanted.slot_at,
        )
    )
    return queries.participant_facts(work.session, row, "Ordered.")


@dataclass(frozen=True)
class OfOrder:
    """An order and why."""

    order: OrderNumber
    reason: str


@dataclass(frozen=True)
class Ordered:
    """The order, as the ward knows it."""

    order: str
    says: str


@action(may=Permission.WEIGH)
def cancel_order(work: Work, wanted: OfOrder) -> Ordered:
    """Cancel an order whose bag is not on its way, or is lost; the visit may be ordered anew."""
    order = work.lock(Order, wanted.order)
    reasons = [
        *when(
            _live(work, order.number),
            Reason("bag-on-its-way", "The bag is on its way. Return it instead."),
        ),
        *when(
            any(bag.standing in DONE for bag in bags_of(work.session, order.number)),
            Reason("infused", "This infusion was given."),
        ),
    ]
    if reasons:
        raise Refused("The order stays.", reasons)
    order.move_to(OrderStanding.CANCELLED)
    return Ordered(order.number, "Cancelled.")


def _live(work: Work, order: str) -> bool:
    """Whether a bag that the ward knows of is still in play."""
    return any(
        bag.standing not in TERMINAL and bag.dispatched_at is not None
        for bag in bags_of(work.session, order)
    )
