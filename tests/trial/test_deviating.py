"""A missed window ends nobody's treatment: late by the protocol's rule, or missed and the next."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from lims.bedside import actions as bedside
from lims.core.days import day_of, start_of
from lims.demonstration import treating
from lims.demonstration.treating import Baby
from lims.orders.models import Order
from lims.trial.deviating import DeviateFromProtocol, deviate_from_protocol, deviations_of
from lims.trial.models import Participant
from lims.trial.ordering import OfOrder, cancel_order
from lims.trial.windows import WardDeviationKind
from tests.support.scenes import codes, further, read, row, stores_of, turned_away
from tests.support.worlds import World

K = WardDeviationKind
DAY = timedelta(days=1)


def first_given(world: World) -> list[Baby]:
    weights = ("72.5", "81.6")
    first = [(n, 1, w) for n, w in zip(world.participants, weights, strict=True)]
    return treating.one_visit(world.story, stores_of(world), first)


@pytest.fixture
def given(told_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Infusion 1 was given in both arms."""
    with further(told_world, tmp_path_factory.mktemp("given"), first_given) as (world, _):
        yield world


def on_day(world: World, day: int) -> None:
    """At eight on this day after infusion 1; infusion 2 is due on day 28, three days about."""
    zone = world.site.settings.zone
    first = day_of(row(world, Participant, world.participants[0]).first_infusion_at, zone)
    world.story.wait_until(start_of(first + day * DAY, zone) + timedelta(hours=8))


def signed(kind: K, number: str, visit: int | None = 2) -> DeviateFromProtocol:
    return DeviateFromProtocol(number, kind, "the participant was abroad", visit)


def test_nobody_but_an_investigator_signs_it(given: World) -> None:
    on_day(given, 33)
    turned_away(given, deviate_from_protocol, signed(K.LATE, given.participants[0]), "ines")


def test_an_infusion_is_given_late_by_the_protocols_rule_in_both_arms(given: World) -> None:
    on_day(given, 33)
    story = given.story
    for number in given.participants:
        story.do("ines", deviate_from_protocol, signed(K.LATE, number))
    orders = [treating.ordered(story, number, 2, "72.0") for number in given.participants]
    session = treating.opened_session(story, stores_of(given))
    babies = treating.prepared(story, session, orders)
    for number, baby in zip(given.participants, babies, strict=True):
        treating.received(story, baby.bag)
        verdict = story.do("nora", bedside.verify_bag, bedside.VerifyBag(number, baby.bag))
        assert verdict.reasons == ()


@pytest.mark.parametrize(("day", "code"), [(20, "window-to-come"), (39, "too-late-for-late")])
def test_it_is_late_within_the_protocols_days_alone(given: World, day: int, code: str) -> None:
    on_day(given, day)
    late = signed(K.LATE, given.participants[0])
    assert codes(given, "ines", deviate_from_protocol, late) == {code}


def test_a_missed_infusion_is_left_out_and_the_next_goes_on(given: World) -> None:
    number = given.participants[0]
    on_day(given, 30)
    missed = signed(K.MISSED, number)
    assert codes(given, "ines", deviate_from_protocol, missed) == {"window-open"}
    on_day(given, 39)
    given.story.do("ines", deviate_from_protocol, missed)
    assert codes(given, "ines", deviate_from_protocol, missed) == {"not-next-visit"}
    on_day(given, 56)
    treating.ordered(given.story, number, 3, "72.0")
    (told,) = read(given, deviations_of, number)
    assert (told.kind, told.visit, told.by) == (K.MISSED, 2, "ines")


def test_an_order_that_stands_is_cancelled_before_its_infusion_is_missed(given: World) -> None:
    number = given.participants[0]
    on_day(given, 31)
    order = treating.ordered(given.story, number, 2, "72.0")
    on_day(given, 39)
    missed = signed(K.MISSED, number)
    assert codes(given, "ines", deviate_from_protocol, missed) == {"order-to-cancel"}
    assert "Order again" in given.client("nora").get("/").get_data(as_text=True)
    given.story.do("nora", cancel_order, OfOrder(order, "did not come"))
    given.story.do("ines", deviate_from_protocol, missed)
    assert row(given, Order, order).visit == 2


def test_the_first_infusion_has_no_window_to_miss(world: World) -> None:
    early = signed(K.MISSED, world.participants[0], 1)
    assert codes(world, "ines", deviate_from_protocol, early) == {"no-window"}


@pytest.mark.parametrize("kind", [K.RANDOMISED_BY_MISTAKE, K.WRONG_STRATUM])
def test_who_was_randomised_wrongly_keeps_the_number(world: World, kind: K) -> None:
    number = world.participants[0]
    before = row(world, Participant, number).treatment
    world.story.do("ines", deviate_from_protocol, signed(kind, number, None))
    assert row(world, Participant, number).treatment == before
    screened = treating.registered(world.story, "LW", "H-77")
    assert codes(world, "ines", deviate_from_protocol, signed(kind, screened, None)) == {
        "not-randomised"
    }


def test_the_ward_sees_what_waits_for_a_decision_and_the_calendar_tells_it(given: World) -> None:
    on_day(given, 39)
    ines = given.client("ines")
    assert "The window of infusion 2 is over" in ines.get("/").get_data(as_text=True)
    number = given.participants[0]
    given.story.do("ines", deviate_from_protocol, signed(K.MISSED, number))
    visits = ines.get(f"/trial/participants/{number}/visits").get_data(as_text=True)
    assert "missed" in visits
    assert "abroad" in ines.get("/trial/deviations").get_data(as_text=True)
