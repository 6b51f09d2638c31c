"""The dossier: every blocker at once; hold, return, reject, recall; who may sign."""

from datetime import timedelta
from typing import Any

import pytest

from lims.accounts.actions import GrantRole, grant_role
from lims.core.days import end_of
from lims.core.rounding import Qualifier
from lims.demonstration import making
from lims.demonstration.treating import D
from lims.deviations import actions as deviations
from lims.release import actions as release
from lims.release.queries import decisions_of
from lims.release.rules import Decision
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from lims.testing import actions as testing
from lims.testing import amending, sterility
from lims.trust.identity.roles import Role
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


def vehicle(world: World, *, ready: bool = True) -> str:
    lot = making.a_vehicle(world.story, stores_of(world))
    if ready:
        making.tested(world.story, lot)
        world.story.do("qiu", release.review_trail, release.ReviewTrail(lot))
    return lot


def refusals(world: World, lot: str, who: str = "quinn") -> set[str]:
    return codes(world, who, release.release_lot, release.ReleaseLot(lot))


def judged(lot: str) -> release.JudgeLot:
    return release.JudgeLot(lot, "for a reason")


def test_it_turns_away_everybody_but_qa(world: World) -> None:
    lot = world.lots["product"]
    pairs: list[tuple[Any, Any]] = [
        (release.review_trail, release.ReviewTrail(lot)),
        (release.release_lot, release.ReleaseLot(lot)),
        *((act, judged(lot)) for act in (release.hold_lot, release.reject_lot,
                                         release.return_lot, release.recall_lot)),
    ]  # fmt: skip
    for action, command in pairs:
        turned_away(world, action, command, "quinn", "qiu")


def test_a_complete_lot_leaves_quarantine_once(world: World) -> None:
    lot = vehicle(world)
    world.story.do("quinn", release.release_lot, release.ReleaseLot(lot))
    assert row(world, Lot, lot).standing is LotStanding.RELEASED
    assert "not-in-quarantine" in refusals(world, lot)
    assert [d.decision for d in read(world, decisions_of, lot)] == [Decision.RELEASED]


def test_a_lot_with_many_faults_lists_them_all(world: World) -> None:
    lot = vehicle(world, ready=False)
    assert refusals(world, lot) == {"no-sample", "trail-not-reviewed"}
    sample = world.story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number
    entries = [("PH", "=", "9.9", "aiko"), ("END", "<", "1.0", "aiko"), ("OSM", "=", "298", "")]
    for code, sign, value, reviewer in entries:
        entry = testing.EnterResult(sample, code, Qualifier(sign), D(value))
        result = world.story.do("ana", testing.enter_result, entry).id
        if reviewer:
            world.story.do(reviewer, testing.review_result, testing.ReviewResult(result))
    assert refusals(world, lot) == {
        "no-result", "out-of-specification", "indeterminate", "not-reviewed", "not-inoculated",
        "open-deviation", "trail-not-reviewed",
    }  # fmt: skip
    world.story.do("ana", sterility.inoculate, sterility.Inoculate(sample))
    world.story.do("quinn", release.hold_lot, judged(stores_of(world).albumin))
    world.story.wait(days=600)
    assert refusals(world, lot) >= {"sterility-open", "ancestor-hold", "expired", "no-result"}


def test_the_trail_read_before_the_last_change_was_not_read(world: World) -> None:
    lot = vehicle(world)
    sample = read(world, testing.queries.samples_of, lot)[0]
    result = next(r.id for r in sample.results if r.code == "PH")
    amend = amending.AmendResult(result, "one more decimal", Qualifier.EQUAL, D("7.02"))
    world.story.do("ana", amending.amend_result, amend, "aiko")
    assert refusals(world, lot) == {"trail-not-reviewed"}


@pytest.mark.parametrize("who", ["tang", "tian", "ana", "aiko"])
def test_whoever_made_sampled_tested_or_read_it_does_not_release_it(world: World, who: str) -> None:
    """By person: the second role does not make a second person."""
    world.story.do("ada", grant_role, GrantRole(who, Role.QA), "quinn")
    world.story.actors.clear()
    lot = vehicle(world)
    assert refusals(world, lot, who) == {"your-hands"}
    review = release.ReviewTrail(lot)
    assert codes(world, who, release.review_trail, review) == {"your-hands"}


