"""The arithmetic of a dose: vials, draw, diluent, deviation, DMSO, endotoxin (F10–F19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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
from lims.orders.rules import dose_deviation

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
    text = f"{found.value:.0f} % of the frozen viable cells were counted. Count again."
    return list(when(found.value > MOST_RECOVERY_PCT, Reason("recovery", text)))


def draw_reasons(drawn: Draw, pool: Millilitres, reject_pct: Decimal) -> list[Reason]:
    """Why this draw is not possible."""
    return [
        *when(
            drawn.volume > pool,
            Reason(
                "not-enough-cells",
                f"{drawn.volume} are needed and the pool has {pool}. Thaw more vials.",
            ),
        ),
        *when(
            drawn.diluent.value < 0,
            Reason("too-dilute", "The cells are too dilute for the volume of the bag."),
        ),
        *dose_reasons(drawn.deviation, reject_pct),
    ]


def dose_reasons(deviation: Percent, most_pct: Decimal) -> list[Reason]:
    """Whether a dose misses its target by more than so many per cent; the limit is inside."""
    off = abs(deviation.value) > most_pct
    text = f"The dose misses its target by {deviation.value:.2f} %; at most {most_pct} %."
    return list(when(off, Reason("dose-deviation", text)))


def dmso(volumes: Sequence[Millilitres], share: Percent, density: Decimal) -> Grams:
    """DMSO in so many volumes of freezing medium (F15); density in g/mL."""
    millilitres = sum((volume.value for volume in volumes), Decimal(0))
    return Grams(millilitres * share.value / 100 * density)


def dmso_per_kg(amount: Grams, weight: Kilograms) -> Decimal:
    """Grams of DMSO for each kilogram of body weight."""
    return amount.value / weight.value


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


def drops_per_minute(volume: Millilitres, span: Minutes, drops_per_ml: int = 20) -> Decimal:
    """Drip rate (F18)."""
    return volume.value * drops_per_ml / span.value


def bag_expiry(
    slot: datetime, lead_minutes: int, shelf_hours: int, components: Sequence[date]
) -> datetime:
    """Expiry of a bag (F19), the same function of the slot in both arms.

    Preparation may not begin before the slot minus the lead time, so no thaw is earlier than
    the start of this shelf life; components last to the end of their last day, UTC.
    """
    begins = slot - timedelta(minutes=lead_minutes)
    ends = [datetime.combine(day, time(23, 59), UTC) for day in components]
    return min([begins + timedelta(hours=shelf_hours), *ends])


def start_reasons(now: datetime, slot: datetime, lead_minutes: int) -> list[Reason]:
    """Why an order may not be prepared at this moment."""
    begins = slot - timedelta(minutes=lead_minutes)
    return [
        *when(now < begins, Reason("too-early", f"Preparation begins at {begins:%H:%M} UTC.")),
        *when(now > slot, Reason("slot-over", "The slot is over; the ward orders anew.")),
    ]
