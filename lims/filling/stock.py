"""Vials in store against what the open orders take, over the coming weeks."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from lims.bank.queries import StoredLot, stored_lots
from lims.core.days import day_of
from lims.core.quantities import Percent
from lims.core.texts import say
from lims.filling import dose
from lims.orders.queries import OrderFacts, orders_that_are
from lims.orders.rules import OrderStanding, target_dose
from lims.protocol.queries import trial_in_force
from lims.protocol.sections import Trial
from lims.supplies.rules import LotStanding
from lims.web.context import RequestContext
from lims.web.pictures import Curve, Picture, Point, picture_of

AHEAD: Final = timedelta(days=56)


def stock_pictures(at: RequestContext) -> list[Picture]:
    """What is released and in store on each day, and the vials that the orders take by then."""
    lots = [lot for lot in stored_lots(at.session) if lot.standing is LotStanding.RELEASED]
    if not lots:
        return []
    trial, last = trial_in_force(at), at.today + AHEAD
    days = sorted({at.today, last, *(lot.expires_on for lot in lots if lot.expires_on < last)})
    stored = [Point(day, _usable(lots, day)) for day in days]
    wanted = orders_that_are(at.session, OrderStanding.REQUESTED)
    needed, taken = [Point(at.today, Decimal(0))], 0
    for order in sorted((o for o in wanted if o.slot_at > at.now), key=lambda o: o.slot_at):
        taken += _vials_of(order, lots[0], trial)
        needed.append(Point(day_of(order.slot_at, at.zone), Decimal(taken)))
    curves = [Curve(say("vials-in-store"), stored), Curve(say("vials-that-orders-take"), needed)]
    title, up = say("stock-against-orders"), say("vials")
    return picture_of(Picture(title, say("day.axis"), up, curves, today=at.today))


def _usable(lots: list[StoredLot], day: date) -> Decimal:
    return Decimal(sum(lot.stored for lot in lots if lot.expires_on >= day))


def _vials_of(order: OrderFacts, lot: StoredLot, trial: Trial) -> int:
    """Either arm takes them alike: what an order is for is not known here (F10)."""
    wanted = target_dose(order.weight, trial.dose.cells_per_kg)
    preparation = trial.preparation
    each = dose.after_thaw(lot.viable_per_vial, Percent(preparation.expected_recovery_pct))
    return dose.vials_needed(wanted, each, Percent(preparation.overage_pct))
