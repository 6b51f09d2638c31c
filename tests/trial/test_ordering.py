"""Weighed twice, blind; ordered in order, in time, in the window; the person stays behind."""

from datetime import timedelta

import pytest

from lims.core.days import day_of, start_of
from lims.core.quantities import Kilograms
from lims.demonstration import treating
from lims.demonstration.treating import D
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.trial import actions as trial
from lims.trial import ordering, pausing
from lims.trial.models import Participant
from lims.trial.queries import participant
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


def weighs(number: str, weight: str, visit: int = 1) -> trial.Weigh:
    return trial.Weigh(number, visit, Kilograms(D(weight)), "scale 3")


def orders(world: World, number: str, visit: int = 1, hours: float = 4) -> ordering.OrderInfusion:
    return ordering.OrderInfusion(number, visit, world.clock.now + timedelta(hours=hours))


def refusals(world: World, number: str, visit: int = 1, hours: float = 4) -> set[str]:
    return codes(world, "nora", ordering.order_infusion, orders(world, number, visit, hours))


def after_first(world: World) -> str:
    """The first participant after infusion 1, at the day on which infusion 2 is due."""
    number = world.participants[0]
    treating.one_visit(world.story, stores_of(world), [(number, 1, "72.5")])
    on_day(world, number, 28)
    return number


def on_day(world: World, number: str, days: int) -> None:
    """Nine in the morning, so many of the site's days after the first infusion."""
    zone = world.site.settings.zone
    first = day_of(row(world, Participant, number).first_infusion_at, zone)
    world.story.wait_until(start_of(first + timedelta(days=days), zone) + timedelta(hours=9))


def test_it_turns_away_everybody_but_nurses(world: World) -> None:
    number = world.participants[0]
    turned_away(world, trial.weigh, weighs(number, "72.5"), "nora", "niu")
    turned_away(world, ordering.order_infusion, orders(world, number), "nora", "niu")
    cancel = ordering.OfOrder("LMN000000000", "x")
    turned_away(world, ordering.cancel_order, cancel, "nora", "niu")


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ("725", {"weight-out-of-range"}),
        ("7.3", {"weight-out-of-range"}),
        ("7.25", {"weight-out-of-range", "weight-decimals"}),
        ("34.9", {"weight-out-of-range"}),
        ("200.1", {"weight-out-of-range"}),
        ("72.55", {"weight-decimals"}),
        ("-72.5", {"weight-out-of-range"}),
    ],
)
def test_it_refuses_a_typing_error_for_a_weight(
    world: World, weight: str, expected: set[str]
) -> None:
    command = weighs(world.participants[0], weight)
    assert codes(world, "nora", trial.weigh, command) == expected


@pytest.mark.parametrize("visit", [0, 4, -1])
def test_it_knows_three_infusions(world: World, visit: int) -> None:
    number = world.participants[0]
    assert codes(world, "nora", trial.weigh, weighs(number, "72.5", visit)) == {"not-next-visit"}
    assert "no-such-visit" in refusals(world, number, visit)


def test_the_second_person_enters_the_weight_without_seeing_the_first(world: World) -> None:
    number = world.participants[0]
    first = world.story.do("nora", trial.weigh, weighs(number, "72.5"))
    assert [w.weight for w in first.weighings] == [None]
    assert "72.5" not in repr(first)
    assert codes(world, "nora", trial.weigh, weighs(number, "72.5")) == {"same-person"}
    second = world.story.do("niu", trial.weigh, weighs(number, "72.5"))
    assert second.weighings[0].weight == Kilograms(D("72.5"))
    assert (second.weighings[0].by, second.weighings[0].second_by) == ("nora", "niu")


def test_two_weights_that_differ_are_no_weight(world: World) -> None:
    number = world.participants[0]
    treating.signed_fit(world.story, number, 1)
    world.story.do("nora", trial.weigh, weighs(number, "72.5"))
    found = world.story.do("niu", trial.weigh, weighs(number, "72.6"))
    assert found.weighings[0].weight is None
    assert refusals(world, number) == {"no-weight", "weight-disagreed"}


def test_a_weight_of_yesterday_does_not_dose_today(world: World) -> None:
    number = world.participants[0]
    treating.weighed(world.story, number, 1, "72.5")
    treating.signed_fit(world.story, number, 1)
    weighed_at = read(world, treating.trial.queries.confirmed_weighing, number, 1).second_at
    world.story.clock.now = weighed_at + timedelta(hours=20, seconds=1)
    assert refusals(world, number) == {"no-weight"}
    world.story.clock.now = weighed_at + timedelta(hours=20)
    world.story.do("nora", ordering.order_infusion, orders(world, number))


def test_a_fitness_of_yesterday_does_not_hold_today(world: World) -> None:
    number = world.participants[0]
    signed_at = world.clock.now
    treating.signed_fit(world.story, number, 1)
    treating.weighed(world.story, number, 1, "72.5")
    world.story.clock.now = signed_at + timedelta(hours=20, seconds=1)
    assert refusals(world, number) == {"fitness-old"}
    world.story.clock.now = signed_at + timedelta(hours=20)
    world.story.do("nora", ordering.order_infusion, orders(world, number))


