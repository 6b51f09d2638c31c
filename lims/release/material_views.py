"""QA's word on a material: what was decided about it, and the way back from hold."""

from lims.core.texts import say, say_each
from lims.release.actions import hold_lot, recall_lot, reject_lot, return_lot
from lims.release.queries import decisions_of
from lims.release.views import LAB, pages
from lims.supplies.queries import material
from lims.supplies.rules import LotStanding
from lims.web.context import RequestContext
from lims.web.pages import Page
from lims.web.tables import Table

CAN = {
    LotStanding.RELEASED: (hold_lot, recall_lot),
    LotStanding.HOLD: (return_lot, recall_lot, reject_lot),
}


@pages.page("/materials/<number>", may=LAB)
def decided_material(at: RequestContext, number: str) -> Page:
    """Every decision about a material, and what may be decided now."""
    found = material(at.session, number)
    decisions = [(d.decision, d.reason, d.by, d.at) for d in decisions_of(at.session, number)]
    return Page(
        say("decisions-about"),
        number=number,
        standing=found.standing,
        tables=[Table("", say_each("decision", "reason", "by", "when"), decisions)],
        forms=[
            at.form(act, fixed={"lot": number}, danger=act is not return_lot)
            for act in CAN.get(found.standing, ())
        ],
    )
