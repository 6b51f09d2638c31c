"""Specifications, samples and results: entered by one, reviewed by another, never argued away."""

from typing import Any

import pytest

from lims.core.errors import Missing
from lims.core.rounding import CompareRule, Outcome
from lims.demonstration import making
from lims.demonstration.treating import D
from lims.deviations.queries import open_about
from lims.release.actions import ReleaseLot, release_lot
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from lims.testing import actions as testing
from lims.testing.models import Result, Sample
from lims.protocol.rules import Stage
from lims.testing.rules import (ResultStanding)
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


@pytest.fixture
def sample(world: World) -> str:
    """A new vehicle lot's sample without results."""
    lot = making.a_vehicle(world.story, stores_of(world))
    return world.story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number


def enter(
    world: World, sample: str, code: str, value: str | None = None, who: str = "ana", **other: Any
) -> testing.ResultFacts:
    number = None if value is None else D(value)
    entry = testing.EnterResult(sample, code, value=number, **other)
    return world.story.do(who, testing.enter_result, entry)


def test_it_turns_away_who_may_not(world: World, sample: str) -> None:
    result = enter(world, sample, "PH", "7.0").id
    analysts = ("ana", "aiko")
    pairs: list[tuple[Any, Any, tuple[str, ...]]] = [
        (testing.approve_specification, testing.ApproveSpecification(Stage.BAG), ("quinn", "qiu")),
        (testing.sample_lot, testing.SampleLot(world.lots["product"]),
         ("tang", "tian", *analysts)),
        (testing.enter_result, testing.EnterResult(sample, "OSM", "=", D(298)), analysts),
        (testing.review_result, testing.ReviewResult(result), analysts),
        (testing.invalidate_run, testing.InvalidateRun(result, "control"), analysts),
        (testing.amend_result, testing.AmendResult(result, "typo", "=", D(7)), analysts),
    ]  # fmt: skip
    for action, command, who in pairs:
        turned_away(world, action, command, *who)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"code": "NOPE", "value": D(1)}, {"not-in-specification"}),
        ({"code": "STE", "category": "no growth"}, {"sterility"}),
        ({"code": "PH"}, {"one-of"}),
        ({"code": "PH", "value": D(7), "not_performed": "broken"}, {"one-of"}),
        ({"code": "PH", "category": "fine"}, {"number-needed"}),
        ({"code": "CELLS", "value": D(0)}, {"category-needed"}),
        ({"code": "PH", "value": D(7), "qualifier": "≈"}, {"qualifier"}),
        ({"code": "PH", "value": D(7), "qualifier": "~", "category": "x"},
         {"qualifier", "one-of", "number-needed"}),
    ],
)  # fmt: skip
def test_it_refuses_what_is_no_result_of_the_test(
    world: World, sample: str, entry: dict[str, Any], expected: set[str]
) -> None:
    command = testing.EnterResult(sample, **entry)
    assert codes(world, "ana", testing.enter_result, command) == expected


@pytest.mark.parametrize(
    ("code", "qualifier", "value", "outcome"),
    [
        ("END", "<", "0.05", Outcome.CONFORMS),
        ("END", "<", "1.0", Outcome.INDETERMINATE),
        ("END", ">", "0.6", Outcome.FAILS),
        ("END", "=", "0.54", Outcome.CONFORMS),  # usp: 0.5
        ("END", "=", "0.55", Outcome.FAILS),
        ("PH", "=", "7.54", Outcome.CONFORMS),
        ("PH", "=", "6.4", Outcome.FAILS),
    ],
)
def test_it_judges_by_the_rule_of_the_specification(
    world: World, sample: str, code: str, qualifier: str, value: str, outcome: Outcome
) -> None:
    assert enter(world, sample, code, value, qualifier=qualifier).outcome is outcome


def test_what_was_not_performed_proves_nothing(world: World, sample: str) -> None:
    found = enter(world, sample, "PH", not_performed="meter broken")
    assert found.outcome is Outcome.INDETERMINATE


def test_nobody_reviews_their_own_result_or_declares_their_own_run_invalid(
    world: World, sample: str
) -> None:
    result = enter(world, sample, "PH", "7.0").id
    for action, command in (
        (testing.review_result, testing.ReviewResult(result)),
        (testing.invalidate_run, testing.InvalidateRun(result, "control failed")),
    ):
        assert codes(world, "ana", action, command) == {"your-own-result"}
    world.story.do("aiko", testing.review_result, testing.ReviewResult(result))
    assert row(world, Result, result).reviewed_by == "aiko"


def test_a_failure_has_no_second_entry_beside_it(world: World, sample: str) -> None:
    failing = enter(world, sample, "PH", "9.9").id
    again = testing.EnterResult(sample, "PH", "=", D("7.0"))
    for who in ("ana", "aiko"):
        assert codes(world, who, testing.enter_result, again) == {"has-result"}
    world.story.do("aiko", testing.review_result, testing.ReviewResult(failing))
    assert codes(world, "ana", testing.enter_result, again) == {"has-result"}
    invalid = testing.InvalidateRun(failing, "after all the control failed")
    assert codes(world, "aiko", testing.invalidate_run, invalid) == {"wrong-standing"}


