"""What a logger's readings say of the time in which something lay beside it."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.core.quantities import Celsius, Minutes
from lims.instruments import rules
from lims.instruments.rules import TemperatureAt, TemperatureRun

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
TEN = timedelta(minutes=10)
LOW, HIGH = Celsius(Decimal(2)), Celsius(Decimal(8))


def readings(*told: str, every: timedelta = TEN) -> list[TemperatureAt]:
    return [TemperatureAt(START + n * every, Celsius(Decimal(text))) for n, text in enumerate(told)]


def codes(reasons: Any) -> list[str]:
    assert all(reason.sentence for reason in reasons)
    return [reason.code for reason in reasons]


def run(*told: str, until: datetime | None = None) -> TemperatureRun:
    found = readings(*told)
    return rules.run_of(found, START, until or found[-1].at, LOW, HIGH)


@pytest.mark.parametrize("facts", [TemperatureAt, TemperatureRun])
def test_nobody_changes_facts_while_they_are_judged(facts: Any) -> None:
    assert facts.__dataclass_params__.frozen


def test_extremes_are_taken_over_the_span_only() -> None:
    told = readings("22", "4", "5", "3", "21")
    found = rules.run_of(told, START + TEN, START + 3 * TEN, LOW, HIGH)
    assert (found.lowest.value, found.highest.value) == (3, 5)
    assert rules.within(reversed(told), START, START + TEN) == told[:2]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "minutes"),
    [
        (("4", "4", "4"), 0),
        (("2", "8"), 0),
        (("9", "9", "9"), 20),
        (("8", "10"), 10),
        (("6", "10"), 5),
        (("0", "4"), 5),
        (("0", "10"), 4),
        (("4", "12", "4"), 10),
    ],
)
def test_between_two_readings_it_was_out_as_long_as_the_line_is(
    told: tuple[str, ...], minutes: int
) -> None:
    assert run(*told).outside == Minutes(Decimal(minutes))


def test_the_mean_kinetic_temperature_is_of_the_published_formula() -> None:
    """25 °C and 35 °C for equal times, with ΔH/R = 10 000 K (USP <1079.2>)."""
    warm, hot = readings("25", "35")
    told = [
        warm,
        TemperatureAt(hot.at, warm.celsius),
        hot,
        TemperatureAt(hot.at + TEN, hot.celsius),
    ]
    harm = (math.exp(-10_000 / 298.15) + math.exp(-10_000 / 308.15)) / 2
    expected = 10_000 / -math.log(harm) - 273.15
    assert float(rules.mean_kinetic(told).value) == pytest.approx(expected, abs=1e-9)
    assert rules.mean_kinetic(told).rounded(2) == Celsius(Decimal("31.22"))
    assert rules.mean_kinetic(readings("5", "5", "5")).rounded(6) == Celsius(Decimal("5.000000"))
    assert rules.mean_kinetic(readings("5")) == Celsius(Decimal(5))


@given(st.lists(st.integers(-80, 60), min_size=2, max_size=20))
def test_the_mean_kinetic_temperature_lies_between_the_extremes_and_not_below_the_mean(
    told: list[int],
) -> None:
    found = rules.mean_kinetic(readings(*map(str, told))).rounded(6).value
    assert min(told) <= found <= max(told)


def test_a_time_without_a_reading_is_told_also_at_both_ends() -> None:
    told = [r for n, r in enumerate(readings(*["4"] * 10)) if n not in {4, 5}]
    found = rules.run_of(told, START, told[-1].at, LOW, HIGH)
    assert (found.silent, found.usual) == (Minutes(Decimal(30)), Minutes(Decimal(10)))
    assert rules.is_silent(found)
    assert not rules.is_silent(run("4", "4", "4"))
    assert run("4", "4", "4", until=START + 4 * TEN).silent == Minutes(Decimal(20))
    early = rules.run_of(readings("4", "4"), START - 3 * TEN, START + TEN, LOW, HIGH)
    assert early.silent == Minutes(Decimal(30))


@pytest.mark.parametrize(
    ("told", "until", "now", "found"),
    [
        (("4", "5"), TEN, TEN, []),
        (("4",), TEN, TEN, ["logger-was-elsewhere"]),
        (("4", "5"), timedelta(minutes=9), TEN, ["logger-was-elsewhere"]),
        (("4", "5", "6"), 2 * TEN, TEN, ["file-of-the-future"]),
    ],
)
def test_a_file_says_something_of_the_span_and_nothing_of_the_future(
    told: tuple[str, ...], until: timedelta, now: timedelta, found: list[str]
) -> None:
    reasons = rules.run_reasons(readings(*told), START, START + until, START + now)
    assert codes(reasons) == found


def test_two_temperatures_of_one_moment_are_no_reading() -> None:
    one, two = readings("4", "5")
    twice = [one, two, TemperatureAt(two.at, Celsius(Decimal(6)))]
    assert codes(rules.run_reasons(twice, START, two.at, two.at)) == ["logger-says-two-things"]
    same = [one, two, two]
    assert codes(rules.run_reasons(same, START, two.at, two.at)) == []


@pytest.mark.parametrize(
    ("serial", "named", "found"),
    [
        ("000117", {"000117"}, []),
        ("000117", {"S/N: 000117"}, []),
        ("S/N000117", {"s/n 000117"}, []),
        ("000117", set(), []),
        ("", {"000117"}, []),
        ("000117", {"000118"}, ["serial-differs"]),
        ("000117", {"000117", "000118"}, ["serial-differs"]),
    ],
)
def test_a_file_is_of_the_instrument_whose_serial_number_it_names(
    serial: str, named: set[str], found: list[str]
) -> None:
    assert codes(rules.serial_reasons(serial, named)) == found


def test_a_long_run_is_thinned_and_keeps_its_extremes() -> None:
    told = ["4"] * 5000
    told[1234], told[4321] = "19", "-7"
    kept = rules.thinned(readings(*told))
    assert len(kept) <= rules.MOST_POINTS + 2
    assert {r.celsius.value for r in kept} == {4, 19, -7}
    assert kept == sorted(kept, key=lambda r: r.at)
    assert rules.thinned(readings("1", "2")) == readings("1", "2")
    points = rules.points_of(rules.curve_of(readings("4.126", "-5"), START))
    assert points == [(Decimal(0), Decimal("4.13")), (Decimal(10), Decimal("-5.00"))]


@pytest.mark.parametrize(
    ("sample", "is_control"),
    [
        ("Positive control", True),
        ("poscontrol", True),
        ("neg-ctrl 2", True),
        ("CTL", True),
        ("QC_beads", True),
        ("bead", True),
        ("Blank 1", True),
        ("calibration", True),
        ("阳性对照", True),
        ("质控 2", True),
        ("空白", True),
        ("微球", True),
        ("P2-3", False),
        ("controlled rate 3", False),
        ("beadle", False),
        ("flask QCA", False),
    ],
)
def test_a_control_is_no_sample(sample: str, is_control: bool) -> None:
    found = codes(rules.assigning_reasons(sample, [], "F1"))
    assert found == (["count-of-a-control"] if is_control else [])


def test_a_sample_that_bears_another_vessels_number_is_not_this_ones() -> None:
    assert codes(rules.assigning_reasons("F1 a", ["F1"], "F1")) == []
    assert codes(rules.assigning_reasons("F2 a", ["F2"], "F1")) == ["count-names-another"]
    both = codes(rules.assigning_reasons("F2 control", ["F1", "F2"], "F1"))
    assert both == ["count-of-a-control", "count-names-another"]


def test_the_refusal_of_a_count_names_the_sample_and_the_vessel() -> None:
    control, other = rules.assigning_reasons("F2_control", ["F2"], "F1")
    assert "F2_control" in control.sentence
    assert "F2_control" in other.sentence
    assert "F1" in other.sentence
