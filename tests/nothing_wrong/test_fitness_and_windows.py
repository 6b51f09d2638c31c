"""Fitness is a state of one visit; between two infusions lie days enough."""

from datetime import timedelta
from typing import Any

import pytest

from lims.bedside import actions as bedside
from lims.bedside import infusing
from lims.bedside.rules import Word
from lims.core.days import day_of, start_of
from lims.demonstration import treating
from lims.demonstration.treating import Baby
from lims.filling import actions as filling
from lims.followup import actions as followup
from lims.followup.rules import Severity
from lims.trial import actions as trial
from lims.trial import ordering
from lims.trial.pausing import PauseTrial, pause_trial
from lims.trust.actions import Action
from tests.nothing_wrong.doing import (
    GOOD_COUNT,
    begun_for_both,
    draw,
    orders_for_both,
    sent,
    thawed,
)
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, second_scan, stores_of
from tests.support.worlds import World


def verdict(world: World, place: int, baby: Baby) -> tuple[Word, set[str]]:
    wanted = bedside.VerifyBag(world.participants[place], baby.bag)
    found = world.story.do("nora", bedside.verify_bag, wanted)
    return found.word, {reason.code for reason in found.reasons}


def not_fit(world: World, place: int = 0, visit: int = 1) -> None:
    word = trial.SignFitness(world.participants[place], visit, False, "a fever since yesterday")
    world.story.do("ines", trial.sign_fitness, word)


def event(
    world: World,
    severity: Severity,
    *,
    serious: bool = False,
    related: bool = False,
    place: int = 0,
) -> None:
    wanted = followup.ReportEvent(
        world.participants[place], "other", world.story.today, severity, serious, related, "seen"
    )
    world.story.do("nora", followup.report_event, wanted)


def order(world: World, visit: int, hours: float = 4, place: int = 0) -> ordering.OrderInfusion:
    slot = world.clock.now + timedelta(hours=hours)
    return ordering.OrderInfusion(world.participants[place], visit, slot)


def test_infusion_one_is_not_ordered_before_somebody_signed_that_it_may_be(world: World) -> None:
    treating.at_eight(world.story)
    treating.weighed(world.story, world.participants[0], 1, "72.5")
    assert codes(world, "nora", ordering.order_infusion, order(world, 1)) == {"not-fit"}


@pytest.mark.parametrize("place", [0, 1])
def test_not_fit_signed_for_infusion_one_is_a_stop(received: Scene, place: int) -> None:
    world, *babies = received
    not_fit(world, place)
    assert verdict(world, place, babies[place]) == (Word.STOP, {"not-fit"})
    treating.signed_fit(world.story, world.participants[place], 1)
    assert verdict(world, place, babies[place]) == (Word.GO, set())


@pytest.mark.parametrize("visit", [2, 3])
def test_fitness_for_later_infusions_is_not_signed_on_day_nought(world: World, visit: int) -> None:
    body = {"participant": world.participants[0], "visit": visit, "fit": True, "reason": "well"}
    assert sent(world, "ines", "trial/sign-fitness", body).status_code == 409


def test_fitness_for_the_next_infusion_waits_for_its_window(world: World) -> None:
    treating.one_visit(world.story, stores_of(world), [(world.participants[0], 1, "72.5")])
    fit = trial.SignFitness(world.participants[0], 2, True, "well")
    assert "too-early" in codes(world, "ines", trial.sign_fitness, fit)


@pytest.mark.parametrize(
    ("severity", "serious", "related", "undone"),
    [(Severity.FATAL, True, True, True), (Severity.MILD, True, False, True),
     (Severity.SEVERE, False, False, True), (Severity.LIFE_THREATENING, True, False, True),
     (Severity.MODERATE, False, True, True), (Severity.MODERATE, False, False, False),
     (Severity.MILD, False, True, False)],
)  # fmt: skip
def test_an_event_that_matters_undoes_fitness_until_the_investigator_signs_anew(
    received: Scene, severity: Severity, serious: bool, related: bool, undone: bool
) -> None:
    world, cells, vehicle = received
    event(world, severity, serious=serious, related=related)
    if undone:
        assert verdict(world, 0, cells) == (Word.STOP, {"not-fit"})
        treating.signed_fit(world.story, world.participants[0], 1)
    assert verdict(world, 0, cells)[0] is Word.GO
    assert verdict(world, 1, vehicle)[0] is Word.GO  # another participant


def test_an_event_between_go_and_start_stops_the_start(received: Scene) -> None:
    world, cells, _ = received
    wanted = bedside.VerifyBag(world.participants[0], cells.bag)
    number = world.story.do("nora", bedside.verify_bag, wanted).number
    event(world, Severity.SEVERE)
    start = second_scan(world, number)
    assert codes(world, "nora", infusing.start_infusion, start, "niu") == {"not-fit"}


def test_the_assessor_and_the_nurse_sign_no_fitness(world: World) -> None:
    body = {"participant": world.participants[0], "visit": 1, "fit": True, "reason": "well"}
    for who in ("asa", "nora", "mona"):
        assert sent(world, who, "trial/sign-fitness", body).status_code == 403


