"""A picked vial that is not in its position: its box is counted, and the next vial is fetched."""

from dataclasses import dataclass

from lims.bank.models import Vial
from lims.bank.picking import pick_vials
from lims.bank.queries import stored_vials
from lims.bank.rules import VialStanding
from lims.blinding.rules import Arm
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import heed, say
from lims.filling import queries
from lims.filling.actions import filling_of
from lims.filling.models import Preparation
from lims.filling.queries import FillFacts
from lims.identifiers.fields import BagNumber, VialNumber
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class MissVial:
    """A vial that was picked for a bag and does not lie where it should."""

    bag: BagNumber
    vial: VialNumber


@action(may=Permission.FILL_BAG, witnessed_as=say("looked-for-it-too"))
def miss_vial(work: Work, wanted: MissVial) -> FillFacts:
    """Say that two people did not find a picked vial; the next one is picked, and the box is counted."""
    row = filling_of(work, wanted.bag, Arm.CELLS)
    vial = work.lock(Vial, wanted.vial)
    if vial.taken_for != row.bag or vial.standing is not VialStanding.RESERVED:
        raise Refused(Reason("not-picked", number=vial.number))
    vial.move_to(VialStanding.MISSING)
    vial.taken_for = say("not-found-for", bag=row.bag)
    lot = work.get(Preparation, row.session).cell_lot
    work.session.flush()
    further = stored_vials(work.session, lot, 1)
    if not further:
        return queries.fill_facts(work.session, row, heed(say("no-further-vial", lot=lot)))
    pick_vials(work, row.bag, lot, 1)
    return queries.fill_facts(work.session, row, say("fetch-instead", number=further[0]))
