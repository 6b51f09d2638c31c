"""What outlived its shelf life is expired by itself: no bag stands as usable for ever."""

from dataclasses import dataclass

from sqlalchemy import select

from lims.bags.actions import Expired, end_bag
from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bank.picking import free_vials
from lims.orders.models import Order
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

_USABLE = (
    BagStanding.FILLING, BagStanding.DRAWN, BagStanding.RELEASED,
    BagStanding.DISPATCHED, BagStanding.RECEIVED,
)  # fmt: skip


@dataclass(frozen=True)
class ExpireBags:
    """Whatever has expired by now."""


@action(may=Permission.PROGRAM, served=False)
def expire_bags(work: Work, wanted: ExpireBags) -> Expired:
    """Expire every bag whose time is over, in the laboratory, on its way and on the ward."""
    del wanted
    over = select(Bag.number, Bag.order).where(
        Bag.standing.in_(_USABLE), Bag.expires_at <= work.now
    )
    expired = []
    for number, order in work.session.execute(over.order_by(Bag.number)).all():
        work.lock(Order, order)
        if work.lock(Bag, number).standing in _USABLE:  # nobody has begun it meanwhile
            end_bag(work, number, BagStanding.EXPIRED, "")
            free_vials(work, number)
            expired.append(number)
    return Expired(tuple(expired))
