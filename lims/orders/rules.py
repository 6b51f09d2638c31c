"""Dose from weight, and what a new weight does to a bag made for the old one (F9, F13)."""

from decimal import Decimal
from enum import StrEnum

from lims.core.quantities import CellCount, Kilograms, Percent
from lims.core.reasons import Reason, when


class OrderStanding(StrEnum):
    """Where an order stands. The ward is shown only whether it is cancelled."""

    REQUESTED = "requested"
    IN_PREPARATION = "in_preparation"
    CANCELLED = "cancelled"


def target_dose(weight: Kilograms, cells_per_kg: int) -> CellCount:
    """Viable cells for this weight; never rounded."""
    return CellCount(weight.value * cells_per_kg)


def dose_deviation(actual: CellCount, target: CellCount) -> Percent:
    """Per cent by which the actual dose misses the target."""
    return Percent((actual.value - target.value) * 100 / target.value)


def reweigh_deviation(ordered: Kilograms, now: Kilograms) -> Percent:
    """Dose error on the new weight: −10.00 % of weight is +11.11 % of dose."""
    return Percent((ordered.value - now.value) * 100 / now.value)


def weight_reasons(weight: Kilograms, lowest: Kilograms, highest: Kilograms) -> list[Reason]:
    """Why this cannot be the weight of a participant in kilograms."""
    tenths = weight.value == weight.value.quantize(Decimal("0.1"))
    return [
        *when(
            not lowest <= weight <= highest,
            Reason("weight-out-of-range", f"{weight} is not between {lowest} and {highest}."),
        ),
        *when(not tenths, Reason("weight-decimals", "Give the weight to 0.1 kg.")),
    ]
