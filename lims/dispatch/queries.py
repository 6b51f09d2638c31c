"""Bags that wait for the courier."""

from collections.abc import Sequence
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


def slots_of(session: Session, bags: Sequence[BagFacts]) -> dict[str, datetime]:
    """When each bag's order is due on the ward, by the order's number."""
    wanted = select(Order.number, Order.slot_at).where(Order.number.in_([b.order for b in bags]))
    return {row.number: row.slot_at for row in session.execute(wanted)}
