"""Amending what was entered of a delivery or an instrument."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import Hours
from lims.core.texts import say
from lims.deviations.actions import note_deviation
from lims.deviations.rules import DeviationKind
from lims.identifiers.fields import MaterialNumber
from lims.labelling.outdating import supersede_untrue
from lims.supplies import rules
from lims.supplies.actions import delivery_of
from lims.supplies.models import Lot
from lims.supplies.queries import SAME
from lims.supplies.rules import LotFacts
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class AmendMaterial:
    """What really stands on a delivery, and why it was wrong."""

    number: MaterialNumber
    name: str
    supplier: str
    supplier_lot: Annotated[str, About(label=say("suppliers-lot"))]
    expires_on: Annotated[date, About(label=say("expires-on"))]
    why: WhyAmended
    content: Annotated[str, About(label=say("content-of-each-container"))] = ""
    in_use_life: Annotated[Hours | None, About(label=say("life-after-opening"), most=87_600)] = None


@action(may=Permission.MANAGE_SUPPLIES, signed_as=say("fact-amended"))
def amend_material(work: Work, wanted: AmendMaterial) -> LotFacts:
    """Amend a delivery, all its containers alike; their labels are printed anew.

    What was opened and lasts less long than was thought is a deviation: QA judges what it is in.
    What QA has accepted becomes nothing else, and lasts no longer, before QA has held it: returning
    it is the acceptance of what it is now.
    """
    lot = work.lock(Lot, wanted.number)
    known = facts(LotFacts, lot)
    is_same = all(getattr(known, name) == getattr(wanted, name) for name in SAME)
    lasts = rules.Lasts(wanted.expires_on, wanted.in_use_life)
    if reasons := rules.loosening_reasons(known, lasts, is_same=is_same):
        raise Refused(say("this-delivery-stays-as-it-is"), reasons)
    right = {
        "name": wanted.name,
        "supplier": wanted.supplier,
        "supplier_lot": wanted.supplier_lot,
        "expires_on": wanted.expires_on,
        "in_use_life": wanted.in_use_life,
        "content": wanted.content,
    }
    for one in delivery_of(work, lot):
        shorter = wanted.expires_on < one.expires_on or _lasts_less(one, wanted.in_use_life)
        amend(work, one, one.number, right, wanted.why)
        supersede_untrue(work, one.number)
        if shorter and one.opened_at:
            told = say("lasts-less-long", expires_on=wanted.expires_on)
            note_deviation(work, one.number, DeviationKind.REPORTED, told)
    return facts(LotFacts, lot)


def _lasts_less(lot: Lot, life: Hours | None) -> bool:
    return life is not None and (lot.in_use_life is None or life < lot.in_use_life)
