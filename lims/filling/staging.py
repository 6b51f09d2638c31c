"""Which lots a session stages: what its orders need, what expires first, both arms judged alike."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import select

from lims.bags.models import Bag
from lims.bags.rules import TERMINAL
from lims.bank.models import Vial
from lims.bank.picking import free_vials
from lims.bank.queries import stored_vials
from lims.bank.rules import VialStanding
from lims.core.days import end_of
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason
from lims.donation.evidence import ancestor_reasons
from lims.filling.beginning import vials_for
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.protocol.queries import trial_in_force
from lims.supplies.models import Lot
from lims.supplies.rules import LotFacts, LotKind, LotStanding, lot_reasons
from lims.trust.context import Work


def lots_to_stage(work: Work) -> tuple[LotFacts, LotFacts]:
    """A cell lot and a vehicle lot for the next order that both can serve, the soonest slot first.

    A lot whose last vials are too few for an order is passed over, not waited for. Without any
    order, what expires first. Refused when either lacks: a shortage of one must not delay the
    participants of one arm only.
    """
    free_what_is_over(work)
    cells, vehicles = (list(_usable(work, kind)) for kind in (LotKind.PRODUCT, LotKind.VEHICLE))
    if not cells or not vehicles:
        raise Refused(Reason("nothing-to-fill"))
    waiting = (Order.standing == OrderStanding.REQUESTED) & (Order.slot_at > work.now)
    orders = work.session.scalars(
        select(Order).where(waiting).order_by(Order.slot_at, Order.number)
    ).all()
    for order in orders:
        cell = next(
            (lot for lot in _lasting(work, order, cells) if _enough(work, order, lot)), None
        )
        vehicle = next(_lasting(work, order, vehicles), None)
        if cell and vehicle:
            return cell, vehicle
    if orders:
        raise Refused(Reason("no-lot-serves-an-order"))
    return cells[0], vehicles[0]


def free_what_is_over(work: Work) -> None:
    """Give back to store what was held for bags that have ended since, of either arm."""
    held = select(Vial.taken_for).join(Bag, Bag.number == Vial.taken_for).distinct()
    over = (Vial.standing == VialStanding.RESERVED) & Bag.standing.in_(TERMINAL)
    for bag in work.session.scalars(held.where(over).order_by(Vial.taken_for)).all():
        free_vials(work, str(bag))


def _usable(work: Work, kind: LotKind) -> Iterator[LotFacts]:
    found = select(Lot).where(Lot.kind == kind, Lot.standing == LotStanding.RELEASED)
    for row in work.session.scalars(found.order_by(Lot.expires_on, Lot.number)).all():
        known = facts(LotFacts, row)
        stocked = kind is LotKind.VEHICLE or stored_vials(work.session, row.number, 1)
        stopped = lot_reasons(known, work.moment) or ancestor_reasons(work.session, row.number)
        if stocked and not stopped:
            yield known


def _lasting(work: Work, order: Order, lots: Sequence[LotFacts]) -> Iterator[LotFacts]:
    """The lots that a bag of this order may be given from, to the end of its planned infusion."""
    span = timedelta(minutes=trial_in_force(work).infusion.planned_minutes)
    return (
        lot for lot in lots if end_of(lot.expires_on, work.settings.zone) >= order.slot_at + span
    )


def _enough(work: Work, order: Order, lot: LotFacts) -> bool:
    needed = vials_for(work, order, lot.number)
    return len(stored_vials(work.session, lot.number, needed)) == needed
