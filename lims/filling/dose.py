"""The arithmetic of a dose and its limits: vials, draw, diluent, deviation, DMSO, endotoxin (F10–F17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from lims.core.quantities import (
    WIDE,
    CellCount,
    CellsPerMillilitre,
    EndotoxinPerMillilitre,
    Grams,
    Kilograms,
    Millilitres,
    Minutes,
    Percent,
)
from lims.core.reasons import Reason, when
from lims.core.rounding import told
from lims.core.texts import say
from lims.orders.rules import dose_deviation
from lims.protocol.room import Room

SYRINGE = Decimal("0.1")  # graduation, mL
MOST_RECOVERY_PCT = 120  # leaves room for the error of both counts


def vials_needed(dose: CellCount, viable_after_thaw: CellCount, overage: Percent) -> int:
    """Vials to thaw (F10); recovery is already in the viable cells after thawing."""
    wanted = dose.value * (100 + overage.value) / 100
    return int((wanted / viable_after_thaw.value).to_integral_value(ROUND_CEILING))


def after_thaw(viable_frozen: CellCount, recovery: Percent) -> CellCount:
    """Viable cells that a vial gives after thawing."""
    return CellCount(viable_frozen.value * recovery.value / 100)


def recovery(before: CellCount, after: CellCount) -> Percent:
    """Share of cells found again after thawing (F8): of viable ones, or of all."""
    return Percent(after.value * 100 / before.value)


@dataclass(frozen=True)
class Draw:
    """What is drawn from the pool and what the bag then holds."""

    volume: Millilitres
    diluent: Millilitres
    actual: CellCount
    deviation: Percent
    per_kg: Decimal


def draw(
    dose: CellCount, viable: CellsPerMillilitre, final: Millilitres, weight: Kilograms
) -> Draw:
    """Draw volume to 0.1 mL, half up, and the actual dose with its deviation (F11–F14)."""
    volume = Millilitres((dose.value / viable.value).quantize(SYRINGE, ROUND_HALF_UP, WIDE))
    actual = CellCount(volume.value * viable.value)
    return Draw(
        volume=volume,
        diluent=final - volume,
        actual=actual,
        deviation=dose_deviation(actual, dose),
        per_kg=actual.value / weight.value,
    )


def recovery_reasons(found: Percent) -> list[Reason]:
    """More viable cells than were frozen is a wrong count, not a good thaw."""
    shown = told(found.value, Decimal(MOST_RECOVERY_PCT), places=0)
    most = say("at-most-is-possible", most_recovery_pct=MOST_RECOVERY_PCT)
    return list(when(found.value > MOST_RECOVERY_PCT, Reason("recovery", shown=shown, most=most)))


def draw_reasons(drawn: Draw, pool: Millilitres, ceiling_pct: Decimal) -> list[Reason]:
    """Why this draw is not possible."""
    return [
        *when(
            drawn.volume > pool,
            Reason("not-enough-cells.are", volume=drawn.volume, pool=pool),
        ),
        *when(
            drawn.diluent.value < 0,
            Reason("too-dilute"),
        ),
        *dose_reasons(drawn.deviation, ceiling_pct),
    ]


def dose_reasons(deviation: Percent, most_pct: Decimal) -> list[Reason]:
    """Whether a dose misses its target by more than so many per cent; the limit is inside."""
    off = abs(deviation.value) > most_pct
    shown = told(deviation.value, most_pct, -most_pct)
    return list(when(off, Reason("dose-deviation", shown=shown, most_pct=most_pct)))


def ceiling_reasons(deviation: Percent, room: Room) -> list[Reason]:
    """Whether some weight that the bedside accepts would take the dose beyond the ceiling.

    The ward judges the weight and knows no cells, the laboratory the cells and no person: each
    keeps its own part of the ceiling, and together they never pass it.
    """
    beyond = not room.low <= deviation.value <= room.high
    return list(
        when(
            beyond,
            Reason(
                "dose-ceiling",
                deviation=told(deviation.value, room.low, room.high),
                low=told(room.low, deviation.value),
                high=told(room.high, deviation.value),
            ),
        )
    )


def dmso(volumes: Sequence[Millilitres], share: Percent, density: Decimal) -> Grams:
    """DMSO in so many volumes of freezing medium (F15); density in g/mL."""
    millilitres = sum((volume.value for volume in volumes), Decimal(0))
    return Grams(millilitres * share.value / 100 * density)


def dmso_per_kg(amount: Grams, weight: Kilograms) -> Decimal:
    """Grams of DMSO for each kilogram of body weight."""
    return amount.value / weight.value


def dmso_reasons(per_kg: Decimal, most: Decimal) -> list[Reason]:
    """Whether a bag carries more DMSO for each kilogram than a person may get in a day."""
    return list(when(per_kg > most, Reason("dmso", per_kg=told(per_kg, most), most=most)))


def endotoxin_limit(
    k: Decimal, weight: Kilograms, volume: Millilitres, span: Minutes
) -> EndotoxinPerMillilitre:
    """Highest concentration (F16): K·w over the volume given in any one hour."""
    return EndotoxinPerMillilitre(k * weight.value / in_one_hour(volume, span).value)


def endotoxin_load(
    found: EndotoxinPerMillilitre, weight: Kilograms, volume: Millilitres, span: Minutes
) -> Decimal:
    """EU/kg/h that a person gets (F17)."""
    return found.value * in_one_hour(volume, span).value / weight.value


def in_one_hour(volume: Millilitres, span: Minutes) -> Millilitres:
    """The volume given in an hour; a shorter infusion gives all of it."""
    return Millilitres(volume.value / max(span.value / 60, Decimal(1)))
