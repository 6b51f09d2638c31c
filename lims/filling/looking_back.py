"""The laboratory's look-back: from anything to the bags that hold it, by treatment number and visit."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.genealogy.queries import contained
from lims.identifiers.numbers import Kind, is_number, kind_of
from lims.orders.models import Order


@dataclass(frozen=True)
class HeldBy:
    """A bag that holds something of it; who received it, the vault alone can tell."""

    bag: str
    standing: BagStanding
    treatment: str
    visit: int


def held_by(session: Session, number: str) -> list[HeldBy]:
    """The bags that hold something of a donor, lot, material, session or instrument.

    Not those for which it was staged alone.
    """
    if not is_number(number):
        return []
    found = {number, *contained(session, [number], up=False)}
    bags = [one for one in found if kind_of(one) is Kind.BAG]
    rows = session.execute(
        select(Bag.number, Bag.standing, Order.treatment, Order.visit)
        .join(Order, Order.number == Bag.order)
        .where(Bag.number.in_(bags))
        .order_by(Bag.number)
    )
    return [HeldBy(*row) for row in rows]