def test_a_failure_is_not_sampled_away(world: World, sample: str) -> None:
    """A second sample would hide the first one's result, reviewed or not."""
    lot = row(world, Sample, sample).of
    enter(world, sample, "PH", "9.9")
    again = testing.SampleLot(lot)
    assert codes(world, "tang", testing.sample_lot, again) == {"sampled-already"}


def test_an_invalid_run_is_no_result_and_may_be_repeated(world: World, sample: str) -> None:
    first = enter(world, sample, "PH", "9.9").id
    invalid = testing.InvalidateRun(first, "control out of range")
    world.story.do("aiko", testing.invalidate_run, invalid)
    assert row(world, Result, first).standing is ResultStanding.INVALID_RUN
    assert read(world, open_about, [row(world, Sample, sample).of]) == []
    assert codes(world, "aiko", testing.review_result, testing.ReviewResult(first)) == {
        "wrong-standing"
    }
    enter(world, sample, "PH", "7.0")


def test_a_reviewed_failure_opens_a_deviation(world: World, sample: str) -> None:
    failing = enter(world, sample, "PH", "9.9").id
    lot = row(world, Sample, sample).of
    assert read(world, open_about, [lot]) == []
    world.story.do("aiko", testing.review_result, testing.ReviewResult(failing))
    assert len(read(world, open_about, [lot])) == 1


def test_an_informative_line_blocks_nothing(world: World) -> None:
    stores = stores_of(world)
    donor = making.a_donor(world.story)
    harvest = making.harvested(
        world.story, stores, making.isolated(world.story, stores, donor), 100
    )
    lot = making.filled(world.story, stores, harvest, making.LotKind.MASTER_BANK, 2)
    making.tested(world.story, lot, {"HLADR": "40"})
    assert read(world, open_about, [lot]) == []
    making.released(world.story, lot)


def test_one_marker_of_a_group_suffices(world: World) -> None:
    stores = stores_of(world)
    harvest = making.harvested(
        world.story, stores, making.isolated(world.story, stores, making.a_donor(world.story)), 100
    )
    lot = making.filled(world.story, stores, harvest, making.LotKind.PRODUCT, 2)
    number = making.tested(world.story, lot)
    result = next(r.id for r in read(world, testing.queries.results_of, number) if r.code == "CD14")
    amended = testing.AmendResult(result, "gate was wrong", "<", D("3"))  # proves nothing
    world.story.do("ana", testing.amend_result, amended, "aiko")
    making.released(world.story, lot)


def test_transposed_digits_amended_after_release_put_the_lot_on_hold_by_themselves(
    world: World,
) -> None:
    lot = world.lots["product"]
    number = read(world, testing.queries.samples_of, lot)[0].number
    old = next(r for r in read(world, testing.queries.results_of, number) if r.code == "VIA")
    amend = testing.AmendResult(old.id, "92 and 29 were transposed", "=", D(29))
    for second, code in (("aiko", "same-person"), ("tang", "second-person-role")):
        assert codes(world, "aiko", testing.amend_result, amend, second) == {code}
    new = world.story.do("ana", testing.amend_result, amend, "aiko")
    assert row(world, Lot, lot).standing is LotStanding.HOLD
    kept = row(world, Result, old.id)
    assert (kept.standing, kept.value) == (ResultStanding.SUPERSEDED, old.value)
    assert (new.amends, new.reviewed_by, new.outcome) == (old.id, "aiko", Outcome.FAILS)
    assert codes(world, "ana", testing.amend_result, amend, "aiko") == {"wrong-standing"}
    assert "not-in-quarantine" in codes(world, "qiu", release_lot, ReleaseLot(lot))


def test_a_version_approved_after_sampling_does_not_judge_the_sample(
    world: World, sample: str
) -> None:
    strict = testing.ApproveSpecification(Stage.VEHICLE, CompareRule.GBT_FULL)
    newer = world.story.do("quinn", testing.approve_specification, strict)
    assert newer.version == 2
    assert row(world, Sample, sample).specification == "vehicle/1"
    assert enter(world, sample, "END", "0.54").outcome is Outcome.CONFORMS
    lot = making.a_vehicle(world.story, stores_of(world))
    later = world.story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number
    assert enter(world, later, "END", "0.54").outcome is Outcome.FAILS


def test_nothing_is_entered_for_a_sample_that_does_not_exist(world: World) -> None:
    with pytest.raises(Missing):
        enter(world, "LMS260009999", "PH", "7.0")
    with pytest.raises(Missing):
        world.story.do("aiko", testing.review_result, testing.ReviewResult("0" * 16))
