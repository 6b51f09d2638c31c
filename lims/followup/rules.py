"""The primary endpoint of one participant, computed blinded."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from lims.core.quantities import InsulinUnits, Percent
from lims.core.rounding import CompareRule, Outcome, compare


class Endpoint(StrEnum):
    """Whether a participant reached the primary endpoint."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    NOT_YET = "not_yet"


@dataclass(frozen=True)
class Measured:
    """One assessment: week 0 is the baseline."""

    week: int
    hba1c: Percent
    insulin: InsulinUnits


@dataclass(frozen=True)
class Target:
    """What the protocol asks at its last week."""

    week: int
    hba1c_below: Decimal
    insulin_reduction: Decimal


def insulin_reduction(baseline: InsulinUnits, now: InsulinUnits) -> Percent:
    """Per cent by which the daily insulin fell; raises ValueError for a baseline of nought."""
    if baseline.value <= 0:
        msg = "the insulin at baseline must be more than nought"
        raise ValueError(msg)
    return Percent((baseline.value - now.value) * 100 / baseline.value)


def primary_endpoint(assessments: Sequence[Measured], target: Target) -> Endpoint:
    """HbA1c below the limit and daily insulin reduced by at least the share, at the last week.

    Both are compared without rounding, as the registry writes them: < 7.0 % and ≥ 50 %.
    """
    by_week = {a.week: a for a in assessments}
    baseline, last = by_week.get(0), by_week.get(target.week)
    if baseline is None or last is None:
        return Endpoint.NOT_YET
    fell = insulin_reduction(baseline.insulin, last.insulin)
    full = CompareRule.GBT_FULL
    low = compare("=", last.hba1c.value, f"<{target.hba1c_below}", full) is Outcome.CONFORMS
    less = compare("=", fell.value, f">={target.insulin_reduction}", full) is Outcome.CONFORMS
    return Endpoint.REACHED if low and less else Endpoint.NOT_REACHED
