"""Worked examples 1 to 13 of the domain sheet, with exactly its numbers."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest

from lims.bedside.rules import drops_per_minute
from lims.core.days import end_of
from lims.core.quantities import (
    CellCount,
    CellsPerMillilitre,
    EndotoxinPerMillilitre,
    Grams,
    Hours,
    Kilograms,
    Millilitres,
    Minutes,
    Percent,
)
from lims.core.rounding import CompareRule, Outcome, compare
from lims.culture import rules as culture
from lims.culture.rules import Squares
from lims.filling import dose as formulas
from lims.filling import rules as filling
from lims.orders.rules import dose_deviation, reweigh_deviation, target_dose

D = Decimal
PER_KG = 1_500_000
SEEN = CellCount(D("3.81866E+7"))  # viable cells of one vial after thawing
DENSITY = D("1.10")


def places(value: Decimal, count: int) -> str:
    return str(value.quantize(D(1).scaleb(-count), ROUND_HALF_UP))


def test_1_count_and_viability() -> None:
    found = culture.counted(Squares(live=412, dead=31, squares=8, dilution=D(2)))
    assert found.viable == CellsPerMillilitre(D("1.03E+6"))
    assert found.total == CellsPerMillilitre(D("1.1075E+6"))
    assert places(found.viability.value, 4) == "93.0023"
    assert str(found.viability.rounded(1)) == "93.0 %"
    assert places(found.poisson_cv.value, 2) == "4.93"


def test_2_population_doublings_fold_and_doubling_time() -> None:
    seeded = CellCount(D(4000) * D(6360))
    harvested = CellCount(D("1.78E+8"))
    assert seeded == CellCount(D("2.544E+7"))
    assert places(culture.fold(seeded, harvested), 4) == "6.9969"
    assert places(culture.doublings(seeded, harvested), 4) == "2.8067"
    taken = culture.doubling_time(seeded, harvested, timedelta(hours=96))
    assert taken is not None
    assert taken.rounded(2) == Hours(D("34.20"))


def test_3_cumulative_doublings_along_the_lineage_not_last_over_first() -> None:
    passages = [("2.544E+6", "4.13E+7"), ("4.0E+7", "5.2E+8"), ("2.4E+8", "2.16E+9")]
    total, each = D(0), []
    for seeded, harvested in passages:
        this = culture.doublings(CellCount(D(seeded)), CellCount(D(harvested)))
        each.append(places(this, 4))
        total = culture.cumulative([total], this)
    assert each == ["4.0210", "3.7004", "3.1699"]
    assert places(total, 4) == "10.8913"
    naive = culture.doublings(CellCount(D("2.544E+6")), CellCount(D("2.16E+9")))
    assert places(naive, 4) == "9.7297"  # only a part of each harvest is seeded again


def test_3_a_pool_is_as_old_as_its_oldest_parent() -> None:
    assert culture.cumulative([D("4.02"), D("7.72")], D("3.17")) == D("10.89")


def test_4_recovery_after_thawing() -> None:
    total, total_after = CellCount(D("5.0E+7")), CellCount(D("4.31E+7"))
    frozen = formulas.after_thaw(total, Percent(D("95.2")))
    thawed = formulas.after_thaw(total_after, Percent(D("88.6")))
    assert frozen == CellCount(D("4.76E+7"))
    assert thawed == SEEN
    assert formulas.recovery(total, total_after) == Percent(D("86.2"))
    assert places(formulas.recovery(frozen, thawed).value, 4) == "80.2239"


@pytest.mark.parametrize(
    ("weight", "dose", "vials", "with_overage", "naive"),
    [
        ("58.4", "8.760E+7", 3, 3, 2),
        ("72.5", "1.0875E+8", 3, 4, 3),
        ("81.6", "1.2240E+8", 4, 4, 3),
        ("102.3", "1.5345E+8", 5, 5, 4),
        ("130.0", "1.9500E+8", 6, 6, 4),
    ],
)
def test_5_dose_and_vials(
    weight: str, dose: str, vials: int, with_overage: int, naive: int
) -> None:
    wanted = target_dose(Kilograms(D(weight)), PER_KG)
    assert wanted == CellCount(D(dose))
    assert formulas.vials_needed(wanted, SEEN, Percent(D(0))) == vials
    assert formulas.vials_needed(wanted, SEEN, Percent(D(10))) == with_overage
    assert formulas.vials_needed(wanted, CellCount(D("5E+7")), Percent(D(0))) == naive


def test_5_viability_counted_twice_would_thaw_a_vial_too_many() -> None:
    wanted = target_dose(Kilograms(D("130.0")), PER_KG)
    twice = formulas.after_thaw(SEEN, Percent(D("88.6")))
    assert formulas.vials_needed(wanted, twice, Percent(D(10))) == 7


def test_6_draw_volume_and_what_the_bag_then_holds() -> None:
    weight, final = Kilograms(D("72.5")), Millilitres(D(100))
    dose = target_dose(weight, PER_KG)
    viable = CellsPerMillilitre(D("1.24E+7") * D("0.886"))
    assert viable == CellsPerMillilitre(D("1.09864E+7"))
    assert places(dose.value / viable.value, 4) == "9.8986"
    drawn = formulas.draw(dose, viable, final, weight)
    assert drawn.volume == Millilitres(D("9.9"))
    assert drawn.diluent == Millilitres(D("90.1"))
    assert drawn.actual == CellCount(D("1.0876536E+8"))
    assert places(drawn.deviation.value, 3) == "0.014"
    assert places(drawn.per_kg, 0) == "1500212"
    assert drawn.actual.value / final.value == D("1.0876536E+6")
    assert formulas.dose_reasons(drawn.deviation, D(10)) == []


def test_6_the_total_concentration_taken_by_mistake_fails() -> None:
    dose = target_dose(Kilograms(D("72.5")), PER_KG)
    mistaken = formulas.draw(
        dose, CellsPerMillilitre(D("1.24E+7")), Millilitres(D(100)), Kilograms(D("72.5"))
    ).volume
    assert mistaken == Millilitres(D("8.8"))
    actual = CellCount(mistaken.value * D("1.09864E+7"))
    assert actual == CellCount(D("9.668032E+7"))
    deviation = dose_deviation(actual, dose)
    assert places(deviation.value, 2) == "-11.10"
    assert [r.code for r in formulas.dose_reasons(deviation, D(10))] == ["dose-deviation"]
    assert formulas.dose_reasons(deviation, D(20)) == []


@pytest.mark.parametrize(
    ("actual", "inside"),
    [("9.7875E+7", True), ("1.19625E+8", True), ("9.7874E+7", False), ("1.19626E+8", False)],
)
def test_7_the_tolerance_includes_its_boundary(actual: str, inside: bool) -> None:
    deviation = dose_deviation(CellCount(D(actual)), CellCount(D("1.0875E+8")))
    assert (formulas.dose_reasons(deviation, D(10)) == []) is inside


@pytest.mark.parametrize(
    ("now", "weight_change", "dose_error", "usable"),
    [
        ("79.7", "9.93", "-9.03", True),
        ("79.8", "10.07", "-9.15", True),
        ("65.25", "-10.00", "11.11", False),
        ("72.5", "0.00", "0.00", True),
    ],
)
def test_8_a_new_weight_is_judged_by_the_dose_on_it(
    now: str, weight_change: str, dose_error: str, usable: bool
) -> None:
    made_for, weight = Kilograms(D("72.5")), Kilograms(D(now))
    assert places((weight - made_for).value * 100 / made_for.value, 2) == weight_change
    error = reweigh_deviation(made_for, weight)
    assert places(error.value, 2) == dose_error
    assert (formulas.dose_reasons(error, D(10)) == []) is usable


def test_8_the_dose_per_kilogram_on_the_new_weight() -> None:
    dose = target_dose(Kilograms(D("72.5")), PER_KG)
    assert places(dose.value / D("79.7"), -2) == "1.3645E+6"


def test_9_dmso() -> None:
    four = formulas.dmso([Millilitres(D("1.5"))] * 4, Percent(D(10)), DENSITY)
    assert four == Grams(D("0.660"))
    assert places(formulas.dmso_per_kg(four, Kilograms(D("72.5"))), 5) == "0.00910"
    assert places(formulas.dmso_per_kg(four, Kilograms(D("72.5"))) * 100, 2) == "0.91"
    bags = formulas.dmso([Millilitres(D(50))] * 2, Percent(D(10)), DENSITY)
    assert bags == Grams(D("11.0"))
    assert places(formulas.dmso_per_kg(bags, Kilograms(D("58.4"))), 3) == "0.188"
    one = formulas.dmso([Millilitres(D(1))], Percent(D(10)), DENSITY)
    assert one == Grams(D("0.110"))
    assert places(D("58.4") / one.value, 1) == "530.9"


@pytest.mark.parametrize(
    ("weight", "minutes", "limit"),
    [
        ("58.4", 60, "2.92"),
        ("58.4", 30, "2.92"),
        ("72.5", 60, "3.625"),
        ("72.5", 120, "7.25"),
        ("50", 60, "2.5"),
    ],
)
def test_10_endotoxin_limit_of_a_hundred_millilitres(weight: str, minutes: int, limit: str) -> None:
    found = formulas.endotoxin_limit(
        D(5), Kilograms(D(weight)), Millilitres(D(100)), Minutes(D(minutes))
    )
    assert found == EndotoxinPerMillilitre(D(limit))


def test_10_what_half_a_unit_in_each_millilitre_gives_the_lightest() -> None:
    load = formulas.endotoxin_load(
        EndotoxinPerMillilitre(D("0.5")), Kilograms(D("58.4")), Millilitres(D(100)), Minutes(D(60))
    )
    assert places(load, 3) == "0.856"


def test_11_rate() -> None:
    bag = Millilitres(D(100))
    assert places(drops_per_minute(bag, Minutes(D(60)), 20), 1) == "33.3"
    assert formulas.in_one_hour(bag, Minutes(D(60))) == bag
    assert formulas.in_one_hour(bag, Minutes(D(120))) == Millilitres(D(50))
    cells = target_dose(Kilograms(D("72.5")), PER_KG).value / 60
    assert cells == D("1.8125E+6")
    assert cells / D("72.5") == D(25_000)


SLOT = datetime(2026, 3, 2, 4, tzinfo=UTC)
BEIJING = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("components", "expiry"),
    [
        ((), datetime(2026, 3, 2, 7, tzinfo=UTC)),
        ((date(2027, 1, 1), date(2026, 3, 2)), datetime(2026, 3, 2, 7, tzinfo=UTC)),
        ((date(2027, 1, 1), date(2026, 3, 1)), datetime(2026, 3, 1, 16, tzinfo=UTC)),
    ],
)
def test_12_the_expiry_of_a_bag_is_the_earliest_of_shelf_life_and_components(
    components: tuple[date, ...], expiry: datetime
) -> None:
    ends = [end_of(day, BEIJING) for day in components]
    assert filling.bag_expiry(SLOT, 180, 6, ends) == expiry


def test_13_yield() -> None:
    harvest, each = CellCount(D("2.16E+9")), CellCount(D("5E+7"))
    assert culture.lot_yield(harvest, Percent(D(5)), each) == 41
    per_visit = formulas.vials_needed(
        target_dose(Kilograms(D("72.5")), PER_KG), SEEN, Percent(D(0))
    )
    assert per_visit * 3 == 9


@pytest.mark.parametrize(
    "undefined",
    [
        lambda: culture.doublings(CellCount(D(0)), CellCount(D(1))),
        lambda: culture.doublings(CellCount(D(1)), CellCount(D(0))),
        lambda: culture.doublings(CellCount(D(-1)), CellCount(D(-2))),
    ],
)
def test_doublings_of_nothing_are_refused(undefined: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="positive"):
        undefined()


def test_cells_that_shrank_have_negative_doublings_and_no_doubling_time() -> None:
    less, more = CellCount(D("1E+6")), CellCount(D("4E+6"))
    assert places(culture.doublings(more, less), 10) == "-2.0000000000"
    assert culture.doubling_time(more, less, timedelta(hours=96)) is None


def test_a_viability_of_84_5_passes_85_only_by_the_rule_that_says_so() -> None:
    found = culture.counted(Squares(live=169, dead=31, squares=8, dilution=D(2))).viability
    assert found == Percent(D("84.5"))
    assert compare("=", found.value, "≥85", CompareRule.USP) is Outcome.CONFORMS
    assert compare("=", found.value, "≥85", CompareRule.GBT_ROUNDED) is Outcome.FAILS
