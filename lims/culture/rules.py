"""Cell arithmetic and the limits of culture. Formulas F1 to F7 and F20 of the domain sheet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal, localcontext
from enum import StrEnum
from typing import Final

from lims.core.quantities import CellCount, CellsPerMillilitre, Hours, Millilitres, Percent
from lims.core.reasons import Reason, when
from lims.core.rounding import told
from lims.protocol.steps import PassageSpan

SQUARE_ML = Decimal("0.0001")  # one 1 mm² square, 0.1 mm deep
PRECISION = 28
MOST_ML = 100_000
MOST_DILUTION = 10_000


@dataclass(frozen=True)
class Squares:
    """What was seen in a haemocytometer: raw counts, kept for ever."""

    live: int
    dead: int
    squares: int
    dilution: Decimal


@dataclass(frozen=True)
class Counted:
    """What follows from the raw counts; never rounded here."""

    viable: CellsPerMillilitre
    total: CellsPerMillilitre
    viability: Percent
    poisson_cv: Percent

    def cells_in(self, volume: Millilitres) -> CellCount:
        """Viable cells in so many millilitres."""
        return CellCount(self.viable.value * volume.value)


def counted(seen: Squares) -> Counted:
    """Concentration and viability from squares (F1–F3); at least one live cell is needed."""
    per_square = seen.dilution / (seen.squares * SQUARE_ML)
    total = seen.live + seen.dead
    with localcontext(prec=PRECISION) as context:
        cv = Decimal(100) / context.sqrt(Decimal(seen.live))
    return Counted(
        viable=CellsPerMillilitre(seen.live * per_square),
        total=CellsPerMillilitre(total * per_square),
        viability=Percent(Decimal(100) * seen.live / total),
        poisson_cv=Percent(cv),
    )


def count_reasons(seen: Squares, fewest: int) -> list[Reason]:
    """Why a count cannot be used."""
    return [
        *when(seen.squares < 1, Reason("no-squares")),
        *when(
            not 1 <= seen.dilution <= MOST_DILUTION,
            Reason("dilution", most_dilution=MOST_DILUTION),
        ),
        *when(seen.live < 0 or seen.dead < 0, Reason("negative")),
        *when(seen.live < 1, Reason("no-live-cells")),
        *when(
            seen.live + seen.dead < fewest,
            Reason("too-few-cells", fewest=fewest),
        ),
    ]


def volume_reasons(volume: Millilitres) -> list[Reason]:
    """Why this cannot be the volume of a suspension of cells."""
    fits = 0 < volume.value <= MOST_ML
    return list(when(not fits, Reason("volume.give", most_ml=MOST_ML)))


def sum_of(cells: Sequence[CellCount]) -> CellCount:
    """All of them together."""
    return CellCount(sum((c.value for c in cells), Decimal(0)))


def doublings(seeded: CellCount, harvested: CellCount) -> Decimal:
    """Population doublings log2(harvested/seeded), viable cells (F4); may be negative."""
    if seeded.value <= 0 or harvested.value <= 0:
        msg = "doublings are defined for positive numbers of cells only"
        raise ValueError(msg)
    with localcontext(prec=PRECISION):
        return harvested.per(seeded).ln() / Decimal(2).ln()


@dataclass(frozen=True)
class Yield:
    """What follows from the count of a harvest."""

    viable_cells: CellCount
    viability: Percent
    doublings: Decimal | None
    cumulative: Decimal


def yielded(
    viable: CellCount, viability: Percent, seeded: Sequence[CellCount], before: list[Decimal]
) -> Yield:
    """Doublings of pooled flasks from their viable cells (F4, F5); P0 was seeded with none."""
    gained = doublings(sum_of(seeded), viable) if seeded else None
    return Yield(viable, viability, gained, cumulative(before, gained or Decimal(0)))


def count_again_reasons(
    first: CellsPerMillilitre, second: CellsPerMillilitre | None, most_pct: Decimal
) -> list[Reason]:
    """Why two people's counts of a pool do not make one (F3: duplicates within 15 to 20 %)."""
    if not most_pct:
        return []
    if second is None:
        return [Reason("not-counted-by-the-second")]
    apart = abs(first.value - second.value) * 200 / (first.value + second.value)
    return list(when(apart > most_pct, Reason("two-counts-differ", most_pct=most_pct)))


class FlaskStanding(StrEnum):
    """What became of a culture vessel."""

    GROWING = "growing"
    HARVESTED = "harvested"
    DISCARDED = "discarded"


def next_feeding(last_fed: datetime, every_days: int) -> datetime:
    """When a growing flask is due for new medium."""
    return last_fed + timedelta(days=every_days)


def growing_reasons(number: str, standing: FlaskStanding) -> list[Reason]:
    """Only a growing flask is fed, harvested or looked at."""
    return list(
        when(
            standing is not FlaskStanding.GROWING,
            Reason("not-growing", number=number, standing=standing),
        )
    )


def fold(seeded: CellCount, harvested: CellCount) -> Decimal:
    """Fold expansion (F7)."""
    return harvested.per(seeded)


def doubling_time(seeded: CellCount, harvested: CellCount, span: timedelta) -> Hours | None:
    """Hours for one doubling (F6); None when the cells did not grow."""
    if harvested <= seeded:
        return None
    hours = Decimal(int(span.total_seconds())) / 3600
    return Hours(hours / doublings(seeded, harvested))


def cumulative(before: list[Decimal], this: Decimal) -> Decimal:
    """Cumulative doublings along the lineage: the most aged parent's, and this passage's (F5)."""
    return max(before, default=Decimal(0)) + this


def lot_yield(cells: CellCount, qc: Percent, per_vial: CellCount) -> int:
    """Whole vials from a harvest after the share for quality control (F20)."""
    left = cells.value * (100 - qc.value) / 100
    return int((left / per_vial.value).to_integral_value(ROUND_FLOOR))


def passage_reasons(passage: int, highest: int, total: Decimal, most: Decimal) -> list[Reason]:
    """Why cells of this age may not be grown on."""
    return [
        *when(passage > highest, Reason("passage-limit", passage=passage, highest=highest)),
        *when(
            total > most,
            Reason("doublings-limit", total=told(total, most), most=most),
        ),
    ]


def span_reasons(passage: int, what: str, spans: Sequence[PassageSpan]) -> list[Reason]:
    """Why cells of this passage are not filled into a bank or product of this kind."""
    span = next((span for span in spans if span.of == what), None)
    if span is None or span.least <= passage <= span.most:
        return []
    return [Reason("passage-span", passage=passage, least=span.least, most=span.most)]


DEPARTURES: Final = frozenset({"passage-limit", "doublings-limit", "passage-span"})


def not_permitted(reasons: Sequence[Reason], permitted: Collection[str]) -> list[Reason]:
    """What is left of these reasons where QA has let some limits be passed."""
    passed = DEPARTURES & set(permitted)
    return [reason for reason in reasons if reason.code not in passed]


def same_donor_reasons(donors: set[str]) -> list[Reason]:
    """Vessels of one donor only may be pooled."""
    which = ", ".join(sorted(donors))
    return list(when(len(donors) > 1, Reason("mixed-donors", which=which)))
