"""Bags that wait for the courier."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.queries import BagFacts, bag_facts
from lims.bags.rules import BagStanding


def to_dispatch(session: Session) -> list[BagFacts]:
    """The released bags, the soonest expiry first."""
    found = select(Bag).where(Bag.standing == BagStanding.RELEASED)
    return [bag_facts(row) for row in session.scalars(found.order_by(Bag.expires_at, Bag.number))]
