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
from lims.culture.models import Flask, Harvest
from lims.culture.queries import HarvestFacts
from lims.culture.rules import FlaskStanding
from lims.donation.evidence import ancestor_reasons
from lims.supplies.actions import use
from lims.trust.context import Work


def pool_reasons(work: Work, pool: Sequence[Flask], volume: Millilitres) -> list[Reason]:
    """Why these flasks cannot be pooled in this volume."""
    return [
        *when(not pool, Reason("no-flask")),
        *rules.same_donor_reasons({flask.donor for flask in pool}),
        *rules.volume_reasons(volume),
        *when(len({f.passage for f in pool}) > 1, Reason("mixed-passages")),
        *ancestor_reasons(work.session, *(f.number for f in pool), settled=False),
    ]


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


def end_flasks(
    work: Work, pool: Sequence[Flask], wanted: Pooling, found: rules.Yield, **seen: Any
) -> HarvestFacts:
    """The flasks are one harvest now, counted as it was `seen`."""
    row = Harvest(
        id=work.chance.letters("harvest", "0123456789abcdef", 16),
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
        use(work, flask.number, wanted.materials, wanted.equipment)
    return facts(HarvestFacts, work.add(row))


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