def test_whose_result_was_amended_still_tested_it(world: World) -> None:
    extra = testing.EnterResult
    world.story.do("ada", grant_role, GrantRole("quinn", Role.ANALYST), "qiu")
    world.story.actors.clear()
    lot = vehicle(world, ready=False)
    sample = world.story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number
    first = world.story.do(
        "quinn", testing.enter_result, extra(sample, "PH", Qualifier.EQUAL, D("7.1"))
    ).id
    amend = amending.AmendResult(first, "typo", Qualifier.EQUAL, D("7.0"))
    world.story.do("ana", amending.amend_result, amend, "aiko")
    assert "your-hands" in refusals(world, lot, "quinn")


def test_a_deviation_about_anything_upstream_stops_it_until_it_is_closed(world: World) -> None:
    lot = vehicle(world)
    about = deviations.OpenDeviation(stores_of(world).saline, "Carton was wet.")
    number = world.story.do("tang", deviations.open_deviation, about).number
    assert refusals(world, lot) == {"open-deviation"}
    close = deviations.CloseDeviation(number, "inner wrap dry")
    world.story.do("qiu", deviations.close_deviation, close)
    world.story.do("quinn", release.release_lot, release.ReleaseLot(lot))


def test_cells_of_an_undecided_donor_stay_in_quarantine(world: World) -> None:
    stores = stores_of(world)
    donor = making.a_donor(world.story, decide=False)
    flasks = making.isolated(world.story, stores, donor)
    harvest = making.harvested(world.story, stores, flasks, 100)
    lot = making.filled(world.story, stores, harvest, making.LotKind.MASTER_BANK, 2)
    making.tested(world.story, lot)
    world.story.do("qiu", release.review_trail, release.ReviewTrail(lot))
    assert refusals(world, lot) == {"donor-pending", "donation-pending"}


def test_a_lot_can_be_released_to_the_end_of_its_last_day_at_the_site(world: World) -> None:
    lot = vehicle(world)
    over = end_of(row(world, Lot, lot).expires_on, world.site.settings.zone)
    world.story.wait_until(over)
    assert refusals(world, lot) == {"expired"}
    world.story.clock.now = over - timedelta(seconds=1)
    world.story.do("quinn", release.release_lot, release.ReleaseLot(lot))


def test_a_hold_is_taken_back_only_when_nothing_speaks_against_it(world: World) -> None:
    lot = world.lots["vehicle"]
    assert codes(world, "quinn", release.return_lot, judged(lot)) == {"not-on-hold"}
    world.story.do("quinn", release.hold_lot, judged(lot))
    assert codes(world, "quinn", release.hold_lot, judged(lot)) == {"wrong-standing"}
    about = deviations.OpenDeviation(lot, "A complaint.")
    number = world.story.do("tang", deviations.open_deviation, about).number
    refused = codes(world, "quinn", release.return_lot, judged(lot))
    assert refused == {"open-deviation", "you-held-it"}
    assert codes(world, "qiu", release.return_lot, judged(lot)) == {"open-deviation"}
    close = deviations.CloseDeviation(number, "about another lot")
    world.story.do("quinn", deviations.close_deviation, close)
    assert codes(world, "quinn", release.return_lot, judged(lot)) == {"you-held-it"}
    world.story.do("qiu", release.return_lot, judged(lot))
    assert row(world, Lot, lot).standing is LotStanding.RELEASED


def test_a_lot_held_in_quarantine_returns_to_quarantine_and_not_to_use(world: World) -> None:
    lot = vehicle(world, ready=False)
    world.story.do("quinn", release.hold_lot, judged(lot))
    world.story.do("qiu", release.return_lot, judged(lot))
    assert row(world, Lot, lot).standing is LotStanding.QUARANTINE


@pytest.mark.parametrize("end", [release.recall_lot, release.reject_lot])
def test_a_recalled_or_rejected_lot_never_comes_back(world: World, end: Any) -> None:
    lot = vehicle(world)
    world.story.do("quinn", end, judged(lot))
    for action in (release.hold_lot, release.recall_lot, release.reject_lot):
        assert codes(world, "quinn", action, judged(lot)) == {"wrong-standing"}
    assert codes(world, "quinn", release.return_lot, judged(lot)) == {"not-on-hold"}
    assert "not-in-quarantine" in refusals(world, lot)


def test_the_old_release_stays_visible_under_the_hold(world: World) -> None:
    lot = world.lots["product"]
    world.story.wait(days=30)
    world.story.do("quinn", release.hold_lot, judged(lot))
    found = read(world, decisions_of, lot)
    assert [d.decision for d in found] == [Decision.RELEASED, Decision.HELD]
    assert all(d.signature for d in found)
    assert found[1].at - found[0].at > timedelta(days=29)
