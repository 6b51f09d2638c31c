"""A donor: consent, history, serology in its window, and QA's signed decision."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lims.core.errors import Missing, Refused
from lims.demonstration import donating, making
from lims.demonstration.treating import D
from lims.donation.accepting import AcceptCord, accept_cord
from lims.donation.consent import RegisterDonor, register_donor
from lims.donation.deciding import DecideEligibility, decide_eligibility
from lims.donation.evidence import ancestor_reasons, evidence_of
from lims.donation.history import RecordHistory, record_history
from lims.donation.models import Cord, Donor
from lims.donation.reviewing import review_serology
from lims.donation.rules import DonorStanding
from lims.donation.serology import enter_serology
from lims.genealogy.queries import descendants
from lims.protocol.queries import Asked, trial_in_force
from lims.protocol.steps import StepKind
from lims.release.actions import JudgeLot, return_lot
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.steps import stepped
from tests.support.worlds import World


def registered(world: World) -> str:
    return donating.registered(world.story)


def receives(world: World, donor: str) -> str:
    return donating.received(world.story, donor, world.clock.now - timedelta(hours=9))


def with_cord(world: World) -> str:
    donor = registered(world)
    receives(world, donor)
    return donor


def serology(world: World, donor: str, *, but: str = "", at: timedelta = timedelta(0)) -> None:
    """Every marker but one, not reactive, reviewed; the specimen is drawn so long from recovery."""
    with world.site.reading() as session:
        trial = trial_in_force(Asked(session, world.clock.now))
        moment = evidence_of(session, trial, donor).recovered_at
    assert moment is not None
    world.story.wait_until(moment + at)
    whole = donating.panel(world.story, donor, moment + at)
    told = tuple(result for result in whole.results if result.marker != but)
    world.story.do("ana", enter_serology, replace(whole, results=told))
    world.story.do("aiko", review_serology, donating.review_of(world.story, donor))


def history(world: World, donor: str, *, clear: bool = True, **other: str) -> None:
    donating.history(world.story, donor, clear=clear, **other)


def decides(donor: str, *, eligible: bool = True) -> DecideEligibility:
    return DecideEligibility(donor, eligible, "all markers not reactive")


def refusals(world: World, donor: str) -> set[str]:
    return codes(world, "quinn", decide_eligibility, decides(donor))


def test_it_turns_away_who_may_not_touch_a_donor(world: World) -> None:
    at = world.clock.now - timedelta(days=1)
    register = RegisterDonor("2.1", "zh", at, "Midwife Hu", True, True)
    turned_away(world, register_donor, register, "tang", "tian")
    entry = donating.one_marker(world.donor, "HBsAg", at)
    turned_away(world, enter_serology, entry, "ana", "aiko")
    turned_away(world, decide_eligibility, decides(world.donor), "quinn", "qiu")
    turned_away(
        world, record_history, RecordHistory(world.donor, "x", True, ()),
        "tang", "tian",
    )  # fmt: skip


def test_it_lists_everything_that_an_empty_donor_lacks(world: World) -> None:
    assert refusals(world, registered(world)) == {"no-cord", "no-history", "marker-missing"}


def test_it_declares_a_complete_donor_eligible_once(world: World) -> None:
    donor = with_cord(world)
    history(world, donor)
    serology(world, donor)
    world.story.do("quinn", decide_eligibility, decides(donor))
    assert row(world, Donor, donor).standing is DonorStanding.ELIGIBLE
    assert refusals(world, donor) == {"decided"}


def test_a_second_donation_is_judged_for_itself(world: World) -> None:
    donor = with_cord(world)
    history(world, donor)
    serology(world, donor)
    world.story.do("quinn", decide_eligibility, decides(donor))
    world.story.wait(days=700)
    second = receives(world, donor)
    assert row(world, Cord, second).cleared_at is None
    assert refusals(world, donor) == {"marker-missing", "specimen-time", "no-history"}
    serology(world, donor)
    history(world, donor)
    world.story.do("quinn", decide_eligibility, decides(donor))
    assert row(world, Cord, second).cleared_at is not None
    assert refusals(world, donor) == {"decided"}


def test_cells_of_a_donation_that_was_not_decided_upon_are_not_released(world: World) -> None:
    world.story.wait(days=300)
    cord, stores = receives(world, world.donor), stores_of(world)
    accept = AcceptCord(cord, "intact")
    world.story.do("quinn", accept_cord, accept)
    isolate = making.culture.IsolateCells(
        cord, 1, making.SquareCentimetres(D(175)), stores.growing, (stores.cabinet,)
    )
    stepped(world.story, StepKind.ISOLATION, cord)
    flask = world.story.do("tang", making.culture.isolate_cells, isolate, "tian").flasks[0]
    reasons = read(world, ancestor_reasons, flask)
    assert {reason.code for reason in reasons} == {"donation-pending"}
    assert row(world, Donor, world.donor).standing is DonorStanding.ELIGIBLE


def test_it_needs_every_marker(world: World) -> None:
    donor = with_cord(world)
    history(world, donor)
    serology(world, donor, but="HCV NAT")
    assert refusals(world, donor) == {"marker-missing"}


def test_it_lists_five_faults_at_once(world: World) -> None:
    donor = with_cord(world)
    history(world, donor, clear=False)
    serology(world, donor, but="HCV NAT", at=timedelta(days=7, seconds=1))
    entry = donating.one_marker(donor, "HBsAg", world.clock.now)
    world.story.do("ana", enter_serology, entry)
    assert refusals(world, donor) == {"history", "marker-missing", "specimen-time", "reactive"}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (timedelta(days=7), set()),
        (timedelta(days=-7), set()),
        (timedelta(days=7, seconds=1), {"specimen-time", "marker-missing"}),
        (timedelta(days=-7, seconds=-1), {"specimen-time", "marker-missing"}),
    ],
)
def test_it_takes_a_specimen_within_seven_days_of_recovery_to_the_second(
    world: World, at: timedelta, expected: set[str]
) -> None:
    donor = with_cord(world)
    history(world, donor)
    serology(world, donor, at=at)
    if expected:
        assert refusals(world, donor) == expected
    else:
        world.story.do("quinn", decide_eligibility, decides(donor))


def test_an_informative_marker_excludes_nobody(world: World) -> None:
    entry = donating.one_marker(world.donor, "CMV IgG", world.clock.now)
    world.story.do("ana", enter_serology, entry)
    assert row(world, Donor, world.donor).standing is DonorStanding.ELIGIBLE


def test_it_refuses_a_marker_that_the_protocol_does_not_know_and_a_time_to_come(
    world: World,
) -> None:
    entry = donating.one_marker(world.donor, "Zika", world.clock.now)
    assert codes(world, "ana", enter_serology, entry) == {"unknown-marker"}
    later = world.clock.now + timedelta(seconds=1)
    entry = donating.one_marker(world.donor, "HBsAg", later)
    assert codes(world, "ana", enter_serology, entry) == {"in-the-future"}
    command = RegisterDonor("2.1", "zh", later, "Midwife Hu", True, True)
    assert codes(world, "tang", register_donor, command) == {"in-the-future"}
    with pytest.raises(Missing):
        history(world, "LMD260009999")


def test_a_history_is_not_rewritten_under_a_signed_decision(world: World) -> None:
    with pytest.raises(Refused):
        history(world, world.donor, clear=False)
    assert row(world, Donor, world.donor).history_clear is True


def test_a_reactive_marker_months_later_holds_everything_that_descends(world: World) -> None:
    world.story.wait(days=180)
    entry = donating.one_marker(world.donor, "HIV NAT", world.clock.now)
    world.story.do("ana", enter_serology, entry)
    assert row(world, Donor, world.donor).standing is DonorStanding.INELIGIBLE
    assert world.lots["product"] in read(world, descendants, world.donor)
    assert row(world, Lot, world.lots["product"]).standing is LotStanding.HOLD
    assert row(world, Lot, world.lots["vehicle"]).standing is LotStanding.RELEASED
    back = JudgeLot(world.lots["product"], "we need it")
    assert "donor-ineligible" in codes(world, "quinn", return_lot, back)


def test_an_ineligible_donor_stays_ineligible(world: World) -> None:
    no = decides(world.donor, eligible=False)
    world.story.do("quinn", decide_eligibility, no)
    assert row(world, Lot, world.lots["product"]).standing is LotStanding.HOLD
    assert "wrong-standing" in refusals(world, world.donor)
