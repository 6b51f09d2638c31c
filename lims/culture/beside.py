"""A harvest beside those of earlier donors at the same passage: where it lies among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.culture.models import Harvest
from lims.culture.queries import HarvestFacts


@dataclass(frozen=True)
class Among:
    """A value, and what earlier donors' cells had at the same passage."""

    this: Decimal
    donors: int
    least: Decimal
    middle: Decimal
    most: Decimal

    @property
    def is_outside(self) -> bool:
        """Whether no earlier donor's cells were so low, or so high."""
        return not self.least <= self.this <= self.most


def among(this: Decimal | None, others: Sequence[Decimal]) -> Among | None:
    """Where a value lies among others; None without any."""
    if this is None or not others:
        return None
    return Among(this, len(others), min(others), median(others), max(others))


def beside_earlier(session: Session, of: HarvestFacts) -> tuple[Among | None, Among | None]:
    """The doublings in this passage and the viability, beside the last harvest of each earlier donor."""
    rows = session.execute(
        select(Harvest.donor, Harvest.doublings, Harvest.viability)
        .where(Harvest.passage == of.passage, Harvest.donor != of.donor, Harvest.at < of.at)
        .order_by(Harvest.at)
    )
    last = {row.donor: row for row in rows}.values()
    grew = [row.doublings for row in last if row.doublings is not None]
    alive = [row.viability.value for row in last]
    return among(of.doublings, grew), among(of.viability.value, alive)
