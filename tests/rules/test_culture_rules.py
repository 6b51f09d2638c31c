"""Counting and growing cells: formulas F1 to F7 and F20, and the limits of culture."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

import pytest

from lims.core.quantities import CellCount, CellsPerMillilitre, Hours, Millilitres, Percent
from lims.core.reasons import Reason
from lims.culture import rules
from lims.culture.rules import Counted, FlaskStanding, Squares
from lims.protocol.steps import Filled, PassageSpan

D = Decimal
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
SEEN = Squares(live=412, dead=31, squares=8, dilution=D(2))


def codes(reasons: list[Reason]) -> list[str]:
    assert all(reason.sentence for reason in reasons)
    return [reason.code for reason in reasons]


def cells(number: str) -> CellCount:
    return CellCount(D(number))


@pytest.mark.parametrize("facts", [Squares, Counted])
def test_nobody_changes_a_count_that_was_taken(facts: Any) -> None:
    assert facts.__dataclass_params__.frozen


def test_standings_are_stored_in_words_that_never_change() -> None:
    assert list(FlaskStanding) == ["growing", "harvested", "discarded"]


# Counting


def test_the_technician_counts_eight_squares_of_the_domain_sheet() -> None:
    found = rules.counted(SEEN)
    assert found.viable == CellsPerMillilitre(D("1.03E+6"))
    assert found.total == CellsPerMillilitre(D("1.1075E+6"))
    assert found.viability.rounded(4) == Percent(D("93.0023"))
    assert found.poisson_cv.rounded(2) == Percent(D("4.93"))
    assert found.cells_in(Millilitres(D("2.5"))) == cells("2.575E+6")


def test_the_technicians_count_has_twenty_eight_digits_wherever_it_is_computed() -> None:
    with localcontext(prec=5):
        found = rules.counted(replace(SEEN, live=3, dead=0)).poisson_cv.value
    assert len(found.as_tuple().digits) == 28
    assert found.quantize(D("1E-24")) == D("57.735026918962576450914878")


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"squares": 1}, []),
        ({"squares": 0}, ["no-squares"]),
        ({"squares": -1}, ["no-squares"]),
        ({"dilution": D(1)}, []),
        ({"dilution": D("0.99")}, ["dilution"]),
        ({"dilution": D(10_000)}, []),
        ({"dilution": D("10000.01")}, ["dilution"]),
        ({"live": 443, "dead": 0}, []),
        ({"live": 444, "dead": -1}, ["negative"]),
        ({"live": -1, "dead": 444}, ["negative", "no-live-cells"]),
        ({"live": 1, "dead": 442}, []),
        ({"live": 0, "dead": 443}, ["no-live-cells"]),
        ({"live": 411}, ["too-few-cells"]),
        ({"dead": 30}, ["too-few-cells"]),
        ({"live": 413}, []),
    ],
)
def test_the_technician_uses_only_a_count_that_can_be(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(rules.count_reasons(replace(SEEN, **fact), 443)) == found


def test_the_technician_reads_how_many_cells_and_which_dilution() -> None:
    poor = Squares(live=0, dead=-1, squares=0, dilution=D(0))
    assert [reason.sentence for reason in rules.count_reasons(poor, 200)] == [
        "Count at least one square.",
        "The dilution is 1 to 10000.",
        "Counts are not negative.",
        "No live cell was counted.",
        "Count at least 200 cells.",
    ]


@pytest.mark.parametrize(
    ("volume", "fits"),
    [("0", False), ("-1", False), ("0.0001", True), ("1", True), ("100000", True),
     ("100000.0001", False)],
)  # fmt: skip
def test_the_technician_enters_a_volume_that_can_be(volume: str, fits: bool) -> None:
    found = rules.volume_reasons(Millilitres(D(volume)))
    said = "Give a volume up to 100000 mL."
    assert found == ([] if fits else [Reason("volume", said)])


# Growing


def test_the_technicians_harvest_of_the_domain_sheet() -> None:
    seeded, harvested = cells("2.544E+7"), cells("1.78E+8")
    assert round(rules.fold(seeded, harvested), 4) == D("6.9969")
    assert round(rules.doublings(seeded, harvested), 4) == D("2.8067")
    taken = rules.doubling_time(seeded, harvested, timedelta(hours=96))
    assert taken is not None
    assert taken.rounded(2) == Hours(D("34.20"))


@pytest.mark.parametrize(
    ("seeded", "harvested", "found"),
    [("1", "2", "1"), ("2", "1", "-1"), ("5", "5", "0"), ("1", "8", "3"), ("0.5", "0.25", "-1")],
)
def test_the_technicians_cells_double_or_halve(seeded: str, harvested: str, found: str) -> None:
    assert rules.doublings(cells(seeded), cells(harvested)).quantize(D("1E-25")) == D(found)


def test_doublings_have_twenty_eight_digits_wherever_they_are_computed() -> None:
    with localcontext(prec=5):
        found = rules.doublings(cells("1"), cells("3"))
    assert len(found.as_tuple().digits) == 28
    assert found.quantize(D("1E-25")) == D("1.5849625007211561814537389")


@pytest.mark.parametrize(
    ("seeded", "harvested"), [("0", "5"), ("5", "0"), ("-1", "5"), ("5", "-1"), ("0", "0")]
)
def test_doublings_of_no_cells_are_refused(seeded: str, harvested: str) -> None:
    with pytest.raises(ValueError, match="positive") as refused:
        rules.doublings(cells(seeded), cells(harvested))
    assert str(refused.value) == "doublings are defined for positive numbers of cells only"


@pytest.mark.parametrize(
    ("harvested", "hours"), [("9", None), ("10", None), ("20", "24"), ("40", "12"), ("160", "6")]
)
def test_cells_that_did_not_grow_have_no_doubling_time(harvested: str, hours: str | None) -> None:
    found = rules.doubling_time(cells("10"), cells(harvested), timedelta(days=1))
    assert (found and found.rounded(9)) == (Hours(D(f"{hours}.000000000")) if hours else None)


def test_doublings_add_up_along_the_most_aged_parent() -> None:
    total = D(0)
    passages = [("2.544E+6", "4.13E+7"), ("4.0E+7", "5.2E+8"), ("2.4E+8", "2.16E+9")]
    for seeded, harvested in passages:
        this = rules.doublings(cells(seeded), cells(harvested))
        total = rules.cumulative([D(0), total, D("-1")], this)
    assert round(total, 4) == D("10.8913")
    assert rules.cumulative([], D("2.5")) == D("2.5")
    assert rules.cumulative([D("4.02"), D("7.72")], D("3.17")) == D("10.89")


def test_the_technicians_pool_holds_what_its_vessels_held() -> None:
    assert rules.sum_of([cells("1.5E+6"), cells("2.5E+6"), cells("1")]) == cells("4000001")
    assert rules.sum_of([]) == cells("0")


@pytest.mark.parametrize(
    ("harvest", "qc", "vials"),
    [
        ("2.16E+9", "5", 41),
        ("2.05E+9", "0", 41),
        ("2049999999", "0", 40),
        ("2050000001", "0", 41),
        ("1E+8", "50", 1),
        ("1E+8", "50.0001", 0),
        ("1E+8", "100", 0),
    ],
)
def test_the_technician_fills_whole_vials(harvest: str, qc: str, vials: int) -> None:
    found = rules.lot_yield(cells(harvest), Percent(D(qc)), cells("5E+7"))
    assert found == vials
    assert type(found) is int


@pytest.mark.parametrize(
    ("passage", "total", "found"),
    [
        (5, "30", []),
        (4, "29.99", []),
        (6, "30", ["passage-limit"]),
        (5, "30.0001", ["doublings-limit"]),
        (6, "30.0001", ["passage-limit", "doublings-limit"]),
    ],
)
def test_the_technician_grows_no_cells_beyond_their_age(
    passage: int, total: str, found: list[str]
) -> None:
    assert codes(rules.passage_reasons(passage, 5, D(total), D(30))) == found


def test_the_technician_reads_how_old_the_cells_are() -> None:
    assert [reason.sentence for reason in rules.passage_reasons(6, 5, D("30.5"), D(30))] == [
        "P6 is beyond P5.",
        "30.50 cumulative doublings; at most 30.",
    ]


def test_the_technician_sees_that_a_little_too_old_is_too_old() -> None:
    (reason,) = rules.passage_reasons(5, 5, D("30.0001"), D(30))
    assert D(reason.sentence.split(" ")[0]) > 30


def test_the_technician_feeds_again_after_so_many_days() -> None:
    assert rules.next_feeding(NOW, 3) == datetime(2026, 3, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("standing", "found"),
    [
        (FlaskStanding.GROWING, []),
        (FlaskStanding.HARVESTED, [Reason("not-growing", "FL1 is harvested.")]),
        (FlaskStanding.DISCARDED, [Reason("not-growing", "FL1 is discarded.")]),
    ],
)
def test_the_technician_tends_only_a_growing_flask(
    standing: FlaskStanding, found: list[Reason]
) -> None:
    assert rules.growing_reasons("FL1", standing) == found


@pytest.mark.parametrize(
    ("donors", "found"),
    [
        (set(), []),
        ({"D1"}, []),
        ({"D2", "D1"}, [Reason("mixed-donors", "Different donors: D1, D2.")]),
        ({"D3", "D1", "D2"}, [Reason("mixed-donors", "Different donors: D1, D2, D3.")]),
    ],
)
def test_the_technician_pools_the_vessels_of_one_donor(
    donors: set[str], found: list[Reason]
) -> None:
    assert rules.same_donor_reasons(donors) == found


SPANS = (PassageSpan(Filled.MASTER_BANK, 0, 2), PassageSpan(Filled.PRODUCT, 3, 5))


@pytest.mark.parametrize(
    ("passage", "what", "refused"),
    [
        (0, "master_bank", False), (2, "master_bank", False), (3, "master_bank", True),
        (2, "product", True), (3, "product", False), (5, "product", False), (6, "product", True),
        (9, "working_bank", False),
    ],
)  # fmt: skip
def test_a_bank_or_product_is_filled_between_its_passages(
    passage: int, what: str, *, refused: bool
) -> None:
    found = rules.span_reasons(passage, what, SPANS)
    assert [reason.code for reason in found] == (["passage-span"] if refused else [])
    if refused:
        least, most = (0, 2) if what == "master_bank" else (3, 5)
        assert all(f"P{n}" in found[0].sentence for n in (passage, least, most))


def test_qa_lets_limits_be_passed_and_nothing_else() -> None:
    assert sorted(rules.DEPARTURES) == ["doublings-limit", "passage-limit", "passage-span"]
    found = [
        *rules.passage_reasons(6, 5, Decimal(40), Decimal(30)),
        *rules.span_reasons(6, "product", SPANS),
        *rules.volume_reasons(Millilitres(Decimal(0))),
    ]
    assert [reason.code for reason in rules.not_permitted(found, set())] == [
        "passage-limit", "doublings-limit", "passage-span", "volume",
    ]  # fmt: skip
    permitted = {"passage-limit", "passage-span", "volume"}
    left = [reason.code for reason in rules.not_permitted(found, permitted)]
    assert left == ["doublings-limit", "volume"]


def test_what_follows_from_a_harvest_of_pooled_flasks() -> None:
    viable, viability = CellCount(Decimal(8_000_000)), Percent(Decimal("91.5"))
    seeded = [CellCount(Decimal(500_000)), CellCount(Decimal(500_000))]
    found = rules.yielded(viable, viability, seeded, [Decimal("1.5"), Decimal(2)])
    assert (found.viable_cells, found.viability) == (viable, viability)
    assert found.doublings is not None
    assert round(found.doublings, 9) == 3
    assert round(found.cumulative, 9) == 5
    first = rules.yielded(viable, viability, [], [Decimal(0)])
    assert (first.doublings, first.cumulative) == (None, Decimal(0))
