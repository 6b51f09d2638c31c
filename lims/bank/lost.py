"""A vial that is not in the store any more, and of which nobody knows where it went."""

from lims.bank.models import Vial
from lims.bank.rules import VialStanding
from lims.trust.context import Work


def lose_vial(work: Work, number: str, because: str) -> None:
    """Take a vial out of the store that is not there any more."""
    vial = work.lock(Vial, number)
    if vial.may_move_to(VialStanding.DESTROYED):
        vial.move_to(VialStanding.DESTROYED)
        vial.box = vial.position = None
        vial.taken_for = because
