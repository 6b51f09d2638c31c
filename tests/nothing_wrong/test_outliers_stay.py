"""An outlier cannot vanish: it opens an investigation when it is entered, and stays to be seen."""

import re

import pytest

from lims.core.rounding import Qualifier
from lims.demonstration import making
from lims.deviations.actions import CloseDeviation, close_deviation
from lims.deviations.rules import DeviationKind
from lims.filling import finishing
from lims.release import actions as release
from lims.supplies.queries import lot
from lims.supplies.rules import LotStanding
from lims.testing import actions as testing
from lims.testing import amending, sterility
from lims.testing.queries import results_of, samples_of
from lims.testing.rules import ResultFacts
from tests.nothing_wrong.doing import GOOD_COUNT, D, a_bag_with, open_deviations, sent
from tests.support.scenes import codes, read, stores_of
from tests.support.worlds import World


def sampled(world: World) -> tuple[str, str]:
    """A vehicle lot and its sample."""
    made = making.a_vehicle(world.story, stores_of(world))
    return made, world.story.do("tang", testing.sample_lot, testing.SampleLot(made)).number


def entered(
    world: World, sample: str, value: str, qualifier: str = "=", code: str = "END"
) -> ResultFacts:
    entry = testing.EnterResult(sample, code, Qualifier(qualifier), D(value))
    return world.story.do("ana", testing.enter_result, entry)


@pytest.mark.parametrize(
    ("value", "qualifier", "kind"),
    [("0.9", "=", DeviationKind.OUT_OF_SPECIFICATION), ("1.0", "<", DeviationKind.INDETERMINATE),
     ("0.7", ">", DeviationKind.OUT_OF_SPECIFICATION), ("0.05", "=", None), ("0.05", "<", None)],
)  # fmt: skip
def test_what_fails_or_proves_nothing_opens_an_investigation_at_entry(
    world: World, value: str, qualifier: str, kind: DeviationKind | None
) -> None:
    made, sample = sampled(world)
    entered(world, sample, value, qualifier)
    assert [d.code for d in open_deviations(world, made)] == ([kind] if kind else [])


def test_a_test_that_was_not_performed_opens_one_too(world: World) -> None:
    made, sample = sampled(world)
    body = {"sample": sample, "code": "END", "not_performed": "the cartridge broke"}
    assert sent(world, "ana", "testing/enter-result", body).status_code == 200
    assert len(open_deviations(world, made)) == 1


def test_a_category_that_fails_opens_one_too(world: World) -> None:
    made, sample = sampled(world)
    entry = testing.EnterResult(sample, "APP", category="a black particle")
    world.story.do("ana", testing.enter_result, entry)
    assert [d.code for d in open_deviations(world, made)] == [DeviationKind.OUT_OF_SPECIFICATION]


def invalidated(world: World, result: str, why_not: str = "the control failed") -> None:
    wanted = amending.InvalidateRun(result, why_not)
    world.story.do("aiko", amending.invalidate_run, wanted, "quinn")


@pytest.mark.parametrize("second", ["", "aiko", "tang", "ana"])
def test_no_run_is_invalid_without_qa(world: World, second: str) -> None:
    _, sample = sampled(world)
    result = entered(world, sample, "0.9")
    body = {"result": result.id, "reason": "the control failed"}
    assert sent(world, "aiko", "testing/invalidate-run", body, second).status_code == 409


@pytest.mark.parametrize("reason", ["", "  "])
def test_no_run_is_invalid_without_a_cause(world: World, reason: str) -> None:
    _, sample = sampled(world)
    result = entered(world, sample, "0.9")
    body = {"result": result.id, "reason": reason}
    assert sent(world, "aiko", "testing/invalidate-run", body, "quinn").status_code == 422


def test_who_entered_an_outlier_does_not_declare_it_invalid(world: World) -> None:
    _, sample = sampled(world)
    result = entered(world, sample, "0.9")
    wanted = amending.InvalidateRun(result.id, "the control failed")
    assert "your-own-result" in codes(world, "ana", amending.invalidate_run, wanted, "quinn")


