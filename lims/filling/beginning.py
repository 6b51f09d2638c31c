"""What the begin of a bag rests on; judged before its number is opened, so alike in both arms."""

from collections.abc import Sequence
from datetime import datetime

from lims.bags.queries import bags_of
from lims.bags.rules import TERMINAL
from lims.bank import queries as bank
from lims.core.days import end_of
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.quantities import Percent
from lims.core.reasons import Reason, when
from lims.core.texts import named, say
from lims.donation.evidence import ancestor_reasons
from lims.filling import dose, queries, rules
from lims.filling.models import Preparation
from lims.identifiers.numbers import Kind, kind_of
from lims.orders.models import Order
from lims.orders.rules import OrderStanding, bench_reasons, target_dose
from lims.protocol.queries import trial_in_force, trial_of_version
from lims.protocol.sections import Trial
from lims.supplies.models import Lot
from lims.supplies.rules import LotFacts, lot_reasons
from lims.supplies.using import use_reasons
from lims.trust.context import Work


def trial_of_order(work: Work, order: str) -> Trial:
    """The protocol that judged an order; its dose is carried on by it, or not at all."""
    return trial_of_version(work.connection, work.get(Order, order).protocol)


def expiry_of(work: Work, trial: Trial, order: Order, session: Preparation) -> datetime:
    """Of the bag: its shelf life, or the last day of what goes into it, of either arm."""
    used = queries.used_in(work.session, session.number)
    lots = (n for n in used if kind_of(n) in {Kind.LOT, Kind.MATERIAL})
    numbers = [session.cell_lot, session.vehicle_lot, *lots]
    zone = work.settings.zone
    ends = [end_of(work.get(Lot, number).expires_on, zone) for number in numbers]
    lead = trial.preparation.lead_time_minutes
    return rules.bag_expiry(order.slot_at, lead, trial.bag.shelf_life_hours, ends)


def why_not_begun(
    work: Work, order: Order, session: Preparation, lots: Sequence[Lot], expires: datetime
) -> list[Reason]:
    """Why a bag may not be begun; judged before the number is opened, so alike in both arms."""
    trial = trial_in_force(work)
    lead = trial.preparation.lead_time_minutes
    live = [b for b in bags_of(work.session, order.number) if b.standing not in TERMINAL]
    needed = vials_for(work, order, session.cell_lot)
    stored = bank.stored_vials(work.session, session.cell_lot, needed)
    return [
        *when(
            session.closed_at,
            Reason(
                "session-closed",
                say("the-session-is-closed", stopped_because=session.stopped_because).strip(),
            ),
        ),
        *bench_reasons(queries.order_at_bench(work, order.number)),
        *when(
            order.standing is not OrderStanding.REQUESTED,
            Reason("order-standing", standing=named(order.standing)),
        ),
        *when(live, Reason("has-bag")),
        *rules.start_reasons(work.moment, order.slot_at, lead),
        *rules.shelf_reasons(expires, order.slot_at, trial.infusion.planned_minutes),
        *(reason for lot in lots for reason in lot_reasons(facts(LotFacts, lot), work.moment)),
        *use_reasons(work, queries.used_in(work.session, session.number)),
        *ancestor_reasons(work.session, session.number),
        *when(
            len(stored) < needed,
            Reason("not-enough-vials.vials", needed=needed, count=len(stored)),
        ),
    ]


def vials_for(work: Work, order: Order, lot: str) -> int:
    """How many vials of a lot the dose of an order takes."""
    trial = trial_of_order(work, order.number)
    wanted = target_dose(order.weight, trial.dose.cells_per_kg)
    frozen = bank.bank_of(work.session, lot)
    if frozen is None:
        raise Missing(say("thing.bank"))
    each = dose.after_thaw(frozen.viable_per_vial, Percent(trial.preparation.expected_recovery_pct))
    return dose.vials_needed(wanted, each, Percent(trial.preparation.overage_pct))
