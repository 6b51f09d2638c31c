"""What an instrument's file says of tests, case by case."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from lims.core.rounding import Qualifier
from lims.instruments.formats import Format, Layout, Means, Measures
from lims.instruments.numbers import Read
from lims.instruments.reading import Row
from lims.testing import measured_rules as rules
from lims.testing import plate_map_rules

D = Decimal
ONE, TWO, FLASK = "LMS26000001P", "LMS26000002N", "LMF26000001L"
AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def form(
    *, in_wells: bool = False, fewest: int = 0, controls: tuple[str, ...] = ("std",)
) -> Format:
    return Format(
        "x", "X", Measures.RESULT, Layout.TABLE, (), ",", (), (),
        in_wells=in_wells, fewest_events=fewest, controls=controls,
    )  # fmt: skip


def a_row(
    value: str,
    sample: str = "a",
    *,
    sign: str = "=",
    recovery: str = "",
    events: str = "",
    line: int = 7,
) -> Row:
    numbers = {Means.RESULT: Read(D(value), D(0), Qualifier(sign))}
    if recovery:
        numbers[Means.RECOVERY] = Read(D(recovery), D(0))
    if events:
        numbers[Means.EVENTS] = Read(D(events), D(0))
    return Row(line, numbers, {Means.SAMPLE: sample}, AT, "END")


def told(made: Format, *rows: Row) -> tuple[list[rules.Reported], list[str]]:
    found, faults = rules.reported(made, rows)
    return found, [fault.says.name for fault in faults]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("STD1", True),
        ("x_std_2", True),
        ("a std", True),
        ("astd", False),
        ("", False),
        (ONE, False),
    ],
)
def test_a_control_is_known_by_any_word_of_its_name(name: str, is_one: bool) -> None:
    assert form(controls=("std", "blk")).is_control(name) is is_one
    assert not form(controls=()).is_control(name)


def test_controls_are_left_out_and_named_once_in_their_order() -> None:
    rows = [a_row("1", "std 2"), a_row("1", "b"), a_row("1", "std 1"), a_row("2", "std 2")]
    assert rules.controls_of(form(), rows) == ["std 2", "std 1"]
    found, faults = told(form(), *rows)
    assert ([one.sample for one in found], faults) == (["b"], [])


def test_one_row_is_told_as_it_is() -> None:
    (one,), faults = told(form(), a_row("0.05", sign="<", recovery="97", line=12))
    assert faults == []
    assert one == rules.Reported(12, "a", "END", Qualifier.LESS, D("0.05"), D(97), AT)


def test_what_has_no_recovery_has_none() -> None:
    (one,), _ = told(form(), a_row("0.05"))
    assert one.recovery is None


def test_two_rows_of_one_sample_are_a_fault_but_in_wells() -> None:
    rows = (a_row("0.1"), a_row("0.2"))
    assert told(form(), *rows) == ([], ["result-twice-in-the-file"])
    (one,), faults = told(form(in_wells=True), *rows)
    assert (one.value, faults) == (D("0.15"), [])


@pytest.mark.parametrize(
    ("recoveries", "worst"), [(("99", "55"), "55"), (("60", "180"), "180"), (("90", "110"), "90")]
)
def test_the_recovery_furthest_from_the_whole_is_the_one_that_counts(
    recoveries: tuple[str, str], worst: str
) -> None:
    (one,), _ = told(form(in_wells=True), *(a_row("0.1", recovery=r) for r in recoveries))
    assert one.recovery == D(worst)


@pytest.mark.parametrize(
    ("one", "two", "faulty"),
    [
        (("0.1", "<"), ("0.1", "<"), False),
        (("0.1", "<"), ("0.2", "<"), True),
        (("0.1", "<"), ("0.1", ">"), True),
        (("0.1", "<"), ("0.1", "="), True),
        (("0.1", "="), ("0.2", "="), False),
    ],
)
def test_wells_below_and_within_the_standards_have_no_mean(
    one: tuple[str, str], two: tuple[str, str], faulty: bool
) -> None:
    found, faults = told(form(in_wells=True), *(a_row(v, sign=s) for v, s in (one, two)))
    assert (faults == ["wells-not-of-one-kind"], bool(found)) == (faulty, not faulty)


@pytest.mark.parametrize(("events", "faulty"), [("9999", True), ("10000", False), ("", True)])
def test_too_few_events_are_a_fault_where_events_are_asked(events: str, faulty: bool) -> None:
    found, faults = told(form(fewest=10_000), a_row("99", events=events))
    assert (faults == ["too-few-events"], bool(found)) == (faulty, not faulty)
    assert told(form(), a_row("99", events=events))[1] == []


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        (("0.05",), "0.05"), (("0.1", "0.2"), "0.15"), (("1", "2", "2"), "1.7"),
        (("0.05", "0.1"), "0.075"), (("-1", "1"), "0.0"), (("1", "1", "1.25"), "1.083"),
    ],
)  # fmt: skip
def test_a_mean_has_one_decimal_more_than_its_finest_value(
    values: tuple[str, ...], mean: str
) -> None:
    assert str(rules.mean_of([D(value) for value in values])) == mean


@pytest.mark.parametrize(
    ("recovery", "proves"),
    [(None, True), ("50", True), ("49.9", False), ("200", True), ("200.1", False), ("100", True)],
)
def test_half_to_twice_of_what_was_added_has_to_be_found_again(
    recovery: str | None, proves: bool
) -> None:
    why = rules.recovery_told(None if recovery is None else D(recovery))
    assert (why is None) is proves
    assert why is None or str(recovery) in why


@pytest.mark.parametrize(
    ("name", "number"),
    [
        (ONE, ONE), (f"Specimen_001_{ONE}_001.fcs", ONE), (f"{ONE}A", None), ("P2-3", None),
        (f"{ONE} {TWO}", None), (f"{ONE} {FLASK}", None), (FLASK, None), (f"{ONE} {ONE}", ONE),
    ],
)  # fmt: skip
def test_a_sample_is_known_by_the_one_number_in_its_name(name: str, number: str | None) -> None:
    assert plate_map_rules.sample_named(name, {}) == number


def test_a_map_comes_before_what_stands_in_a_name() -> None:
    assert plate_map_rules.sample_named("SPL1", {"spl1": TWO}) == TWO
    assert plate_map_rules.sample_named(ONE, {"spl1": TWO}) == ONE


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ([("SPL1", ONE)], []),
        ([("SPL1", ONE), ("SPL2", TWO)], []),
        ([("", ONE)], ["map-line-unread"]),
        ([("SPL1", FLASK)], ["map-line-unread"]),
        ([("SPL1", "SPL2")], ["map-line-unread"]),
        ([("SPL1", ONE), ("spl1", TWO)], ["map-says-it-twice"]),
        ([(TWO, ONE)], ["map-names-another"]),
        ([(f"a {ONE}", ONE)], []),
    ],
)
def test_a_map_is_a_name_and_a_samples_number_on_each_line(
    lines: list[tuple[str, str]], codes: list[str]
) -> None:
    assert [reason.code for reason in plate_map_rules.map_reasons(lines)] == codes


def test_every_fault_of_a_file_is_told_with_its_line_its_test_and_its_limit() -> None:
    rows = [a_row("1", "a", line=3, events="5"), a_row("1", "b", line=4, events="5")]
    faults = rules.reported(form(fewest=1), [a_row("1", "c", line=9)])[1]
    assert [(one.line, one.column) for one in faults] == [(9, "END")]
    faults = rules.reported(form(fewest=7), rows)[1]
    assert [(one.line, one.says) for one in faults] == [
        (3, "Fewer than 7 events lie in the gate."), (4, "Fewer than 7 events lie in the gate."),
    ]  # fmt: skip


def test_a_recovery_is_told_with_its_limits() -> None:
    why = rules.recovery_told(D("12"))
    assert why is not None
    assert "12 % was found again, not 50 to 200 %" in why


def test_every_line_of_a_map_is_judged_and_named() -> None:
    found = plate_map_rules.map_reasons([("a", "b"), ("", ONE), (TWO, ONE), (TWO, TWO)])
    assert [one.code for one in found] == [
        "map-line-unread", "map-line-unread", "map-names-another", "map-says-it-twice",
    ]  # fmt: skip
    told = [one.sentence for one in found]
    assert told[0].startswith("“a b” ")
    assert TWO in told[2]
    assert ONE in told[2]
    assert TWO in told[3]
