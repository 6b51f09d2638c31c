"""A harvest whose cells an instrument counted: from its file's counts, one or several."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import Millilitres
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.culture import rules
from lims.culture.amending import amend_yield, pool_of
from lims.culture.fields import Flasks
from lims.culture.labels import LabelsNow
from lims.culture.models import Flask, Harvest
from lims.culture.pooling import end_flasks, pool_reasons, yield_of
from lims.culture.queries import HarvestFacts
from lims.culture.recipe import recipe_of
from lims.genealogy.actions import connect
from lims.identifiers.fields import HarvestNumber
from lims.instruments.counts import CellsCounted, mean_of, taking_reasons
from lims.instruments.queries import CountFacts
from lims.instruments.queries import count as find_count
from lims.instruments.rules import CountStanding
from lims.instruments.taking import give_counts_back, take_counts
from lims.supplies.using import Instruments, Materials
from lims.trust.actions import action
from lims.trust.amending import WhyAmended
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

Counts = Annotated[
    tuple[str, ...],
    About(label=say("counts"), hint=say("identifiers-one-on-each-line"), least=1),
]


NOTHING_SEEN: Final = {"live": 0, "dead": 0, "squares": 0, "dilution": Decimal(1)}


@dataclass(frozen=True)
class HarvestByInstrument:
    """Flasks of one donor, pooled, and what a counter's file says of the pool."""

    flasks: Flasks
    counts: Counts
    volume: Annotated[Millilitres, About(label=say("volume-of-the-pool"))]
    materials: Materials
    equipment: Instruments
    labels: LabelsNow = False


@action(may=Permission.CULTURE_CELLS, witnessed_as=say("count-checked"), late=True)
def harvest_by_instrument(work: Work, wanted: HarvestByInstrument) -> HarvestFacts:
    """Pool flasks of one donor by the mean of a counter's counts; a second person checks it."""
    pool = [work.lock(Flask, number) for number in sorted(set(wanted.flasks))]
    counts = _found(work, wanted.counts)
    reasons = [
        *pool_reasons(work, pool, wanted.volume),
        *_against(work, counts, {flask.number for flask in pool}, ""),
    ]
    if reasons:
        raise Refused(say("these-flasks-cannot-be-harvested"), reasons)
    found = yield_of(pool, _mean(counts), wanted.volume)
    made = end_flasks(work, pool, wanted, found, **NOTHING_SEEN)
    take_counts(work, wanted.counts, made.id)
    for flask in pool:
        connect(work, flask.number, *sorted({one.instrument for one in counts}))
    return made


def _found(work: Work, ids: Sequence[str]) -> list[CountFacts]:
    return [find_count(work.session, one) for one in sorted(set(ids))]


def _mean(counts: Sequence[CountFacts]) -> CellsCounted:
    return mean_of([facts(CellsCounted, one) for one in counts])


def _against(work: Work, found: Sequence[CountFacts], pool: set[str], harvest: str) -> list[Reason]:
    """Why these counts do not serve for these flasks: not theirs, taken, or too far apart."""
    first = min(pool, default="")
    most_apart = recipe_of(work, first).trial.culture.second_count_pct
    return [
        *(
            Reason("count-of-something-else", count=one.sample or one.id)
            for one in found
            if one.of not in pool
        ),
        *(
            Reason("count-serves-no-more", count=one.sample or one.id)
            for one in found
            if one.standing is not CountStanding.COUNTED and one.taken_for != harvest
        ),
        *taking_reasons([facts(CellsCounted, one) for one in found], most_apart),
    ]


@dataclass(frozen=True)
class RecountHarvest:
    """The counter's counts that are right for a harvest, and why it was wrong."""

    harvest: HarvestNumber
    counts: Counts
    volume: Annotated[Millilitres, About(label=say("volume-of-the-pool"))]
    why: WhyAmended


@action(
    may=Permission.CULTURE_CELLS, signed_as=say("fact-amended"), witnessed_as=say("count-checked")
)
def recount_harvest(work: Work, wanted: RecountHarvest) -> HarvestFacts:
    """Amend a harvest by a counter's counts: cells, viability and doublings, downstream too."""
    row = work.lock(Harvest, wanted.harvest)
    pool = pool_of(work, row)
    numbers = {flask.number for flask in pool}
    counts = _found(work, wanted.counts)
    reasons = [
        *rules.volume_reasons(wanted.volume),
        *_against(work, counts, numbers, row.id),
        *when(not numbers, Reason("no-flask")),
    ]
    if reasons:
        raise Refused(say("this-count-was-not-amended"), reasons)
    found = yield_of(pool, _mean(counts), wanted.volume)
    give_counts_back(work, row.id)
    work.session.flush()
    take_counts(work, wanted.counts, row.id)
    right = {**NOTHING_SEEN, "volume": wanted.volume, **vars(found)}
    return amend_yield(work, row, right, wanted.why)
