"""Flasks that become one harvest, however their cells are counted."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

from lims.core.facts import facts
from lims.core.quantities import (
    CellCount,
    CellsPerMillilitre,
    Millilitres,
    Percent,
)
from lims.core.reasons import Reason, when
from lims.culture import rules
from lims.culture.executing import end_steps, step_reasons
from lims.culture.models import Flask, Harvest
from lims.culture.queries import HarvestFacts
from lims.culture.recipe import recipe_of
from lims.culture.rules import FlaskStanding
from lims.donation.evidence import ancestor_reasons
from lims.genealogy.actions import connect
from lims.identifiers.numbers import Kind
from lims.labelling.actions import first_label
from lims.labelling.printing import send_here
from lims.protocol.steps import StepKind
from lims.supplies.using import note_due_while_growing, use
from lims.trust.context import Work


def pool_reasons(work: Work, pool: Sequence[Flask], volume: Millilitres) -> list[Reason]:
    """Why these flasks cannot be pooled in this volume."""
    growing = all(flask.may_move_to(FlaskStanding.HARVESTED) for flask in pool)
    return [
        *when(not pool, Reason("no-flask")),
        *rules.same_donor_reasons({flask.donor for flask in pool}),
        *rules.volume_reasons(volume),
        *when(len({f.passage for f in pool}) > 1, Reason("mixed-passages")),
        *ancestor_reasons(work.session, *(f.number for f in pool), settled=False),
        *(step_reasons(work, StepKind.HARVEST, [f.number for f in pool]) if growing else ()),
    ]


def fewest_counted(work: Work, pool: Sequence[Flask]) -> int:
    """How many cells are counted at least, by the recipe of these."""
    return recipe_of(work, pool[0].number).trial.culture.min_cells_counted if pool else 1


class Pooling(Protocol):
    """What is common to a harvest however it is counted."""

    @property
    def volume(self) -> Millilitres:
        """Of the pool."""
        ...

    @property
    def materials(self) -> tuple[str, ...]:
        """What was used."""
        ...

    @property
    def equipment(self) -> tuple[str, ...]:
        """What it was used with."""
        ...

    @property
    def labels(self) -> bool:
        """Whether its label is wanted at once."""
        ...


def end_flasks(
    work: Work, pool: Sequence[Flask], wanted: Pooling, found: rules.Yield, **seen: Any
) -> HarvestFacts:
    """The flasks are one harvest now, counted as it was `seen`."""
    row = Harvest(
        id=work.new_number(Kind.HARVEST),
        donor=pool[0].donor,
        passage=pool[0].passage,
        volume=wanted.volume,
        used=CellCount(Decimal(0)),
        **seen,
        **vars(found),
        counted_by=work.actor.login,
        checked_by=work.second,
        at=work.now,
    )
    for flask in pool:
        flask.move_to(FlaskStanding.HARVESTED)
        flask.ended_at = work.now
        flask.harvest = row.id
        flask.doublings = row.cumulative
    numbers = [flask.number for flask in pool]
    since = end_steps(work, numbers, row.id)
    for flask in pool:
        note_due_while_growing(work, flask.number, flask.seeded_at)
        use(work, flask.number, wanted.materials, wanted.equipment, since=since, line=flask.donor)
    work.add(row)
    connect(work, row.id, *numbers)
    if wanted.labels:
        work.session.flush()
        send_here(work, first_label(work, row.id))
    return facts(HarvestFacts, row)


class Counted(Protocol):
    """A count of a suspension, whoever or whatever made it."""

    @property
    def viable(self) -> CellsPerMillilitre:
        """Viable cells."""
        ...

    @property
    def viability(self) -> Percent:
        """Of all cells."""
        ...


def yield_of(pool: Sequence[Flask], count: Counted, volume: Millilitres) -> rules.Yield:
    """What follows from the count of these flasks."""
    viable = CellCount(count.viable.value * volume.value)
    seeded = [flask.seeded for flask in pool if flask.seeded is not None]
    before = [flask.doublings_before for flask in pool]
    return rules.yielded(viable, count.viability, seeded, before)
