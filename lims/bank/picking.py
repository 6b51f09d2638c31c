"""Picks vials for a bag, and gives back to store what was never thawed."""

from lims.bank import queries
from lims.bank.models import Vial
from lims.bank.rules import VialStanding
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.trust.context import Work


def pick_vials(work: Work, bag: str, lot: str, count: int) -> None:
    """Reserve so many vials of a lot for a bag."""
    picked = queries.stored_vials(work.session, lot, count)
    if len(picked) < count:
        raise Refused(Reason("not-enough-vials", count=count, lot=lot, count_2=len(picked)))
    for number in picked:
        vial = work.lock(Vial, number)
        vial.move_to(VialStanding.RESERVED)
        vial.taken_for = bag


def free_vials(work: Work, bag: str) -> None:
    """Give back to store the vials that were picked for a bag and never thawed."""
    for found in queries.vials_of_bag(work.session, bag):
        if found.standing is VialStanding.RESERVED:
            vial = work.lock(Vial, found.number)
            vial.move_to(VialStanding.STORED)
            vial.taken_for = None