def released_after(world: World, made: str, sample: str) -> set[str]:
    """Everything else conforms and is reviewed; why the lot is still not released."""
    story = world.story
    good = {"PH": "7.0", "OSM": "298"}
    for code, value in good.items():
        done = entered(world, sample, value, code=code)
        story.do("aiko", testing.review_result, testing.ReviewResult(done.id))
    for code, word in (("APP", "no visible foreign particle"), ("CELLS", "none")):
        entry = testing.EnterResult(sample, code, category=word)
        done = story.do("ana", testing.enter_result, entry)
        story.do("aiko", testing.review_result, testing.ReviewResult(done.id))
    story.do("ana", sterility.inoculate, sterility.Inoculate(sample))
    story.wait(days=15)
    story.do("ana", sterility.close_sterility, sterility.CloseSterility(sample), "aiko")
    story.do("qiu", release.review_trail, release.ReviewTrail(made))
    return codes(world, "qiu", release.release_lot, release.ReleaseLot(made))


def test_an_outlier_that_was_called_invalid_and_entered_anew_still_blocks(world: World) -> None:
    made, sample = sampled(world)
    invalidated(world, entered(world, sample, "0.9").id)
    again = entered(world, sample, "0.05")
    world.story.do("aiko", testing.review_result, testing.ReviewResult(again.id))
    assert released_after(world, made, sample) == {"open-deviation"}
    found = open_deviations(world, made)
    assert {d.code for d in found} == {
        DeviationKind.OUT_OF_SPECIFICATION, DeviationKind.INVALID_RUN,
    }  # fmt: skip
    for one in found:
        closing = CloseDeviation(one.number, "the control failed; repeated with a new cartridge")
        world.story.do("qiu", close_deviation, closing)
    world.story.do("qiu", release.review_trail, release.ReviewTrail(made))
    world.story.do("qiu", release.release_lot, release.ReleaseLot(made))


def test_an_outlier_amended_away_still_blocks(world: World) -> None:
    made, sample = sampled(world)
    old = entered(world, sample, "0.9")
    amend = amending.AmendResult(old.id, "0.09 was meant", Qualifier.EQUAL, D("0.09"))
    world.story.do("aiko", amending.amend_result, amend, "ana")
    assert "open-deviation" in released_after(world, made, sample)


@pytest.mark.parametrize("way", ["invalid", "amended"])
def test_the_outlier_stays_on_every_page_and_in_the_certificate(world: World, way: str) -> None:
    made, sample = sampled(world)
    old = entered(world, sample, "0.873")
    if way == "invalid":
        invalidated(world, old.id, "the positive control was flat")
        again = entered(world, sample, "0.05")
        world.story.do("aiko", testing.review_result, testing.ReviewResult(again.id))
    else:
        amend = amending.AmendResult(old.id, "a digit was turned", Qualifier.EQUAL, D("0.05"))
        world.story.do("aiko", amending.amend_result, amend, "ana")
    page = world.client("ana").get(f"/testing/samples/{sample}").text
    assert "0.873" in page
    assert ("flat" if way == "invalid" else "turned") in page
    certificate = world.client("quinn").get(f"/release/lots/{made}/certificate")
    assert certificate.status_code == 200
    assert "0.873" in certificate.text


def test_a_lot_released_on_a_result_that_is_amended_to_fail_goes_on_hold(world: World) -> None:
    vehicle = world.lots["vehicle"]
    sample = read(world, samples_of, vehicle)[-1].number
    results = read(world, results_of, sample)
    endotoxin = next(r for r in results if r.code == "END")
    amend = amending.AmendResult(endotoxin.id, "misread", Qualifier.EQUAL, D("0.9"))
    world.story.do("aiko", amending.amend_result, amend, "ana")
    assert read(world, lot, vehicle).standing is LotStanding.HOLD
    assert len(open_deviations(world, vehicle)) == 1


def test_a_bags_outlier_called_invalid_and_entered_anew_still_blocks(world: World) -> None:
    baby = a_bag_with(world, GOOD_COUNT, {"END": "0.9"})
    (found,) = open_deviations(world, baby.bag)
    assert found.code is DeviationKind.OUT_OF_SPECIFICATION
    results = read(world, results_of, baby.sample)
    outlier = next(r for r in results if r.code == "END")
    amend = amending.AmendResult(outlier.id, "0.09 was meant", Qualifier.EQUAL, D("0.09"))
    world.story.do("aiko", amending.amend_result, amend, "ana")
    wanted = finishing.ReleaseBag(baby.bag)
    assert codes(world, "quinn", finishing.release_bag, wanted) == {"open-deviation"}
    page = world.client("tang").get(f"/testing/samples/{baby.sample}").text
    assert re.search(r"END\s+0\.9\s+superseded", re.sub(r"<[^>]+>", " ", page))
