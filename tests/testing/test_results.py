"""Specifications, samples and results: entered by one, reviewed by another, never argued away."""

from typing import Any

import pytest

from lims.accounts.actions import GrantRole, grant_role
from lims.core import shapes
from lims.core.errors import Invalid, Missing
from lims.core.rounding import CompareRule, Outcome, Qualifier
from lims.demonstration import making
from lims.demonstration.treating import D
from lims.deviations.actions import CloseDeviation, close_deviation
from lims.deviations.queries import deviation, open_about
from lims.deviations.rules import DeviationKind
from lims.protocol.sections import Stage
from lims.release.actions import ReleaseLot, release_lot
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from lims.testing import actions as testing
from lims.testing import amending
from lims.testing.models import Result, Sample
from lims.testing.rules import ResultStanding
from lims.trust.identity.roles import Role
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.steps import grown_on
from tests.support.worlds import World

EQUAL = Qualifier.EQUAL


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


def kinds_open(world: World, sample: str) -> list[DeviationKind]:
    """The kinds of the open deviations about what was sampled, as they were opened."""
    found = read(world, open_about, [row(world, Sample, sample).of])
    return [read(world, deviation, number).code for number in found]


def test_it_turns_away_who_may_not(world: World, sample: str) -> None:
    result = enter(world, sample, "PH", "7.0").id
    analysts = ("ana", "aiko")
    pairs: list[tuple[Any, Any, tuple[str, ...]]] = [
        (testing.approve_specification, testing.ApproveSpecification(Stage.BAG), ("quinn", "qiu")),
        (testing.sample_lot, testing.SampleLot(world.lots["product"]),
         ("tang", "tian", *analysts)),
        (testing.enter_result, testing.EnterResult(sample, "OSM", EQUAL, D(298)), analysts),
        (testing.review_result, testing.ReviewResult(result), analysts),
        (amending.invalidate_run, amending.InvalidateRun(result, "control"), analysts),
        (amending.amend_result, amending.AmendResult(result, "typo", EQUAL, D(7)), analysts),
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
        ({"code": "PH", "value": D("14.1")}, {"impossible"}),
        ({"code": "PH", "value": D("-0.1")}, {"impossible"}),
        ({"code": "END", "value": D(-3)}, {"impossible"}),
        ({"code": "PH", "value": D(15), "category": "x"},
         {"impossible", "one-of", "number-needed"}),
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
    assert enter(world, sample, code, value, qualifier=Qualifier(qualifier)).outcome is outcome


@pytest.mark.parametrize("sign", ["≈", "~", "banana", "==", "≤", ""])
@pytest.mark.parametrize("shape", [testing.EnterResult, amending.AmendResult])
def test_a_number_is_equal_to_less_or_more_and_nothing_else(shape: type, sign: str) -> None:
    """The shape refuses it on every path: page, API and import."""
    with pytest.raises(Invalid) as refused:
        shapes.read(shape, {"qualifier": sign})
    told = "Choose one of: =, <, >." if sign else "Choose one."
    assert refused.value.fields["qualifier"] == [told]


def test_what_was_not_performed_proves_nothing(world: World, sample: str) -> None:
    found = enter(world, sample, "PH", not_performed="meter broken")
    assert found.outcome is Outcome.INDETERMINATE


def test_nobody_reviews_their_own_result_or_declares_their_own_run_invalid(
    world: World, sample: str
) -> None:
    result = enter(world, sample, "PH", "7.0").id
    for action, command in (
        (testing.review_result, testing.ReviewResult(result)),
        (amending.invalidate_run, amending.InvalidateRun(result, "control failed")),
    ):
        assert codes(world, "ana", action, command, "quinn") == {"your-own-result"}
    world.story.do("aiko", testing.review_result, testing.ReviewResult(result))
    assert row(world, Result, result).reviewed_by == "aiko"


def test_nobody_reviews_a_result_of_what_they_made(world: World, sample: str) -> None:
    world.story.do("ada", grant_role, GrantRole("tian", Role.ANALYST), "quinn")
    world.story.actors.clear()
    review = testing.ReviewResult(enter(world, sample, "PH", "7.0").id)
    assert codes(world, "tian", testing.review_result, review) == {"your-hands"}


def test_a_failure_has_no_second_entry_beside_it(world: World, sample: str) -> None:
    failing = enter(world, sample, "PH", "9.9").id
    again = testing.EnterResult(sample, "PH", EQUAL, D("7.0"))
    for who in ("ana", "aiko"):
        assert codes(world, who, testing.enter_result, again) == {"has-result"}
    world.story.do("aiko", testing.review_result, testing.ReviewResult(failing))
    assert codes(world, "ana", testing.enter_result, again) == {"has-result"}


def test_a_reviewed_failure_is_invalidated_only_with_qa_and_stays_on_the_record(
    world: World, sample: str
) -> None:
    failing = enter(world, sample, "PH", "9.9").id
    world.story.do("aiko", testing.review_result, testing.ReviewResult(failing))
    invalid = amending.InvalidateRun(failing, "after all the control failed")
    assert codes(world, "aiko", amending.invalidate_run, invalid, "ana") == {"second-person-role"}
    world.story.do("aiko", amending.invalidate_run, invalid, "quinn")
    kept = row(world, Result, failing)
    assert (kept.standing, kept.value) == (ResultStanding.INVALID_RUN, D("9.9"))
    assert kinds_open(world, sample) == [
        DeviationKind.OUT_OF_SPECIFICATION, DeviationKind.INVALID_RUN
    ]  # fmt: skip
    again = codes(world, "aiko", amending.invalidate_run, invalid, "quinn")
    assert again == {"wrong-standing"}


def test_a_failure_is_not_sampled_away(world: World, sample: str) -> None:
    """A second sample would hide the first one's result, reviewed or not."""
    lot = row(world, Sample, sample).of
    enter(world, sample, "PH", "9.9")
    again = testing.SampleLot(lot)
    assert codes(world, "tang", testing.sample_lot, again) == {"sampled-already"}


def test_an_invalid_run_is_no_result_and_may_be_repeated(world: World, sample: str) -> None:
    first = enter(world, sample, "PH", "9.9").id
    invalid = amending.InvalidateRun(first, "control out of range")
    for second, code in (("", "signature-needed"), ("ana", "second-person-role")):
        assert codes(world, "aiko", amending.invalidate_run, invalid, second) == {code}
    world.story.do("aiko", amending.invalidate_run, invalid, "quinn")
    kept = row(world, Result, first)
    assert (kept.standing, kept.value) == (ResultStanding.INVALID_RUN, D("9.9"))
    assert kinds_open(world, sample) == [
        DeviationKind.OUT_OF_SPECIFICATION, DeviationKind.INVALID_RUN
    ]  # fmt: skip
    assert codes(world, "aiko", testing.review_result, testing.ReviewResult(first)) == {
        "wrong-standing"
    }
    enter(world, sample, "PH", "7.0")


@pytest.mark.parametrize(
    ("sign", "kind"),
    [
        (Qualifier.EQUAL, DeviationKind.OUT_OF_SPECIFICATION),
        (Qualifier.LESS, DeviationKind.INDETERMINATE),
    ],
)
def test_a_result_that_does_not_conform_opens_one_deviation_when_it_is_entered(
    world: World, sample: str, sign: Qualifier, kind: DeviationKind
) -> None:
    assert kinds_open(world, sample) == []
    result = enter(world, sample, "END", "0.9", qualifier=sign).id
    assert kinds_open(world, sample) == [kind]
    world.story.do("aiko", testing.review_result, testing.ReviewResult(result))
    assert kinds_open(world, sample) == [kind]


def test_a_result_that_conforms_opens_no_deviation(world: World, sample: str) -> None:
    enter(world, sample, "PH", "7.0")
    assert kinds_open(world, sample) == []


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
    lot = making.filled(
        world.story, stores, grown_on(world.story, stores, harvest), making.LotKind.PRODUCT, 2
    )
    number = making.tested(world.story, lot)
    result = next(r.id for r in read(world, testing.queries.results_of, number) if r.code == "CD14")
    amended = amending.AmendResult(result, "gate was wrong", Qualifier.LESS, D("3"))
    world.story.do("ana", amending.amend_result, amended, "aiko")  # proves nothing
    (doubt,) = read(world, open_about, [lot])
    close = CloseDeviation(doubt, "CD11b excludes the same cells")
    world.story.do("quinn", close_deviation, close)
    making.released(world.story, lot)


def test_transposed_digits_amended_after_release_put_the_lot_on_hold_by_themselves(
    world: World,
) -> None:
    lot = world.lots["product"]
    number = read(world, testing.queries.samples_of, lot)[0].number
    old = next(r for r in read(world, testing.queries.results_of, number) if r.code == "VIA")
    amend = amending.AmendResult(old.id, "92 and 29 were transposed", EQUAL, D(29))
    for second, code in (("aiko", "same-person"), ("tang", "second-person-role")):
        assert codes(world, "aiko", amending.amend_result, amend, second) == {code}
    new = world.story.do("ana", amending.amend_result, amend, "aiko")
    assert row(world, Lot, lot).standing is LotStanding.HOLD
    kept = row(world, Result, old.id)
    assert (kept.standing, kept.value) == (ResultStanding.SUPERSEDED, old.value)
    assert (new.amends, new.reviewed_by, new.outcome) == (old.id, "aiko", Outcome.FAILS)
    assert codes(world, "ana", amending.amend_result, amend, "aiko") == {"wrong-standing"}
    assert "not-in-quarantine" in codes(world, "qiu", release_lot, ReleaseLot(lot))
    (found,) = read(world, open_about, [lot])
    assert read(world, deviation, found).code is DeviationKind.OUT_OF_SPECIFICATION


def test_nothing_is_amended_to_what_cannot_be(world: World, sample: str) -> None:
    result = enter(world, sample, "PH", "7.0").id
    amend = amending.AmendResult(result, "typo", EQUAL, D(70))
    assert codes(world, "ana", amending.amend_result, amend, "aiko") == {"impossible"}
    assert row(world, Result, result).standing is ResultStanding.ENTERED


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
