"""What a freezing curve says."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lims.bank import curve
from lims.bank.curve import Run
from lims.core.quantities import Celsius, Minutes
from lims.instruments.rules import TemperatureAt
from lims.protocol.sections import FreezingRules

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
D = Decimal
RULES = FreezingRules(30, Celsius(D(-15)), Celsius(D(-60)), D("0.5"), D(2), Celsius(D(-80)), 5)


def readings(*told: str, every: int = 10) -> list[TemperatureAt]:
    return [TemperatureAt(START + n * every * MINUTE, Celsius(D(t))) for n, t in enumerate(told)]


def run(*told: str, medium: int = 10) -> Run:
    return curve.run_of(START - medium * MINUTE, readings(*told), RULES)


def codes(reasons: Any) -> list[str]:
    assert all(reason.sentence for reason in reasons)
    return [reason.code for reason in reasons]


def test_nobody_changes_facts_while_they_are_judged() -> None:
    assert Run.__dataclass_params__.frozen  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("told", "rate"),
    [
        (("5", "-5", "-15", "-25", "-35", "-45", "-55", "-65"), "1"),
        (("0", "-30", "-60", "-90"), "3"),
        (("0", "-10", "-20", "-30"), None),
        (("-70", "-80"), None),
        (
            ("0", "-20", "-10", "-20", "-60"),
            "3",
        ),  # the heat of freezing: the last crossing counts
    ],
)
def test_the_rate_is_the_mean_between_two_temperatures(
    told: tuple[str, ...], rate: str | None
) -> None:
    found = run(*told).rate
    assert found == (None if rate is None else pytest.approx(D(rate)))


@pytest.mark.parametrize(
    ("told", "coldest", "held"),
    [
        (("0", "-80", "-90"), -90, 10),
        (("0", "-90", "-79"), -90, 0),
        (("0", "-80", "-90", "-79", "5"), -90, 10),  # somebody opened the freezer
        (("-80", "-80", "-80"), -80, 20),
        (("0", "-40"), -40, 0),
    ],
)
def test_it_is_held_for_as_long_as_it_stays_cold_at_its_end(
    told: tuple[str, ...], coldest: int, held: int
) -> None:
    found = run(*told)
    assert (found.coldest, found.held) == (Celsius(D(coldest)), Minutes(D(held)))


def test_contact_runs_from_the_medium_to_the_run() -> None:
    assert run("0", "-1", medium=31).contact == Minutes(D(31))
    assert run("0", "-1", medium=-5).contact == Minutes(D(0))
    assert run("4", "4.5", "3.2", "-10", medium=1).contact == Minutes(
        D(21)
    )  # it waited, then cooled


GOOD = Run(Minutes(D(30)), D(1), Celsius(D(-80)), Minutes(D(5)))


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ({}, []),
        ({"contact": Minutes(D("30.1"))}, ["medium-contact"]),
        ({"rate": D("0.5")}, []),
        ({"rate": D(2)}, []),
        ({"rate": D("0.49")}, ["freezing-rate"]),
        ({"rate": D("2.01")}, ["freezing-rate"]),
        ({"rate": None}, ["freezing-rate"]),
        ({"coldest": Celsius(D("-79.9"))}, ["freezing-end"]),
        ({"held": Minutes(D("4.9"))}, ["freezing-end"]),
    ],
)
def test_what_is_out_of_limits_is_named(other: dict[str, Any], found: list[str]) -> None:
    changed = Run(**{**vars(GOOD), **other})
    assert codes(curve.run_findings(changed, RULES)) == found


@pytest.mark.parametrize(
    ("medium", "count", "filled", "now", "found"),
    [
        (0, 2, 0, 10, []),
        (0, 1, 0, 10, ["file-without-rows"]),
        (0, 2, 0, 9, ["file-of-the-future"]),
        (1, 2, 0, 10, ["medium-after-the-run"]),
        (0, 2, 11, 20, ["run-before-filling"]),
        (0, 2, -24 * 60, 10, []),
        (0, 2, -24 * 60 - 1, 10, ["run-before-filling"]),
        (0, 2, 10, 20, []),
    ],
)
def test_a_run_has_its_time(
    medium: int, count: int, filled: int, now: int, found: list[str]
) -> None:
    points = readings(*["4"] * count)
    times = (START + filled * MINUTE, START + now * MINUTE)
    assert codes(curve.run_reasons(START + medium * MINUTE, points, *times)) == found
