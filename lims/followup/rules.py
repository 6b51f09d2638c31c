"""The primary endpoint of one participant, computed blinded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from lims.core.quantities import InsulinUnits, Percent
from lims.core.reasons import Reason, when
from lims.core.rounding import CompareRule, Outcome, compare


class Severity(StrEnum):
    """How bad an adverse event was."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    LIFE_THREATENING = "life_threatening"
    FATAL = "fatal"


GRAVE = frozenset({Severity.SEVERE, Severity.LIFE_THREATENING, Severity.FATAL})


def severity_reasons(severity: Severity, *, serious: bool) -> Sequence[Reason]:
    """Life-threatening and fatal events are serious by definition (ICH E2A II.B)."""
    grave = severity in {Severity.LIFE_THREATENING, Severity.FATAL}
    return when(grave and not serious, Reason("serious-by-definition"))


def undoes_fitness(severity: Severity, *, serious: bool, related: bool) -> bool:
    """Whether an event asks the investigator to judge anew before the next infusion."""
    return serious or severity in GRAVE or (related and severity is not Severity.MILD)


@dataclass(frozen=True)
class WeekWindow:
    """The days on which a week's outcome may be measured."""

    first: date
    last: date


def week_window(
    week: int, first_infusion: date | None, today: date, window_days: int, baseline_days: int
) -> WeekWindow | None:
    """When a week's outcome is measured; None while there was no infusion to count from.

    The baseline lies before the first infusion, or on its day; later weeks count from it.
    """
    if week == 0:
        last = first_infusion or today
        return WeekWindow(last - timedelta(days=baseline_days), last)
    if first_infusion is None:
        return None
    due = first_infusion + timedelta(days=7 * week)
    return WeekWindow(due - timedelta(days=window_days), due + timedelta(days=window_days))


def measured_reasons(
    week: int, weeks: Sequence[int], measured_on: date, window: WeekWindow | None, today: date
) -> list[Reason]:
    """Why this is not an outcome of that week: a week's outcome belongs to its window."""
    return [
        *when(
            week not in weeks,
            Reason("week", weeks=", ".join(map(str, weeks))),
        ),
        *when(measured_on > today, Reason("in-the-future.this")),
        *when(
            week in weeks and window is None,
            Reason("no-infusion"),
        ),
        *(_outside(week, window, measured_on) if week in weeks and window else ()),
    ]


def _outside(week: int, window: WeekWindow, measured_on: date) -> tuple[Reason, ...]:
    inside = window.first <= measured_on <= window.last
    span = {"week": week, "first": window.first, "last": window.last, "measured_on": measured_on}
    return when(not inside, Reason("outside-the-week", **span))


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
