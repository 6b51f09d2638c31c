"""What crosses: order, treatment and visit number, weight, slot. Dose and re-weighing."""

from decimal import Decimal

import pytest

from lims.bags.models import Bag
from lims.bags.rules import GIVEN, STOPPED, TERMINAL, BagStanding
from lims.core.errors import Missing
from lims.core.quantities import CellCount, Kilograms, Percent
from lims.demonstration import treating
from lims.orders.models import Order
from lims.orders.queries import order
from lims.orders.rules import OrderStanding, dose_deviation, reweigh_deviation, target_dose
from lims.trial.queries import participant
from tests.support.scenes import read, row
from tests.support.worlds import World

D = Decimal


def test_the_dose_is_the_weight_times_a_million_and_a_half() -> None:
    assert target_dose(Kilograms(D("72.5")), 1_500_000) == CellCount(D(108_750_000))
    assert target_dose(Kilograms(D("35.0")), 1_500_000) == CellCount(D(52_500_000))


@pytest.mark.parametrize(
    ("ordered", "now", "expected"),
    [("100", "90", "11.11"), ("100", "110", "-9.09"), ("72.5", "72.5", "0.00")],
)
def test_a_new_weight_is_judged_by_the_dose_on_it(ordered: str, now: str, expected: str) -> None:
    found = reweigh_deviation(Kilograms(D(ordered)), Kilograms(D(now)))
    assert round(found.value, 2) == D(expected)


def test_a_dose_that_hits_has_no_deviation() -> None:
    assert dose_deviation(CellCount(D(9)), CellCount(D(10))) == Percent(D(-10))
    assert dose_deviation(CellCount(D(10)), CellCount(D(10))) == Percent(D(0))


def test_the_laboratory_reads_no_person_in_an_order(world: World) -> None:
    number = world.participants[0]
    made = treating.ordered(world.story, number, 1, "72.5")
    known = read(world, participant, number)
    app = world.app()
    for path in (f"/orders/{made}", "/orders/", f"/api/orders/{made}"):
        for login in ("tang", "quinn", "ana"):
            answer = world.client(login, app).get(path)
            if answer.status_code == 200:
                told = answer.get_data(as_text=True)
                assert number not in told
                assert known.born_on.isoformat() not in told
    assert world.client("tang", app).get(f"/orders/{made}").status_code == 200
    for login in ("nora", "ines", "mona", "asa", "stan", "ada"):
        assert world.client(login, app).get(f"/orders/{made}").status_code in {403, 404}


def test_an_order_that_does_not_exist_is_missing(world: World) -> None:
    with pytest.raises(Missing):
        read(world, order, "LMN000000000")


def test_an_order_and_a_bag_move_only_along_their_tables() -> None:
    assert not Order.moves.get(OrderStanding.CANCELLED)
    for end in TERMINAL:
        # How much was given of it may have been mistyped; nothing else is taken back.
        assert Bag.moves.get(end, frozenset()) <= GIVEN | {BagStanding.NOT_GIVEN}, end
    for standing, onward in Bag.moves.items():
        assert standing not in onward
        if standing not in {BagStanding.RECEIVED, *STOPPED}:  # what was stopped: on paper alone
            assert BagStanding.IN_USE not in onward
    assert BagStanding.INFUSED not in Bag.moves[BagStanding.RECEIVED]


def test_one_visit_has_one_live_order(world: World) -> None:
    first = treating.ordered(world.story, world.participants[0], 1, "72.5")
    found = row(world, Order, first)
    assert (found.visit, found.standing) == (1, OrderStanding.REQUESTED)
    assert found.weight == Kilograms(D("72.5"))
