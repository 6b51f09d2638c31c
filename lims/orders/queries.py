"""Reads of orders, and taking the next treatment number."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.errors import Missing, Refused
from lims.core.facts import facts
from lims.core.quantities import Kilograms, Millilitres
from lims.core.reasons import Reason
from lims.orders.models import Order, TreatmentNumber
from lims.orders.rules import OrderStanding
from lims.trust.work import Work


@dataclass(frozen=True)
class OrderFacts:
    """An order as the laboratory reads it."""

    number: str
    treatment: str
    visit: int
    weight: Kilograms
    volume: Millilitres
    slot_at: datetime
    standing: OrderStanding


def orders(session: Session) -> list[OrderFacts]:
    """The newest orders by slot."""
    rows = session.scalars(select(Order).order_by(Order.slot_at.desc(), Order.number).limit(300))
    return [facts(OrderFacts, row) for row in rows]


def order(session: Session, number: str) -> OrderFacts:
    """One order."""
    row = session.get(Order, number)
    if row is None:
        raise Missing
    return facts(OrderFacts, row)


def take_next_number(work: Work, stratum: str) -> TreatmentNumber:
    """Take the next treatment number of a stratum, for good; two at once get two."""
    untaken = select(TreatmentNumber).where(
        TreatmentNumber.stratum == stratum, TreatmentNumber.taken.is_(False)
    )
    row = work.session.scalar(untaken.order_by(TreatmentNumber.sequence).limit(1).with_for_update())
    if row is None:
        sentence = "The randomisation list has no number left. Call the statistician."
        raise Refused(sentence, [Reason("list-used-up", sentence)])
    row.taken = True
    return row
