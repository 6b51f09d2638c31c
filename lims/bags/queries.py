"""Reads of bags."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.core.errors import Missing
from lims.core.facts import facts
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
    says: Told = ""


def bag_facts(row: Bag, says: str = "") -> BagFacts:
    """A bag's fields."""
    return facts(BagFacts, row, says=says)


def bags_of(session: Session, order: str) -> list[BagFacts]:
    """All bags that were ever filled for an order."""
    rows = session.scalars(select(Bag).where(Bag.order == order).order_by(Bag.number))
    return [bag_facts(row) for row in rows]


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
