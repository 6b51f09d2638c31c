"""Reads of bags."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.rules import LOST, STOPPED, BagStanding
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.gathering import gathered
from lims.core.quantities import Millilitres
from lims.core.telling import Told


@dataclass(frozen=True)
class BagFacts:
    """A bag without its content."""

    number: str
    order: str
    protocol: int
    volume: Millilitres
    expires_at: datetime
    standing: BagStanding
    sleeve: str | None
    dispatched_at: datetime | None
    notice_at: datetime | None
    because: str
    says: Told = ""


def bag_facts(row: Bag, says: str = "") -> BagFacts:
    """A bag's fields."""
    return facts(BagFacts, row, says=says)


def bags_of(session: Session, order: str) -> list[BagFacts]:
    """All bags that were ever filled for an order."""
    rows = session.scalars(select(Bag).where(Bag.order == order).order_by(Bag.number))
    return [bag_facts(row) for row in rows]


def lost_of(session: Session, orders: Sequence[str]) -> dict[str, list[BagFacts]]:
    """The bags of these orders that were lost or stopped: another one is wanted in their place."""
    found = select(Bag).where(Bag.order.in_(orders), Bag.standing.in_(LOST | STOPPED))
    rows = gathered(session, found.order_by(Bag.number), Bag.order)
    return {order: [bag_facts(row) for row in of_it] for order, of_it in rows.items()}


def bags_that_are(session: Session, *standings: BagStanding) -> list[BagFacts]:
    """Every bag of these standings, the one that expires first before the others."""
    rows = session.scalars(
        select(Bag).where(Bag.standing.in_(standings)).order_by(Bag.expires_at, Bag.number)
    )
    return [bag_facts(row) for row in rows]


def bag(session: Session, number: str) -> BagFacts:
    """One bag."""
    row = session.get(Bag, number)
    if row is None:
        raise Missing
    return bag_facts(row)
