"""A bag's paper form of the bench, entered when the power is back: its steps in one go, or none."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.texts import say
from lims.filling.actions import DrawCells, ThawForBag, draw_cells, thaw_for_bag
from lims.filling.queries import FillFacts
from lims.identifiers.fields import VialNumber
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission
from lims.trust.lateness import Earlier, as_of, enter_late, steps_reasons


@dataclass(frozen=True, kw_only=True)
class EnterPaperCells(DrawCells):
    """What the paper form says of one bag's vials, pool and draw."""

    vials: Annotated[tuple[VialNumber, ...], About(label=say("vials-thawed"), scan=True)]
    thawed_at: Annotated[datetime, About(label=say("thawed-at"))]
    drawn_at: Annotated[datetime, About(label=say("drawn-at"))]
    because: Annotated[str, About(label=say("why-it-was-on-paper"))]


@action(may=Permission.FILL_BAG, witnessed_as=say("entered-as-written-and-checked"))
def enter_paper_cells(work: Work, wanted: EnterPaperCells) -> FillFacts:
    """Enter vials thawed, the count and the draw as they were written down.

    The second person is the one who checked count and volume. Each step is judged as of when it
    happened; vehicle has one step alone, which says for itself when it happened.
    """
    times = [wanted.thawed_at, wanted.drawn_at]
    if reasons := steps_reasons(times, work.entered):
        raise Refused(say("this-form-was-not-entered"), reasons)
    for number in wanted.vials:
        thaw_for_bag.function(as_of(work, wanted.thawed_at), ThawForBag(wanted.bag, number))
    found = draw_cells.function(as_of(work, wanted.drawn_at), facts(DrawCells, wanted))
    earlier = Earlier(wanted.thawed_at, wanted.because)
    enter_late(work, enter_paper_cells.path, earlier)
    return found
