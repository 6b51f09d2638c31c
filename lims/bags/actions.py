"""The one way in which a bag is withdrawn, from inside other stages' actions."""

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.trust.context import Work


def withdraw_bag(work: Work, number: str) -> None:
    """Withdraw a bag that can still be stopped, and put a notice on one that cannot.

    The ward reads the same word for every cause and for both arms.
    """
    row = work.lock(Bag, number)
    if row.standing is not BagStanding.IN_USE and row.may_move_to(BagStanding.WITHDRAWN):
        row.move_to(BagStanding.WITHDRAWN)
    row.notice_at = row.notice_at or work.now
