"""Dose from weight, and what a new weight does to a bag made for the old one (F9, F13)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from lims.core.quantities import CellCount, Kilograms, Percent
from lims.core.reasons import Reason, when
from lims.core.rounding import told


class OrderStanding(StrEnum):
    """Where an order stands. The ward is shown only whether it is cancelled."""

    REQUESTED = "requested"
    IN_PREPARATION = "in_preparation"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class OrderAtBench:
    """What the bench knows of an order at each step; the same words whatever is filled."""

    standing: OrderStanding
    halted: bool
    paused: bool
    cells_per_kg_then: int
    cells_per_kg_now: int


def bench_reasons(order: OrderAtBench) -> list[Reason]:
    """Why work on an order stops at this moment, in both arms alike."""
    return [
        *when(
            order.standing is OrderStanding.CANCELLED,
            Reason("order-cancelled"),
        ),
        *when(
            order.halted,
            Reason("order-halted"),
        ),
        *when(order.paused, Reason("trial-paused")),
        *protocol_reasons(order.cells_per_kg_then, order.cells_per_kg_now),
    ]


def protocol_reasons(then: int, now: int) -> list[Reason]:
    """An order of another dose than the protocol's of today is not carried on."""
    return list(when(then != now, Reason("protocol-changed.the")))


def lightest(ordered: Kilograms, reweigh_pct: Decimal) -> Kilograms:
    """The lightest that a participant can be when a bag made for this weight is still given.

    What is limited by body weight is judged for this one, not for the ordered weight.
    """
    return Kilograms(ordered.value * 100 / (100 + reweigh_pct))


def target_dose(weight: Kilograms, cells_per_kg: int) -> CellCount:
    """Viable cells for this weight; never rounded."""
    return CellCount(weight.value * cells_per_kg)


def dose_deviation(actual: CellCount, target: CellCount) -> Percent:
    """Per cent by which the actual dose misses the target."""
    return Percent((actual.value - target.value) * 100 / target.value)


def reweigh_reasons(ordered: Kilograms, now: Kilograms, most_pct: Decimal) -> list[Reason]:
    """Whether a new weight alone moves the dose too far; one interval for every bag, cells or not."""
    error = reweigh_deviation(ordered, now).value
    return list(
        when(
            abs(error) > most_pct,
            Reason("weight-changed", error=told(error, most_pct, -most_pct), most_pct=most_pct),
        )
    )


def reweigh_deviation(ordered: Kilograms, now: Kilograms) -> Percent:
    """Dose error on the new weight: −10.00 % of weight is +11.11 % of dose."""
    return Percent((ordered.value - now.value) * 100 / now.value)


def weight_reasons(weight: Kilograms, lowest: Kilograms, highest: Kilograms) -> list[Reason]:
    """Why this cannot be the weight of a participant in kilograms."""
    tenths = weight.value == weight.value.quantize(Decimal("0.1"))
    return [
        *when(
            not lowest <= weight <= highest,
            Reason("weight-out-of-range", weight=weight, lowest=lowest, highest=highest),
        ),
        *when(not tenths, Reason("weight-decimals")),
    ]
