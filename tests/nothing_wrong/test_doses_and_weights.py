"""Doses add up: own counts are judged, one interval of weights, and nothing beyond the ceiling."""

from datetime import timedelta
from typing import Any

import pytest

from lims.bedside import actions as bedside
from lims.bedside import infusing
from lims.bedside.rules import Word
from lims.core.errors import Refused
from lims.core.quantities import Kilograms
from lims.demonstration import treating
from lims.demonstration.treating import Baby
from lims.deviations.actions import (
    CloseDeviation,
    OpenDeviation,
    close_deviation,
    open_deviation,
)
from lims.deviations.rules import DeviationKind
from lims.filling import actions as filling
from lims.filling import finishing
from lims.filling.queries import fill
from lims.trial import actions as trial
from lims.trial import ordering
from lims.trial.queries import participant
from tests.nothing_wrong.doing import (
    A_HAIR_UNDER,
    FOURTEEN_OVER,
    GOOD_COUNT,
    JUST_TOO_MUCH,
    NINE_OVER,
    TEN_UNDER,
    Count,
    D,
    a_bag_with,
    begun_for_both,
    draw,
    open_deviations,
    sent,
    thawed,
    why,
)
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, read, second_scan
from tests.support.worlds import World

release = finishing.release_bag


def of(baby: Baby) -> finishing.ReleaseBag:
    return finishing.ReleaseBag(baby.bag)


def closed(world: World, number: str) -> None:
    conclusion = CloseDeviation(number, "cause known, no effect on the dose")
    world.story.do("qiu", close_deviation, conclusion)


def test_a_draw_outside_the_action_limit_opens_its_own_deviation(world: World) -> None:
    baby = a_bag_with(world, TEN_UNDER)
    found = open_deviations(world, baby.bag)
    assert [d.code for d in found] == [DeviationKind.DOSE]
    assert {"dose-deviation", "open-deviation"} <= codes(world, "quinn", release, of(baby))


def test_a_smeared_label_unlocks_no_dose(world: World) -> None:
    baby = a_bag_with(world, TEN_UNDER)
    smeared = OpenDeviation(baby.bag, "The label is smeared.")
    closed(world, world.story.do("tian", open_deviation, smeared).number)
    assert "dose-deviation" in codes(world, "quinn", release, of(baby))


def test_qas_conclusion_about_the_dose_unlocks_it(world: World) -> None:
    baby = a_bag_with(world, TEN_UNDER)
    closed(world, open_deviations(world, baby.bag)[0].number)
    world.story.do("quinn", release, of(baby))


def test_a_word_about_the_dose_by_hand_unlocks_nothing(world: World) -> None:
    baby = a_bag_with(world, TEN_UNDER)
    mine = OpenDeviation(baby.bag, "dose: The dose misses its target by -10.44 %.")
    closed(world, world.story.do("tian", open_deviation, mine).number)
    assert {"dose-deviation", "open-deviation"} <= codes(world, "quinn", release, of(baby))


def test_no_conclusion_lets_a_bag_go_that_some_weight_takes_over_the_ceiling(world: World) -> None:
    baby = a_bag_with(world, FOURTEEN_OVER)
    closed(world, open_deviations(world, baby.bag)[0].number)
    assert codes(world, "quinn", release, of(baby)) == {"dose-ceiling"}


def test_a_bag_just_beyond_what_the_ceiling_leaves_stays_without_a_deviation(world: World) -> None:
    baby = a_bag_with(world, JUST_TOO_MUCH)
    assert codes(world, "quinn", release, of(baby)) == {"dose-ceiling"}


def test_a_draw_beyond_the_ceiling_is_never_drawn(world: World) -> None:
    cells, _, _ = begun_for_both(world)
    thawed(world, cells.bag)
    way_off = draw(cells.bag, Count(400, 20, 1, "200", "0.2"))  # 0.136 → 0.1 mL: −26 %
    assert "dose-deviation" in codes(world, "tang", filling.draw_cells, way_off, "tian")


def test_a_bag_over_and_a_participant_lighter_stay_under_the_ceiling_together(world: World) -> None:
    story = world.story
    baby = a_bag_with(world, NINE_OVER)
    story.do("quinn", release, of(baby))
    story.wait_until(treating.slot_of(story, baby.order))
    treating.sent(story, baby)
    treating.received(story, baby.bag)
    seen: dict[str, tuple[Word, bool]] = {}
    actual = read(world, fill, baby.bag).actual
    assert actual is not None
    for weight in ("66.0", "65.9"):
        treating.weighed(story, world.participants[0], 1, weight)
        verify = bedside.VerifyBag(world.participants[0], baby.bag)
        verdict = story.do("nora", bedside.verify_bag, verify)
        error = actual.value / (D(weight) * 1_500_000) * 100 - 100
        seen[weight] = verdict.word, abs(error) <= 20
        if verdict.number:
            give = bedside_give_up(verdict.number)
            story.do("nora", *give)
    assert seen["66.0"] == (Word.GO, True)
    assert seen["65.9"][0] is Word.STOP


def bedside_give_up(number: str) -> tuple[Any, Any]:
    return infusing.give_up_infusion, infusing.GiveUpInfusion(number, "weighed once more")