def test_fitness_of_yesterday_is_too_old_for_a_slot_of_today(world: World) -> None:
    treating.at_eight(world.story)
    who = world.participants[0]
    treating.signed_fit(world.story, who, 1)
    world.story.wait(hours=21)
    treating.weighed(world.story, who, 1, "72.5")
    wanted = order(world, 1)
    assert codes(world, "nora", ordering.order_infusion, wanted) == {"fitness-old"}
    treating.signed_fit(world.story, who, 1)
    world.story.do("nora", ordering.order_infusion, order(world, 1))


@pytest.mark.parametrize("news", ["not fit", "event", "withdrawn", "paused"])
def test_the_bench_waits_when_the_ward_says_so_in_both_arms_alike(world: World, news: str) -> None:
    cells, vehicle, _ = begun_for_both(world)
    thawed(world, cells.bag)
    for place in (0, 1):
        if news == "not fit":
            not_fit(world, place)
        elif news == "event":
            event(world, Severity.FATAL, serious=True, related=True, place=place)
        elif news == "withdrawn":
            leaves = trial.WithdrawParticipant(world.participants[place], "moved away")
            world.story.do("ines", trial.withdraw_participant, leaves)
    if news == "paused":
        world.story.do("ines", pause_trial, PauseTrial(True, "the board looks at it"))
    said = []
    steps: tuple[tuple[Action[Any, Any], object], ...] = (
        (filling.draw_cells, draw(cells.bag, GOOD_COUNT)),
        (filling.draw_vehicle, filling.DrawVehicle(vehicle.bag)),
    )
    for wanted, command in steps:
        said.append(codes(world, "tang", wanted, command, "tian"))
    assert said[0] == said[1] == {"trial-paused" if news == "paused" else "order-halted"}
    for bag in (cells.bag, vehicle.bag):
        page = world.client("tang").get(f"/filling/bags/{bag}").text
        assert "asks to wait" in page or "paused" in page
        for word in ("fever", "fatal", "moved", "not fit", world.participants[0]):
            assert word not in page


def test_a_new_word_of_fit_lets_the_bench_go_on(world: World) -> None:
    _, vehicle, _ = begun_for_both(world)
    event(world, Severity.SEVERE, place=1)
    wanted = filling.DrawVehicle(vehicle.bag)
    assert codes(world, "tang", filling.draw_vehicle, wanted, "tian") == {"order-halted"}
    treating.signed_fit(world.story, world.participants[1], 1)
    world.story.do("tang", filling.draw_vehicle, wanted, "tian")


def three_days_late(world: World) -> None:
    """Infusion 1, and infusion 2 on the last day of its window."""
    story, stores, who = world.story, stores_of(world), world.participants[0]
    treating.one_visit(story, stores, [(who, 1, "72.5")])
    zone = story.site.settings.zone
    story.wait_until(start_of(story.today + timedelta(days=30), zone) + timedelta(hours=12))
    treating.one_visit(story, stores, [(who, 2, "72.5")])
    assert day_of(story.clock.now, zone) == story.today


def test_infusion_three_is_not_twenty_two_days_after_infusion_two(world: World) -> None:
    three_days_late(world)
    story, who = world.story, world.participants[0]
    zone = story.site.settings.zone
    story.wait_until(start_of(story.today + timedelta(days=22), zone) + timedelta(hours=8))
    treating.signed_fit(story, who, 3)
    treating.weighed(story, who, 3, "72.5")
    assert codes(world, "nora", ordering.order_infusion, order(world, 3)) == {"too-close"}
    story.wait(days=3)  # day 56: 25 days after
    treating.ordered(story, who, 3, "72.5")


def test_a_bag_for_after_midnight_is_not_given_before_it(world: World) -> None:
    three_days_late(world)
    story, who = world.story, world.participants[0]
    zone = story.site.settings.zone
    midnight = start_of(story.today + timedelta(days=25), zone)
    story.wait_until(midnight - timedelta(hours=4))
    number = treating.ordered(story, who, 3, "72.5")  # the slot lies just after midnight
    session = treating.opened_session(story, stores_of(world))
    story.wait_until(treating.slot_of(story, number) - timedelta(hours=3))
    baby = treating.begun(story, session, number)
    treating.drawn(story, baby)
    treating.finished(story, baby)
    story.wait_until(treating.slot_of(story, number) - timedelta(minutes=29))
    treating.sent(story, baby)
    treating.received(story, baby.bag)
    assert story.clock.now < midnight
    assert verdict(world, 0, baby) == (Word.STOP, {"too-close"})
    story.wait_until(midnight)
    assert verdict(world, 0, baby) == (Word.GO, set())


def test_a_missed_order_of_both_is_started_in_no_arm_once_one_is_withdrawn(world: World) -> None:
    orders = orders_for_both(world)
    leaves = trial.WithdrawParticipant(world.participants[1], "moved away")
    world.story.do("ines", trial.withdraw_participant, leaves)
    session = treating.opened_session(world.story, stores_of(world))
    begin = filling.StartFill(orders[1], session)
    assert "order-halted" in codes(world, "tang", filling.start_fill, begin)
    treating.begun(world.story, session, orders[0])
