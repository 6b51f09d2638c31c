"""Amending what was counted or seen of a culture: what follows from a count is computed anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import select

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import Millilitres, Percent
from lims.core.texts import say
from lims.culture import queries, rules
from lims.culture.fields import Dilution, SeenDead, SeenLive, SeenSquares
from lims.culture.models import Feeding, Flask, Harvest
from lims.culture.pooling import yield_of
from lims.culture.queries import FlaskFacts, HarvestFacts
from lims.culture.recipe import recipe_of
from lims.deviations.actions import note_deviation
from lims.deviations.rules import DeviationKind
from lims.genealogy.queries import children
from lims.identifiers.fields import FlaskNumber, HarvestNumber
from lims.identifiers.numbers import Kind, kind_of
from lims.instruments.taking import give_counts_back
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend, must_be_of
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class TooManyDoublings:
    """News: the cells of a lot had grown too often, by an amended count."""

    lot: str
    because: str


@dataclass(frozen=True)
class AmendCount:
    """What was really counted, and why it was wrong."""

    harvest: HarvestNumber
    live: SeenLive
    dead: SeenDead
    squares: SeenSquares
    dilution: Dilution
    volume: Annotated[Millilitres, About(label=say("volume-of-the-pool"))]
    why: WhyAmended


@action(
    may=Permission.CULTURE_CELLS, signed_as=say("fact-amended"), witnessed_as=say("count-checked")
)
def amend_count(work: Work, wanted: AmendCount) -> HarvestFacts:
    """Amend the count of a harvest: cells, viability and doublings, downstream too.

    What was made of more cells than there were, and each lot whose doublings are others now, gets
    a deviation, which QA judges before a lot or a bag of it is released; a lot beyond the most
    doublings is held.
    """
    row = work.lock(Harvest, wanted.harvest)
    seen = facts(rules.Squares, wanted)
    culture = recipe_of(work, row.id).trial.culture
    reasons = [
        *rules.count_reasons(seen, culture.min_cells_counted),
        *rules.volume_reasons(wanted.volume),
    ]
    if reasons:
        raise Refused(say("this-count-was-not-amended"), reasons)
    found = yield_of(pool_of(work, row), rules.counted(seen), wanted.volume)
    give_counts_back(work, row.id)
    return amend_yield(
        work, row, {**vars(seen), "volume": wanted.volume, **vars(found)}, wanted.why
    )


def amend_yield(work: Work, row: Harvest, right: Mapping[str, Any], why: str) -> HarvestFacts:
    """Put a harvest's count right, and everything that follows from it."""
    was = row.cumulative
    amend(work, row, row.id, right, why)
    pool = pool_of(work, row)
    if row.used > row.viable_cells:
        told = say("more-was-taken", used=row.used.rounded(0), left=row.viable_cells.rounded(0))
        note_deviation(work, pool[0].number, DeviationKind.REPORTED, told)
    _carry(work, row, was)
    return facts(HarvestFacts, row)


def pool_of(work: Work, row: Harvest) -> list[Flask]:
    """The flasks of a harvest, held."""
    mine = select(Flask).where(Flask.harvest == row.id).order_by(Flask.number)
    return list(work.session.scalars(mine.with_for_update()))


def _carry(work: Work, row: Harvest, was: Decimal) -> None:
    """The doublings of everything that was grown or filled from a harvest."""
    for flask in pool_of(work, row):
        flask.doublings = row.cumulative
    if row.cumulative == was:
        return
    for number in children(work.session, queries.sources(work.session, row.id)):
        if kind_of(number) is Kind.LOT:
            told = say("doublings-amended", was=f"{was:.2f}", now=f"{row.cumulative:.2f}")
            note_deviation(work, number, DeviationKind.REPORTED, told)
            most = recipe_of(work, row.id).trial.culture.cumulative_doublings_max
            if row.cumulative > most:
                work.publish(TooManyDoublings(number, told))
        if kind_of(number) is not Kind.FLASK:
            continue
        flask = work.lock(Flask, number)
        flask.doublings_before += row.cumulative - was
        if flask.harvest is not None:
            next_one = work.lock(Harvest, flask.harvest)
            earlier = next_one.cumulative
            before = [f.doublings_before for f in pool_of(work, next_one)]
            next_one.cumulative = rules.cumulative(before, next_one.doublings or Decimal(0))
            _carry(work, next_one, earlier)


@dataclass(frozen=True)
class AmendFeeding:
    """What was really seen when a flask was fed, and why it was wrong."""

    flask: FlaskNumber
    feeding: int
    confluence: Annotated[Percent, About(label=say("confluence"))]
    seen: Annotated[str, About(label=say("what-was-seen"))]
    why: WhyAmended


@action(may=Permission.CULTURE_CELLS, signed_as=say("fact-amended"))
def amend_feeding(work: Work, wanted: AmendFeeding) -> FlaskFacts:
    """Amend what was seen at a change of medium."""
    row = work.lock(Feeding, wanted.feeding)
    must_be_of(row.flask, wanted.flask)
    right = {"confluence": wanted.confluence, "seen": wanted.seen}
    amend(work, row, row.flask, right, wanted.why)
    return queries.flask(work.session, row.flask)
