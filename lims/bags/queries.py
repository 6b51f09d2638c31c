"""Reads of bags, and the one way in which a bag is withdrawn."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag, BagStanding
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.quantities import Millilitres
from lims.trust.work import Work


@dataclass(frozen=True)
class BagFacts:
    """A bag without its content."""

    number: str
    order: str
    volume: Millilitres
    expires_at: datetime
    standing: BagStanding
    sleeve: str | None
    dispatched_at: datetime | None
    notice_at: datetime | None
    says: str = ""


def bag_facts(row: Bag, says: str = "") -> BagFacts:
    """A bag's fields."""
    return facts(BagFacts, row, says=says)


def bags_of(session: Session, order: str) -> list[BagFacts]:
    """All bags that were ever filled for an order."""
    rows = session.scalars(select(Bag).where(Bag.order == order).order_by(Bag.number))
    return [bag_facts(row) for row in rows]


def bag(session: Session, number: str) -> BagFacts:
    """One bag."""
    row = session.get(Bag, number)
    if row is None:
        raise Missing
    return bag_facts(row)


def withdraw_bag(work: Work, number: str) -> None:
    """Withdraw a bag that can still be stopped, and put a notice on one that cannot.

    The ward reads the same word for every cause and for both arms.
    """
    row = work.lock(Bag, number)
    if row.standing is not BagStanding.IN_USE and row.may_move_to(BagStanding.WITHDRAWN):
        row.move_to(BagStanding.WITHDRAWN)
    row.notice_at = row.notice_at or work.now
