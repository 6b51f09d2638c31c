"""Isolation, feeding, harvest with a count by two people, passage."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import (
    CellCount,
    Millilitres,
    Percent,
)
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.culture import queries, rules
from lims.culture.departing import permitted
from lims.culture.executing import drop_steps, end_steps, step_reasons
from lims.culture.fields import Area, Dilution, Flasks, SeenDead, SeenLive, SeenSquares, Vessels
from lims.culture.labels import LabelsNow
from lims.culture.models import Feeding, Flask, Harvest
from lims.culture.pooling import end_flasks, fewest_counted, pool_reasons, yield_of
from lims.culture.queries import FlaskFacts, HarvestFacts, Seeded
from lims.culture.recipe import recipe_of
from lims.culture.rules import FlaskStanding
from lims.culture.second import second_reasons
from lims.culture.seeding import Lineage, seed, seeded
from lims.donation.evidence import ancestor_reasons, disposal_reasons
from lims.donation.models import Cord
from lims.donation.rules import CordStanding
from lims.genealogy.actions import connect
from lims.identifiers.fields import CordNumber, FlaskNumber, HarvestNumber
from lims.protocol.steps import StepKind
from lims.supplies.clearance import clear
from lims.supplies.using import FurtherInstruments, Instruments, Materials, use
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class IsolateCells:
    """A cord into P0 flasks."""

    cord: CordNumber
    flasks: Vessels
    area: Area
    materials: Materials
    equipment: Instruments
    labels: LabelsNow = False


@action(may=Permission.CULTURE_CELLS, witnessed_as=say("line-clearance-checked"), late=True)
def isolate_cells(work: Work, wanted: IsolateCells) -> Seeded:
    """Isolate cells from a cord into P0 flasks; a second person checks the line clearance."""
    cord = work.lock(Cord, wanted.cord)
    cord.move_to(CordStanding.USED)
    _must_be_usable(work, cord.number, StepKind.ISOLATION)
    lineage = Lineage(cord.donor, 0, Decimal(0), recipe_of(work, cord.number).version)
    clear(work, wanted.equipment, cord.donor)
    made = seed(work, lineage, wanted.flasks, wanted.area, None)
    since = end_steps(work, [cord.number], made[0])
    for number in made:
        connect(work, number, cord.number)
        use(work, number, wanted.materials, wanted.equipment, since=since, line=cord.donor)
    return seeded(work, made, labels=wanted.labels)


@dataclass(frozen=True)
class FeedFlask:
    """A change of medium."""

    flask: FlaskNumber
    confluence: Annotated[Percent, About(label=say("confluence"))]
    materials: Materials
    seen: Annotated[str, About(label=say("what-was-seen"), hint=say("if-anything-is-unusual"))] = ""
    equipment: FurtherInstruments = ()


@action(may=Permission.CULTURE_CELLS, late=True)
def feed_flask(work: Work, wanted: FeedFlask) -> FlaskFacts:
    """Change the medium of a growing flask."""
    flask = work.lock(Flask, wanted.flask)
    if reasons := rules.growing_reasons(flask.number, flask.standing):
        raise Refused(say("number-is-not-fed", number=flask.number), reasons)
    _must_be_usable(work, flask.number, StepKind.FEEDING)
    since = end_steps(work, [flask.number], flask.number)
    use(work, flask.number, wanted.materials, wanted.equipment, since=since, line=flask.donor)
    work.add(
        Feeding(
            flask=flask.number,
            at=work.now,
            by=work.actor.login,
            confluence=wanted.confluence,
            seen=wanted.seen,
        )
    )
    return queries.flask(work.session, flask.number)


@dataclass(frozen=True)
class DiscardFlask:
    """Why a flask is given up."""

    flask: FlaskNumber
    reason: str


@action(may=Permission.CULTURE_CELLS, late=True)
def discard_flask(work: Work, wanted: DiscardFlask) -> FlaskFacts:
    """Discard a growing flask."""
    flask = work.lock(Flask, wanted.flask)
    if reasons := disposal_reasons(work.session, flask.number):
        raise Refused(say("number-stays-where-it-is", number=flask.number), reasons)
    discard(work, flask, wanted.reason)
    return queries.flask(work.session, flask.number)


def discard(work: Work, flask: Flask, reason: str) -> None:
    """End a growing flask from inside another action."""
    flask.move_to(FlaskStanding.DISCARDED)
    flask.ended_at = work.now
    drop_steps(work, flask.number, reason)
    work.add(
        Feeding(
            flask=flask.number,
            at=work.now,
            by=work.actor.login,
            confluence=Percent(Decimal(0)),
            seen=say("discarded-reason", reason=reason),
        )
    )


@dataclass(frozen=True)
class HarvestFlasks:
    """Flasks of one donor, pooled and counted."""

    flasks: Flasks
    live: SeenLive
    dead: SeenDead
    squares: SeenSquares
    dilution: Dilution
    volume: Annotated[Millilitres, About(label=say("volume-of-the-pool"))]
    materials: Materials
    equipment: Instruments
    labels: LabelsNow = False


@action(may=Permission.CULTURE_CELLS, witnessed_as=say("count-checked"), late=True)
def harvest_flasks(work: Work, wanted: HarvestFlasks) -> HarvestFacts:
    """Pool flasks of one donor and count the cells; a second person checks the count."""
    pool = [work.lock(Flask, number) for number in sorted(set(wanted.flasks))]
    seen = facts(rules.Squares, wanted)
    reasons = [
        *rules.count_reasons(seen, fewest_counted(work, pool)),
        *pool_reasons(work, pool, wanted.volume),
    ]
    if reasons:
        raise Refused(say("these-flasks-cannot-be-harvested"), reasons)
    count, culture = rules.counted(seen), recipe_of(work, pool[0].number).trial.culture
    if reasons := second_reasons(work, culture, [flask.number for flask in pool], count.viable):
        raise Refused(say("these-flasks-cannot-be-harvested"), reasons)
    found = yield_of(pool, count, wanted.volume)
    return end_flasks(work, pool, wanted, found, **vars(seen))


@dataclass(frozen=True)
class PassageCells:
    """Cells of a harvest into new flasks."""

    harvest: HarvestNumber
    flasks: Vessels
    area: Area
    seeded: Annotated[CellCount, About(label=say("viable-cells-into-each-flask"))]
    materials: Materials
    equipment: Instruments
    labels: LabelsNow = False


@action(may=Permission.CULTURE_CELLS, witnessed_as=say("seeding-checked"), late=True)
def passage_cells(work: Work, wanted: PassageCells) -> Seeded:
    """Seed the next passage from a harvest, within the limits of passage and doublings."""
    source = queries.harvest(work.session, wanted.harvest)
    recipe = recipe_of(work, source.id)
    culture = recipe.trial.culture
    origin = queries.sources(work.session, source.id)
    passage = source.passage + 1
    wants = wanted.seeded.times(wanted.flasks)
    limits = rules.passage_reasons(
        passage, culture.passage_max, source.cumulative, culture.cumulative_doublings_max
    )
    reasons = [
        *rules.not_permitted(limits, permitted(work.session, source.id)),
        *when(wanted.seeded.value <= 0, Reason("no-cells.seed")),
        *ancestor_reasons(work.session, *origin, settled=False),
        *step_reasons(work, StepKind.PASSAGE, [source.id]),
    ]
    if reasons:
        raise Refused(say("this-passage-is-not-possible"), reasons)
    take_cells(work, source.id, wants)
    lineage = Lineage(source.donor, passage, source.cumulative, recipe.version)
    made = seed(work, lineage, wanted.flasks, wanted.area, wanted.seeded)
    since = end_steps(work, [source.id], made[0])
    for number in made:
        connect(work, number, *origin)
        use(work, number, wanted.materials, wanted.equipment, since=since, line=source.donor)
    return seeded(work, made, labels=wanted.labels)


def _must_be_usable(work: Work, number: str, kind: StepKind) -> None:
    """News of trouble upstream stops the next step, while the donor's decision may wait."""
    if reasons := [
        *ancestor_reasons(work.session, number, settled=False),
        *step_reasons(work, kind, [number]),
    ]:
        raise Refused(say("number-goes-no-further", number=number), reasons)


def take_cells(work: Work, harvest_id: str, wanted: CellCount) -> None:
    """Take cells of a harvest; the same cells are never passaged and filled twice."""
    row = work.lock(Harvest, harvest_id)
    left = row.viable_cells - row.used
    if wanted > left:
        raise Refused(Reason("not-enough-cells", wanted=wanted, left=left))
    row.used += wanted
