"""How a bag is stopped, given back and ended, from inside other stages' actions."""

from dataclasses import dataclass

from lims.bags.models import Bag
from lims.bags.rules import GIVEN_BACK, BagStanding
from lims.notices.actions import raise_notice
from lims.notices.rules import NoticeKind
from lims.orders.actions import ask_anew
from lims.trust.context import Work


@dataclass(frozen=True)
class Expired:
    """The bags that were expired."""

    bags: tuple[str, ...]


def withdraw_bag(work: Work, number: str, because: str = "") -> None:
    """Withdraw a bag that can still be stopped, and put a notice on one that cannot.

    The ward reads the same word for every cause and for both arms. What stops this bag alone,
    not its session, is told in `because`.
    """
    row = work.lock(Bag, number)
    row.because = because or row.because
    if row.standing is not BagStanding.IN_USE and row.may_move_to(BagStanding.WITHDRAWN):
        row.withdrawn_from = row.standing if row.standing in GIVEN_BACK else None
        row.move_to(BagStanding.WITHDRAWN)
    if row.dispatched_at and not row.notice_at and not because:  # who said why knows it already
        raise_notice(work, NoticeKind.BAG_STOPPED, row.number)
    row.notice_at = row.notice_at or work.now


def give_back(work: Work, number: str) -> bool:
    """Take the notice off a bag, and let it stand where it stood; whether that could be done."""
    row = work.lock(Bag, number)
    stopped = row.standing is BagStanding.WITHDRAWN
    if not row.notice_at or (stopped and row.withdrawn_from is None):
        return False
    if row.dispatched_at:
        raise_notice(work, NoticeKind.BAG_GIVEN_BACK, row.number)
    row.notice_at = None
    if stopped and row.withdrawn_from is not None:
        row.move_to(row.withdrawn_from)
        row.withdrawn_from, row.because = None, ""
    return True


def end_bag(work: Work, number: str, to: BagStanding, because: str) -> Bag:
    """End a bag that is not infused; its order is asked for anew, and the bench may fill another."""
    row = work.get(Bag, number)
    ask_anew(work, row.order)  # the order first, as its cancelling and its dispatch do
    row = work.lock(Bag, number)
    row.move_to(to)
    row.because = because
    return row