def test_it_lists_everything_that_an_order_lacks(world: World) -> None:
    number = treating.registered(world.story, "LW", "H-9")
    world.story.do("ines", pausing.pause_trial, pausing.PauseTrial(True, "signal"))
    assert refusals(world, number, 2, 1) == {
        "not-randomised", "trial-paused", "visit-order", "no-weight", "not-fit", "slot-too-soon",
    }  # fmt: skip


def test_the_laboratory_has_its_time(world: World) -> None:
    number = world.participants[0]
    treating.signed_fit(world.story, number, 1)
    treating.weighed(world.story, number, 1, "72.5")
    assert refusals(world, number, 1, 3 - 1 / 3600) == {"slot-too-soon"}
    world.story.do("nora", ordering.order_infusion, orders(world, number, 1, 3))
    assert refusals(world, number) == {"has-order"}


def test_only_weight_slot_treatment_and_visit_cross_to_the_laboratory(world: World) -> None:
    number = world.participants[0]
    order = treating.ordered(world.story, number, 1, "72.5")
    found = row(world, Order, order)
    person = read(world, participant, number)
    crossed = {str(getattr(found, column.key)) for column in Order.__table__.columns}
    assert person.treatment in crossed
    assert not crossed & {number, person.initials, str(person.born_on)}
    assert (
        found.volume
        == row(world, Order, treating.ordered(world.story, world.participants[1], 1, "86.0")).volume
    )


def test_an_infusion_is_given_once_and_the_next_one_in_turn(world: World) -> None:
    number = after_first(world)
    for visit in (1, 3):
        command = weighs(number, "72.5", visit)
        assert codes(world, "nora", trial.weigh, command) == {"not-next-visit"}
    assert refusals(world, number, 1) == {"visit-done", "has-order", "no-weight", "fitness-old"}
    assert refusals(world, number, 3) == {"visit-order", "too-early", "no-weight", "not-fit"}


def test_the_next_infusion_has_its_own_weight_and_its_own_fitness(world: World) -> None:
    number = after_first(world)
    assert refusals(world, number, 2) == {"no-weight", "not-fit"}
    unfit = trial.SignFitness(number, 2, False, "fever")
    world.story.do("ines", trial.sign_fitness, unfit)
    treating.weighed(world.story, number, 2, "68.0")
    assert refusals(world, number, 2) == {"not-fit"}
    fit = trial.SignFitness(number, 2, True, "recovered")
    world.story.do("ines", trial.sign_fitness, fit)
    found = world.story.do("nora", ordering.order_infusion, orders(world, number, 2))
    assert found.orders[-1].weight == Kilograms(D("68.0"))


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-4, {"too-early", "too-close"}), (-3, set()), (3, set()), (4, {"too-late"})],
)
def test_the_window_is_three_days_either_way(world: World, days: int, expected: set[str]) -> None:
    number = after_first(world)
    world.story.clock.now += timedelta(days=days)
    fit = trial.SignFitness(number, 2, True, "well")
    world.story.do("ines", trial.sign_fitness, fit)
    treating.weighed(world.story, number, 2, "72.5")
    if expected:
        assert refusals(world, number, 2) == expected
    else:
        world.story.do("nora", ordering.order_infusion, orders(world, number, 2))


@pytest.mark.parametrize(("days", "expected"), [(55, {"too-close"}), (56, set())])
def test_an_infusion_keeps_its_distance_from_a_late_one_before(
    world: World, days: int, expected: set[str]
) -> None:
    """Infusion 2 came on day 31, so infusion 3 may not use the first days of its window."""
    number = after_first(world)
    on_day(world, number, 30)
    treating.one_visit(world.story, stores_of(world), [(number, 2, "72.5")])
    on_day(world, number, days)
    treating.signed_fit(world.story, number, 3)
    treating.weighed(world.story, number, 3, "72.5")
    if expected:
        assert refusals(world, number, 3) == expected
    else:
        world.story.do("nora", ordering.order_infusion, orders(world, number, 3))


def test_an_order_is_cancelled_before_its_bag_is_on_its_way(world: World) -> None:
    number = world.participants[0]
    order = treating.ordered(world.story, number, 1, "72.5")
    cancel = ordering.OfOrder(order, "fever")
    world.story.do("nora", ordering.cancel_order, cancel)
    assert row(world, Order, order).standing is OrderStanding.CANCELLED
    assert codes(world, "nora", ordering.cancel_order, cancel) == {"wrong-standing"}
    treating.ordered(world.story, number, 1, "72.5")


def test_an_order_whose_bag_came_or_was_infused_is_not_cancelled(received: Scene) -> None:
    world, *babies = received
    for number, baby in zip(world.participants, babies, strict=True):
        cancel = ordering.OfOrder(baby.order, "changed our mind")
        assert codes(world, "nora", ordering.cancel_order, cancel) == {"bag-on-its-way"}
        treating.infused(world.story, [number], [baby.bag], "40")
        assert codes(world, "nora", ordering.cancel_order, cancel) == {"infused"}


@pytest.mark.parametrize("visit", [0, 2, 4, 99, -1])
def test_fitness_is_signed_only_for_the_infusion_that_is_next(world: World, visit: int) -> None:
    command = trial.SignFitness(world.participants[0], visit, True, "well")
    assert codes(world, "ines", trial.sign_fitness, command) == {"not-next-visit"}
