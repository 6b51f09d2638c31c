"""The dose from a weight, and what stops work on an order; numbers of domain.md, F9 and F13."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from lims.core.quantities import CellCount, Kilograms, Percent
from lims.core.reasons import Reason
from lims.core.rounding import told
from lims.orders import rules
from lims.orders.rules import OrderAtBench, OrderStanding

D = Decimal
PER_KG = 1_500_000
ORDER = OrderAtBench(OrderStanding.IN_PREPARATION, False, False, PER_KG, PER_KG)


def codes(reasons: list[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


def kg(text: str) -> Kilograms:
    return Kilograms(D(text))


def test_nobody_changes_facts_while_they_are_judged() -> None:
    assert OrderAtBench.__dataclass_params__.frozen


def test_an_order_stands_in_words_that_never_change() -> None:
    assert list(OrderStanding) == ["requested", "in_preparation", "cancelled"]


# At the bench


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"standing": OrderStanding.REQUESTED}, []),
        ({"standing": OrderStanding.CANCELLED}, ["order-cancelled"]),
        ({"halted": True}, ["order-halted"]),
        ({"paused": True}, ["trial-paused"]),
        ({"cells_per_kg_then": PER_KG + 1}, ["protocol-changed"]),
        ({"cells_per_kg_then": PER_KG - 1}, ["protocol-changed"]),
        ({"cells_per_kg_now": PER_KG + 1}, ["protocol-changed"]),
        ({"cells_per_kg_now": PER_KG - 1}, ["protocol-changed"]),
    ],
)
def test_the_technician_works_on_an_order_only_if_nothing_speaks_against_it(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(rules.bench_reasons(replace(ORDER, **fact))) == found


def test_the_technician_reads_every_reason_to_stop() -> None:
    all_at_once = OrderAtBench(OrderStanding.CANCELLED, True, True, 1, 2)
    assert [reason.sentence for reason in rules.bench_reasons(all_at_once)] == [
        "The order is cancelled. Give the bag up.",
        "The ward asks to wait with this order. Call the ward.",
        "The trial is paused.",
        "The protocol's dose has changed since this was ordered. Cancel it and order anew.",
    ]


# From a weight to cells


@pytest.mark.parametrize(
    ("weight", "cells"),
    [
        ("58.4", "87600000"),
        ("72.5", "108750000"),
        ("81.6", "122400000"),
        ("102.3", "153450000"),
        ("130.0", "195000000"),
        ("0.0000001", "0.15"),  # never rounded
    ],
)
def test_the_target_is_the_weight_times_the_protocols_dose(weight: str, cells: str) -> None:
    assert rules.target_dose(kg(weight), PER_KG) == CellCount(D(cells))


@pytest.mark.parametrize(
    ("actual", "percent"),
    [
        ("108750000", "0"),
        ("97875000", "-10"),
        ("119625000", "10"),
        ("87000000", "-20"),
        ("130500000", "20"),
        ("0", "-100"),
    ],
)
def test_a_dose_misses_its_target_by_so_many_per_cent(actual: str, percent: str) -> None:
    found = rules.dose_deviation(CellCount(D(actual)), CellCount(D(108_750_000)))
    assert found == Percent(D(percent))


@pytest.mark.parametrize(
    ("actual", "shown"),
    [
        ("108765360", "0.014"),
        ("96680320", "-11.099"),
        ("97874000", "-10.001"),
        ("119626000", "10.001"),
    ],
)
def test_a_syringe_of_the_worked_example_misses_by_so_much(actual: str, shown: str) -> None:
    found = rules.dose_deviation(CellCount(D(actual)), CellCount(D(108_750_000)))
    assert f"{found.value:.3f}" == shown


@pytest.mark.parametrize(
    ("ordered", "percent", "least"),
    [("77", "10", "70"), ("110", "10", "100"), ("72", "20", "60"), ("72.5", "0", "72.5")],
)
def test_the_lightest_who_is_still_given_a_bag_gets_just_so_much_too_much(
    ordered: str, percent: str, least: str
) -> None:
    found = rules.lightest(kg(ordered), D(percent))
    assert found == kg(least)
    assert rules.reweigh_reasons(kg(ordered), found, D(percent)) == []
    lighter = Kilograms(found.value - D("0.0001"))
    assert codes(rules.reweigh_reasons(kg(ordered), lighter, D(percent))) == ["weight-changed"]


# A new weight


@pytest.mark.parametrize(
    ("ordered", "now", "shown"),
    [
        ("72.5", "72.5", "0.00"),
        ("72.5", "79.7", "-9.03"),
        ("72.5", "79.8", "-9.15"),
        ("72.5", "65.25", "11.11"),
        ("77", "70", "10.00"),
        ("72", "80", "-10.00"),
        ("100", "50", "100.00"),
    ],
)
def test_a_new_weight_alone_makes_so_much_of_an_error(ordered: str, now: str, shown: str) -> None:
    found = rules.reweigh_deviation(kg(ordered), kg(now))
    assert f"{found.value:.2f}" == shown


@pytest.mark.parametrize(
    ("ordered", "now", "found"),
    [
        ("72.5", "72.5", []),
        ("72.5", "79.7", []),
        ("72.5", "79.8", []),
        ("72.5", "65.25", ["weight-changed"]),
        ("77", "70", []),
        ("77", "70.1", []),
        ("77", "69.9", ["weight-changed"]),
        ("77", "69.9999999", ["weight-changed"]),
        ("72", "80", []),
        ("72", "79.9", []),
        ("72", "80.1", ["weight-changed"]),
        ("72", "80.0000001", ["weight-changed"]),
    ],
)
def test_a_new_weight_asks_for_a_new_bag_beyond_the_protocols_interval(
    ordered: str, now: str, found: list[str]
) -> None:
    assert codes(rules.reweigh_reasons(kg(ordered), kg(now), D(10))) == found


@pytest.mark.parametrize(
    ("now", "shown"),
    [("69.9", "10.16"), ("69.999", "10.002"), ("69.9999999", "10.0000002"), ("50", "54.00"),
     ("100", "-23.00"), ("85.556", "-10.0005")],
)  # fmt: skip
def test_the_nurse_sees_on_which_side_of_the_limit_the_new_weight_lies(
    now: str, shown: str
) -> None:
    (reason,) = rules.reweigh_reasons(kg("77"), kg(now), D(10))
    assert reason.sentence == (
        f"The weight has changed: the dose would be {shown} % off (at most 10 %)."
        " A new bag is needed."
    )


@pytest.mark.parametrize(
    ("value", "limit", "shown"),
    [
        ("10", "10", "10.00"),
        ("10.01", "10", "10.01"),
        ("10.005", "10", "10.01"),
        ("10.004", "10", "10.004"),
        ("10.0004", "10", "10.0004"),
        ("9.996", "10", "9.996"),
        ("-10", "10", "-10.00"),
        ("-10.004", "10", "-10.004"),
        ("-9.996", "10", "-9.996"),
        ("9.0905", "9.0909", "9.09"),
        ("9.0911", "9.0909", "9.091"),
        ("9.996", "9.999", "9.996"),
        ("10.000000000011", "10", "10.00000000001"),
        ("9.99999", "10", "9.99999"),
        ("10.0000000000000011", "10", "10.000000000000001"),
        ("10.00000000000000011", "10", "10.00000000000000011"),
        ("0.0000000000011", "0", "0.000000000001"),
    ],
)
def test_a_value_is_shown_with_digits_enough_to_see_its_side(
    value: str, limit: str, shown: str
) -> None:
    assert told(D(value), D(limit), -D(limit)) == shown


# What can be a weight


@pytest.mark.parametrize(
    ("weight", "found"),
    [
        ("72.5", []),
        ("72", []),
        ("72.50", []),
        ("35.0", []),
        ("35.1", []),
        ("34.9", ["weight-out-of-range"]),
        ("200.0", []),
        ("199.9", []),
        ("200.1", ["weight-out-of-range"]),
        ("72.55", ["weight-decimals"]),
        ("72.51", ["weight-decimals"]),
        ("34.95", ["weight-out-of-range", "weight-decimals"]),
    ],
)
def test_the_nurse_enters_a_weight_that_a_participant_can_have(
    weight: str, found: list[str]
) -> None:
    assert codes(rules.weight_reasons(kg(weight), kg("35.0"), kg("200.0"))) == found


def test_the_nurse_reads_what_a_weight_can_be() -> None:
    found = rules.weight_reasons(kg("725.25"), kg("35.0"), kg("200.0"))
    assert [reason.sentence for reason in found] == [
        "725.25 kg is not between 35.0 kg and 200.0 kg.",
        "Give the weight to 0.1 kg.",
    ]
