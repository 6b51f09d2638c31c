"""Bags that wait for the courier."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.queries import BagFacts, bag_facts
from lims.bags.rules import BagStanding
from lims.orders.models import Order


def to_dispatch(session: Session) -> list[BagFacts]:
    """The released bags, the soonest expiry first."""
    found = select(Bag).where(Bag.standing == BagStanding.RELEASED)
    return [bag_facts(row) for row in session.scalars(found.order_by(Bag.expires_at, Bag.number))]


def with_slots(session: Session) -> list[tuple[BagFacts, datetime]]:
    """The same, each with when it is due on the ward."""
    found = select(Bag, Order.slot_at).join(Order, Order.number == Bag.order)
    found = found.where(Bag.standing == BagStanding.RELEASED)
    rows = session.execute(found.order_by(Order.slot_at, Bag.number))
    return [(bag_facts(row), slot_at) for row, slot_at in rows]
