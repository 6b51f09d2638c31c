"""Handing a released bag over to the courier."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from lims.bags.models import Bag
from lims.bags.queries import BagFacts, bag_facts
from lims.bags.rules import BagStanding
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.quantities import Celsius
from lims.core.reasons import Reason, when
from lims.core.texts import named, say
from lims.core.words import as_words
from lims.dispatch.models import Dispatch
from lims.filling import queries
from lims.filling.rules import usable_reasons
from lims.identifiers.scans import read_scan
from lims.labelling.queries import active_copy
from lims.orders.models import Order
from lims.protocol.queries import trial_in_force
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

BEFORE_SLOT = timedelta(minutes=30)


@dataclass(frozen=True)
class DispatchBag:
    """A bag as it leaves, scanned once more."""

    scan: Annotated[str, About(label=say("scan-the-bag"), scan=True)]
    courier: str
    temperature: Annotated[Celsius, About(label=say("temperature-in-the-box"), least=-40, most=60)]


@action(may=Permission.DISPATCH_BAG, late=True)
def dispatch_bag(work: Work, wanted: DispatchBag) -> BagFacts:
    """Hand a released bag over, if it is usable at this moment; not before its slot is near."""
    scan = read_scan(wanted.scan)
    order = work.lock(Order, work.get(Bag, scan.number).order)  # the order first, as its cancelling
    bag = work.lock(Bag, scan.number)
    trial = trial_in_force(work)
    opens = order.slot_at - BEFORE_SLOT
    reasons = [
        *when(
            bag.standing is not BagStanding.RELEASED,
            Reason("not-released", standing=named(bag.standing)),
        ),
        *usable_reasons(queries.usability(work, bag, work.moment), work.moment),
        *when(
            active_copy(work.session, bag.number) != scan.copy,
            Reason("superseded-label"),
        ),
        *when(
            not trial.bag.storage_low_c <= wanted.temperature <= trial.bag.storage_high_c,
            Reason("temperature.the", temperature=wanted.temperature, storage=trial.bag.storage),
        ),
        *when(
            # Both arms leave at the slot: an early bag would tell how long it took to make.
            work.now < opens,
            Reason("before-slot", opens=as_words(opens, work.settings.zone)),
        ),
    ]
    if reasons:
        raise Refused(say("number-stays-here", number=bag.number), reasons)
    bag.move_to(BagStanding.DISPATCHED)
    bag.dispatched_at = work.now
    work.add(
        Dispatch(
            bag=bag.number,
            courier=wanted.courier,
            temperature=wanted.temperature,
            by=work.actor.login,
            at=work.now,
        )
    )
    return bag_facts(bag, say("handed-over"))
