"""Quantities carry their unit, are exact, and never mix."""

import copy
import pickle
from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.core.quantities import (
    CellCount,
    CellsPerMillilitre,
    Grams,
    Hours,
    Kilograms,
    Millilitres,
    Minutes,
    Percent,
    Quantity,
)
from lims.core.words import as_words, grouped
from lims.settings import Settings

D = Decimal
KINDS = Quantity.__subclasses__()
numbers = st.decimals("-1000000", "1000000", places=4)


def test_every_kind_has_a_unit_of_its_own() -> None:
    units = [kind.unit for kind in KINDS]
    assert all(units)
    assert len(set(units)) == len(units)


def test_a_dose_is_exact_where_a_float_would_lose_a_cell() -> None:
    assert 81.6 * 1.5e6 != 122_400_000  # what the floor exists for
    dose = CellCount(Kilograms(D("81.6")).value * D("1.5E+6"))
    assert dose == CellCount(D(122_400_000))
    assert str(dose) == "122400000 cells"


@pytest.mark.parametrize("kind", KINDS)
def test_it_refuses_a_float_because_the_error_is_already_in_it(kind: type[Quantity]) -> None:
    with pytest.raises(TypeError):
        kind(81.6 * 1.5e6)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_it_refuses_what_is_no_number(bad: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        Kilograms(D(bad))


def test_two_units_never_add_subtract_divide_or_compare() -> None:
    kilograms, grams = Kilograms(D(1)), Grams(D(1000))
    assert kilograms != grams
    assert Kilograms(D(1)) != Grams(D(1))
    for operation in (
        lambda: kilograms + grams,  # type: ignore[operator]
        lambda: kilograms - grams,  # type: ignore[operator]
        lambda: kilograms.per(grams),  # type: ignore[arg-type]
        lambda: kilograms < grams,
        lambda: kilograms + 1,  # type: ignore[operator]
        lambda: kilograms < 1,  # type: ignore[operator]
        lambda: Hours(D(1)) + Minutes(D(60)),  # type: ignore[operator]
    ):
        with pytest.raises((TypeError, AttributeError)):
            operation()


def test_a_quantity_is_never_multiplied_by_a_float() -> None:
    with pytest.raises(TypeError):
        Kilograms(D(1)).times(1.5)  # type: ignore[arg-type]


def test_a_quantity_cannot_be_changed_after_it_was_made() -> None:
    weight = Kilograms(D("72.5"))
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        weight.value = D(80)  # type: ignore[misc]
    assert weight == Kilograms(D("72.5"))


def test_rounding_is_half_up_and_never_to_even() -> None:
    assert Millilitres(D("9.85")).rounded(1) == Millilitres(D("9.9"))
    assert Percent(D("2.5")).rounded(0) == Percent(D(3))
    assert Percent(D("-2.5")).rounded(0) == Percent(D(-3))
    assert str(Millilitres(D("9.8986")).rounded(1)) == "9.9 mL"


def test_the_decimals_that_were_measured_stay_in_sight() -> None:
    assert str(Kilograms(D("72.0"))) == "72.0 kg"
    assert str(CellsPerMillilitre(D("1.03E+6"))) == "1030000 cells/mL"


def test_equal_quantities_are_one_in_a_set_whatever_their_decimals() -> None:
    assert len({Kilograms(D("72.5")), Kilograms(D("72.50"))}) == 1


@given(numbers, numbers)
def test_adding_and_subtracting_lead_back(one: Decimal, other: Decimal) -> None:
    left, right = Millilitres(one), Millilitres(other)
    assert left + right - right == left
    assert (left < right) is (one < other)
    assert left.times(2) == left + left


@given(numbers)
def test_a_copy_is_the_same_quantity(number: Decimal) -> None:
    amount = Grams(number)
    assert copy.deepcopy(amount) == amount
    assert pickle.loads(pickle.dumps(amount)) == amount


def test_people_read_digits_in_threes_with_the_unit() -> None:
    space = "\N{NO-BREAK SPACE}"
    assert grouped(D("108750000")) == f"108{space}750{space}000"
    assert as_words(CellCount(D(1000)), Settings().zone) == f"1{space}000 cells"