@pytest.mark.parametrize(
    ("place", "weight", "word"),
    [(0, "66.0", Word.GO), (0, "65.9", Word.STOP), (0, "80.5", Word.GO), (0, "80.6", Word.STOP),
     (1, "74.2", Word.GO), (1, "74.1", Word.STOP), (1, "90.6", Word.GO), (1, "90.7", Word.STOP)],
)  # fmt: skip
def test_the_interval_of_weights_is_one_for_cells_and_vehicle(
    received: Scene, place: int, weight: str, word: Word
) -> None:
    world, *babies = received
    treating.weighed(world.story, world.participants[place], 1, weight)
    newest = read_weight_settled(world, place)
    verify = bedside.VerifyBag(world.participants[place], babies[place].bag)
    verdict = world.story.do("nora", bedside.verify_bag, verify)
    assert verdict.word is word, (verdict, newest)
    if word is Word.STOP:
        assert [reason.code for reason in verdict.reasons] == ["weight-changed"]


def read_weight_settled(world: World, place: int) -> str:
    """A weight far from the last visit's is signed for, so that only the dose speaks."""
    newest = read(world, participant, world.participants[place]).weighings[-1]
    if newest.standing == "unlikely":
        right = trial.ConfirmWeight(world.participants[place], "seen on another scale")
        world.story.do("ines", trial.confirm_weight, right)
    return str(newest.standing)


def test_one_nurse_alone_or_two_who_differ_stop_the_infusion(received: Scene) -> None:
    world, cells, vehicle = received
    story = world.story
    for place, (baby, same, other) in enumerate(
        ((cells, "72.5", "72.6"), (vehicle, "81.6", "81.5"))
    ):
        who = world.participants[place]
        verify = bedside.VerifyBag(who, baby.bag)
        for nurse, weight, code in (
            ("nora", same, "weight-open"),
            ("niu", other, "weight-disagreed"),
        ):
            story.do(nurse, trial.weigh, trial.Weigh(who, 1, Kilograms(D(weight)), "scale 3"))
            verdict = story.do("nora", bedside.verify_bag, verify)
            assert [reason.code for reason in verdict.reasons] == [code]


def test_a_weight_in_doubt_after_the_go_stops_the_start(received: Scene) -> None:
    world, cells, _ = received
    story, who = world.story, world.participants[0]
    verdict = story.do("nora", bedside.verify_bag, bedside.VerifyBag(who, cells.bag))
    story.do("niu", trial.weigh, trial.Weigh(who, 1, Kilograms(D("72.5")), "scale 3"))
    start = second_scan(world, verdict.number)
    assert codes(world, "nora", infusing.start_infusion, start, "niu") == {"weight-open"}


@pytest.mark.parametrize(
    ("weight", "unlikely"),
    [("37.5", True), ("63.7", True), ("63.8", False), ("86.2", False), ("86.3", True)],
)
def test_a_weight_far_from_the_last_visits_is_not_ordered_by_without_a_word(
    world: World, weight: str, unlikely: bool
) -> None:
    treating.at_eight(world.story)
    who = world.participants[0]
    treating.signed_fit(world.story, who, 1)
    treating.weighed(world.story, who, 1, weight)
    slot = (world.clock.now + timedelta(hours=4)).isoformat()
    body = {"participant": who, "visit": 1, "slot_at": slot}
    answer = sent(world, "nora", "trial/order-infusion", body)
    if not unlikely:
        assert answer.status_code == 200, answer.text
        return
    assert "weight-unlikely" in why(answer)
    reason = {"participant": who, "reason": "oedema treated since the last visit"}
    assert sent(world, "ines", "trial/confirm-weight", reason).status_code == 200
    assert sent(world, "nora", "trial/order-infusion", body).status_code == 200


def test_a_third_weighing_that_differs_settles_nothing(world: World) -> None:
    treating.at_eight(world.story)
    who = world.participants[0]
    treating.signed_fit(world.story, who, 1)
    treating.weighed(world.story, who, 1, "37.5")
    third = trial.Weigh(who, 1, Kilograms(D("73.5")), "scale 4")
    world.story.do("nora", trial.weigh, third)
    order = ordering.OrderInfusion(who, 1, world.clock.now + timedelta(hours=4))
    refused = codes(world, "nora", ordering.order_infusion, order)
    assert "weight-disagreed" in refused


@pytest.mark.parametrize(
    ("typed_value", "code"), [("95.2", "counts-differ"), ("60.3", "own-count-fails")]
)
def test_a_pool_of_sixty_per_cent_is_judged_by_our_own_count(
    world: World, typed_value: str, code: str
) -> None:
    baby = a_bag_with(world, Count(440, 290, 8, "20", "10.8"), {"VIA": typed_value})
    refused = codes(world, "quinn", release, of(baby))
    assert {code, "own-count-fails"} <= refused


@pytest.mark.parametrize(
    ("typed_value", "good"), [("89.9", True), ("89.8", False), ("99.9", False)]
)
def test_two_figures_of_one_viability_may_lie_five_points_apart(
    world: World, typed_value: str, good: bool
) -> None:
    baby = a_bag_with(world, GOOD_COUNT, {"VIA": typed_value})  # our own: 94.83 %
    if good:
        world.story.do("quinn", release, of(baby))
    else:
        assert codes(world, "quinn", release, of(baby)) == {"counts-differ"}


def test_a_refusal_shows_digits_enough_to_see_why(world: World) -> None:
    baby = a_bag_with(world, A_HAIR_UNDER)
    with pytest.raises(Refused) as refused:
        world.story.do("quinn", release, of(baby))
    (said,) = [r.sentence for r in refused.value.reasons if r.code == "dose-deviation"]
    assert "10.001 %" in said
