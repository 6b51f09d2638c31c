"""Reads of orders."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.quantities import Kilograms, Millilitres
from lims.orders.models import Order, TreatmentNumber, TrialPause
from lims.orders.rules import OrderStanding


@dataclass(frozen=True)
class OrderFacts:
    """An order as the laboratory reads it."""

    number: str
    treatment: str
    visit: int
    weight: Kilograms
    protocol: int
    volume: Millilitres
    slot_at: datetime
    standing: OrderStanding
    halted_at: datetime | None


ORDERS = Listing(
    (Order.slot_at, Order.number),
    finds=(Order.number,),
    stands=Order.standing,
    sorts={"slot": Order.slot_at, "visit": Order.visit},
)


def orders(session: Session, asked: Asked = EVERYTHING) -> Listed[OrderFacts]:
    """All orders, the latest slot first."""
    page = one_page(session, select(Order), ORDERS, asked)
    return page.told(facts(OrderFacts, row) for row in page.rows)


def orders_that_are(session: Session, standing: OrderStanding) -> list[OrderFacts]:
    """Every order in a standing, the soonest slot first."""
    found = select(Order).where(Order.standing == standing)
    rows = session.scalars(found.order_by(Order.slot_at, Order.number))
    return [facts(OrderFacts, row) for row in rows]


def order(session: Session, number: str) -> OrderFacts:
    """One order."""
    row = session.get(Order, number)
    if row is None:
        raise Missing
    return facts(OrderFacts, row)


def is_paused(session: Session) -> bool:
    """Whether the trial is paused."""
    newest = select(TrialPause.paused).order_by(TrialPause.id.desc()).limit(1)
    return bool(session.scalar(newest))


@dataclass(frozen=True)
class Register:
    """How far the register of one stratum has been used."""

    stratum: str
    numbers: int
    taken: int
    void: int


def register(session: Session) -> dict[str, Register]:
    """The register by stratum: counts alone, no number."""
    numbers = func.count()
    void = func.sum(case((TreatmentNumber.void, 1), else_=0))
    taken = func.sum(case((TreatmentNumber.taken, 1), else_=0))
    counted = select(TreatmentNumber.stratum, numbers, taken, void).group_by(
        TreatmentNumber.stratum
    )
    return {
        stratum: Register(stratum, int(every) - int(gone), int(used), int(gone))
        for stratum, every, used, gone in session.execute(counted.order_by(TreatmentNumber.stratum))
    }


def registered(session: Session, numbers: Collection[str]) -> dict[str, tuple[str, int, bool]]:
    """Stratum, place in it and whether it is taken, of each of these numbers that is registered."""
    columns = (TreatmentNumber.stratum, TreatmentNumber.sequence, TreatmentNumber.taken)
    found = select(TreatmentNumber.number, *columns).where(TreatmentNumber.number.in_(numbers))
    rows = session.execute(found.where(TreatmentNumber.void.is_(False)))
    return {number: (stratum, sequence, taken) for number, stratum, sequence, taken in rows}


def next_numbers(session: Session) -> dict[str, int]:
    """Which place of each stratum is taken next."""
    left = (TreatmentNumber.taken.is_(False), TreatmentNumber.void.is_(False))
    first = select(TreatmentNumber.stratum, func.min(TreatmentNumber.sequence)).where(*left)
    rows = session.execute(first.group_by(TreatmentNumber.stratum))
    return {stratum: int(sequence) for stratum, sequence in rows}
