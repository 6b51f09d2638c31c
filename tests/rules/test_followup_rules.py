"""Outcomes, adverse events and the primary endpoint: each fact turns the verdict alone."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest

from lims.core.quantities import InsulinUnits, Percent
from lims.core.reasons import Reason
from lims.followup import rules
from lims.followup.rules import Endpoint, Measured, Severity, Target, WeekWindow

D = Decimal
DAY = timedelta(days=1)
FIRST = date(2026, 1, 5)
WEEKS = (0, 4, 8, 48)


def codes(reasons: list[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


@pytest.mark.parametrize("facts", [WeekWindow, Measured, Target], ids=lambda f: f.__name__)
def test_nobody_changes_facts_while_they_are_judged(facts: type) -> None:
    assert facts.__dataclass_params__.frozen


def test_findings_are_stored_in_words_that_never_change() -> None:
    assert list(Severity) == ["mild", "moderate", "severe", "life_threatening", "fatal"]
    assert list(Endpoint) == ["reached", "not_reached", "not_yet"]
    assert {"severe", "life_threatening", "fatal"} == rules.GRAVE


# Events


@pytest.mark.parametrize(
    ("severity", "serious", "related"), list(product(Severity, [False, True], [False, True]))
)
def test_an_event_undoes_fitness_if_it_is_serious_or_grave_or_related_and_worse_than_mild(
    severity: Severity, serious: bool, related: bool
) -> None:
    kept = {("mild", False, False), ("mild", False, True), ("moderate", False, False)}
    undone = (severity.value, serious, related) not in kept
    assert rules.undoes_fitness(severity, serious=serious, related=related) is undone


# The days of a week's outcome


@pytest.mark.parametrize(
    ("week", "first_infusion", "window"),
    [
        (0, FIRST, WeekWindow(date(2025, 12, 22), FIRST)),
        (0, None, WeekWindow(date(2026, 2, 16), date(2026, 3, 2))),
        (4, None, None),
        (1, FIRST, WeekWindow(date(2026, 1, 7), date(2026, 1, 17))),
        (4, FIRST, WeekWindow(date(2026, 1, 28), date(2026, 2, 7))),
        (48, FIRST, WeekWindow(date(2026, 12, 2), date(2026, 12, 12))),
    ],
)
def test_a_weeks_outcome_is_measured_in_its_own_days(
    week: int, first_infusion: date | None, window: WeekWindow | None
) -> None:
    assert rules.week_window(week, first_infusion, date(2026, 3, 2), 5, 14) == window


DUE = date(2026, 2, 2)
WINDOW = WeekWindow(DUE - 5 * DAY, DUE + 5 * DAY)


@pytest.mark.parametrize(
    ("week", "on", "window", "today", "found"),
    [
        (4, DUE, WINDOW, DUE, []),
        (4, WINDOW.first, WINDOW, DUE, []),
        (4, WINDOW.first - DAY, WINDOW, DUE, ["outside-the-week"]),
        (4, WINDOW.last, WINDOW, WINDOW.last, []),
        (4, WINDOW.last + DAY, WINDOW, WINDOW.last + DAY, ["outside-the-week"]),
        (4, DUE + DAY, WINDOW, DUE, ["in-the-future"]),
        (4, DUE - DAY, WINDOW, DUE, []),
        (4, DUE, None, DUE, ["no-infusion"]),
        (5, DUE, WINDOW, DUE, ["week"]),
        (5, DUE, None, DUE, ["week"]),
        (0, DUE, WINDOW, DUE, []),
        (48, DUE, WINDOW, DUE, []),
    ],
)
def test_the_assessor_enters_an_outcome_only_for_its_week(
    week: int, on: date, window: WeekWindow | None, today: date, found: list[str]
) -> None:
    assert codes(rules.measured_reasons(week, WEEKS, on, window, today)) == found


def test_the_assessor_reads_when_a_week_is_measured() -> None:
    tomorrow = WINDOW.last + DAY
    found = [
        *rules.measured_reasons(5, WEEKS, tomorrow, WINDOW, DUE),
        *rules.measured_reasons(4, WEEKS, tomorrow, WINDOW, tomorrow),
        *rules.measured_reasons(4, WEEKS, DUE, None, DUE),
    ]
    assert [reason.sentence for reason in found] == [
        "The protocol measures in the weeks 0, 4, 8, 48.",
        "This day has not come yet.",
        "Week 4 is measured from 2026-01-28 to 2026-02-07, not on 2026-02-08.",
        "No infusion was given yet; weeks count from the first.",
    ]


# The primary endpoint


@pytest.mark.parametrize(
    ("baseline", "now", "percent"),
    [("40", "20", "50"), ("40", "40", "0"), ("40", "0", "100"), ("40", "50", "-25"),
     ("0.1", "0.05", "50"), ("48", "12", "75")],
)  # fmt: skip
def test_daily_insulin_fell_by_so_many_per_cent(baseline: str, now: str, percent: str) -> None:
    found = rules.insulin_reduction(InsulinUnits(D(baseline)), InsulinUnits(D(now)))
    assert found == Percent(D(percent))


@pytest.mark.parametrize("baseline", ["0", "-1"])
def test_nothing_falls_from_nought(baseline: str) -> None:
    with pytest.raises(ValueError, match=r"^the insulin at baseline must be more than nought$"):
        rules.insulin_reduction(InsulinUnits(D(baseline)), InsulinUnits(D(1)))


TARGET = Target(48, D("7.0"), D(50))


def measured(week: int, hba1c: str, insulin: str) -> Measured:
    return Measured(week, Percent(D(hba1c)), InsulinUnits(D(insulin)))


BASELINE = measured(0, "9.0", "40")


@pytest.mark.parametrize(
    ("hba1c", "insulin", "endpoint"),
    [
        ("6.9", "20", Endpoint.REACHED),
        ("6.9", "19.9", Endpoint.REACHED),
        ("6.9", "20.1", Endpoint.NOT_REACHED),
        ("6.9", "20.0001", Endpoint.NOT_REACHED),  # 49.99975 % is never rounded up
        ("6.99", "20", Endpoint.REACHED),  # and 6.99 % neither
        ("7.0", "20", Endpoint.NOT_REACHED),
        ("7.1", "20", Endpoint.NOT_REACHED),
        ("7.0", "20.1", Endpoint.NOT_REACHED),
        ("6.9", "0", Endpoint.REACHED),
        ("6.9", "80", Endpoint.NOT_REACHED),
    ],
)
def test_a_participant_reaches_the_endpoint_below_seven_and_with_half_the_insulin(
    hba1c: str, insulin: str, endpoint: Endpoint
) -> None:
    at_48 = measured(48, hba1c, insulin)
    assert rules.primary_endpoint([BASELINE, at_48], TARGET) is endpoint
    assert rules.primary_endpoint([at_48, BASELINE], TARGET) is endpoint


@pytest.mark.parametrize(
    "assessments",
    [
        [],
        [BASELINE],
        [measured(48, "6.0", "10")],
        [BASELINE, measured(36, "6.0", "10")],
        [measured(4, "9.0", "40"), measured(48, "6.0", "10")],
    ],
)
def test_nobody_knows_the_endpoint_before_the_baseline_and_the_last_week(
    assessments: list[Measured],
) -> None:
    assert rules.primary_endpoint(assessments, TARGET) is Endpoint.NOT_YET


def test_other_weeks_do_not_count_for_the_endpoint() -> None:
    reached = [BASELINE, measured(36, "9.9", "60"), measured(48, "6.9", "20")]
    assert rules.primary_endpoint(reached, TARGET) is Endpoint.REACHED
    at_36 = Target(36, D("7.0"), D(50))
    assert rules.primary_endpoint(reached, at_36) is Endpoint.NOT_REACHED


def test_the_protocol_says_how_low_and_how_much() -> None:
    both = [BASELINE, measured(48, "6.5", "20")]
    assert rules.primary_endpoint(both, Target(48, D("6.5"), D(50))) is Endpoint.NOT_REACHED
    assert rules.primary_endpoint(both, Target(48, D("6.6"), D(51))) is Endpoint.NOT_REACHED
    assert rules.primary_endpoint(both, Target(48, D("6.6"), D(50))) is Endpoint.REACHED


@pytest.mark.parametrize(("severity", "serious"), list(product(Severity, (True, False))))
def test_what_threatens_life_or_ends_it_is_serious(severity: Severity, serious: bool) -> None:
    found = [r.code for r in rules.severity_reasons(severity, serious=serious)]
    by_definition = severity in {Severity.LIFE_THREATENING, Severity.FATAL}
    assert found == (["serious-by-definition"] if by_definition and not serious else [])
