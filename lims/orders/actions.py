"""The treatment numbers, kept and taken; asking the bench to wait, or anew; from inside actions."""

from sqlalchemy import select

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.orders.models import Order, TreatmentNumber
from lims.orders.rules import OrderStanding
from lims.trust.context import Work


def add_number(work: Work, number: str, stratum: str, sequence: int) -> None:
    """Keep a treatment number of the list, which nobody has taken yet."""
    work.add(TreatmentNumber(number=number, stratum=stratum, sequence=sequence))


def void_numbers(work: Work) -> None:
    """Make the numbers of a list that is replaced void; none of them was taken."""
    still = select(TreatmentNumber).where(TreatmentNumber.void.is_(False))
    for row in work.session.scalars(still.order_by(TreatmentNumber.number).with_for_update()):
        row.void = True


def take_next_number(work: Work, stratum: str) -> TreatmentNumber:
    """Take the next treatment number of a stratum, for good; two at once get two."""
    untaken = select(TreatmentNumber).where(
        TreatmentNumber.stratum == stratum,
        TreatmentNumber.taken.is_(False),
        TreatmentNumber.void.is_(False),
    )
    row = work.session.scalar(untaken.order_by(TreatmentNumber.sequence).limit(1).with_for_update())
    if row is None:
        raise Refused(Reason("list-used-up"))
    row.taken = True
    return row


def halt_orders(work: Work, treatment: str | None, *, halted: bool) -> None:
    """Ask the bench to wait with the orders of a treatment number, or to go on; never why."""
    live = select(Order).where(
        Order.treatment == treatment, Order.standing != OrderStanding.CANCELLED
    )
    for row in work.session.scalars(live.order_by(Order.number).with_for_update()):
        if (row.halted_at is not None) is not halted:
            row.halted_at = work.now if halted else None


def ask_anew(work: Work, number: str) -> None:
    """Ask the bench for another bag where the one for this order is lost."""
    row = work.lock(Order, number)
    if row.standing is OrderStanding.IN_PREPARATION:
        row.move_to(OrderStanding.REQUESTED)
