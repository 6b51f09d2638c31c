"""Amending the count of a drawn bag: its dose is computed anew and judged anew."""

from dataclasses import dataclass, replace
from typing import Annotated

from lims.bags.models import Bag
from lims.bags.rules import TERMINAL
from lims.bank import queries as bank
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import CellCount, Millilitres
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.culture.fields import Dilution, SeenDead, SeenLive, SeenSquares
from lims.culture.rules import Squares, count_reasons, counted, volume_reasons
from lims.deviations.actions import note_deviation
from lims.deviations.rules import DeviationKind
from lims.filling import dose, queries
from lims.filling.beginning import trial_of_order
from lims.filling.models import Fill
from lims.filling.queries import FillFacts
from lims.filling.reactions import withdraw_session
from lims.filling.rules import drawn_blockers
from lims.identifiers.fields import BagNumber
from lims.orders.rules import dose_deviation
from lims.protocol.queries import trial_of_version
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class AmendDraw:
    """What was really counted before the draw, and why it was wrong."""

    bag: BagNumber
    live: SeenLive
    dead: SeenDead
    squares: SeenSquares
    dilution: Dilution
    pool: Annotated[Millilitres, About(label=say("volume-of-the-pool"))]
    why: WhyAmended


@action(
    may=Permission.FILL_BAG,
    signed_as=say("fact-amended"),
    witnessed_as=say("count-draw-volume-and-volume"),
)
def amend_draw(work: Work, wanted: AmendDraw) -> FillFacts:
    """Amend the count of a drawn bag. What was drawn stays drawn: the dose is what it really was.

    A released bag that would not be released so is stopped with its session, so that the ward sees
    both arms stop; what was given already is a deviation that QA and the sponsor judge.
    """
    row = work.lock(Fill, wanted.bag)
    if row.target is None or row.drawn is None:
        raise Refused(Reason("no-count-to-amend"))
    trial = trial_of_order(work, row.order)
    seen = facts(Squares, wanted)
    reasons = [
        *count_reasons(seen, trial.culture.min_cells_counted),
        *volume_reasons(wanted.pool),
    ]
    if reasons:
        raise Refused(say("this-count-was-not-amended"), reasons)
    count = counted(seen)
    actual = CellCount(row.drawn.value * count.viable.value)
    known = queries.fill_facts(work.session, row)
    found = dose.recovery(bank.frozen_in(work.session, known.vials), count.cells_in(wanted.pool))
    if reasons := dose.recovery_reasons(found):
        raise Refused(say("this-count-was-not-amended"), reasons)
    deviation = dose_deviation(actual, row.target)
    right = {
        "live": wanted.live,
        "dead": wanted.dead,
        "squares": wanted.squares,
        "dilution": wanted.dilution,
        "pool": wanted.pool,
        "viability": count.viability,
        "actual": actual,
        "deviation": deviation,
    }
    amend(work, row, row.bag, right, wanted.why)
    off = dose.dose_reasons(deviation, trial.bag.dose_action_pct)
    if off:
        note_deviation(work, row.bag, DeviationKind.DOSE, off[0].sentence)
    if row.released_at is not None and (against := _against(work, row)):
        if work.get(Bag, row.bag).standing not in TERMINAL:
            withdraw_session(work, row.session, say("a-count-was-amended"))
        elif not off:
            note_deviation(work, row.bag, DeviationKind.REPORTED, against[0].sentence)
    return queries.fill_facts(work.session, row, say("amended"))


def _against(work: Work, row: Fill) -> list[Reason]:
    """What speaks against the bag by the amended count, whatever was accepted by the old one."""
    bag = work.get(Bag, row.bag)
    evidence = queries.bag_evidence(work, bag, row, work.moment)
    limits = queries.limits_of(trial_of_version(work.connection, bag.protocol))
    return drawn_blockers(replace(evidence, dose_deviation_closed=False), limits)
