"""The mother's history: every question of the protocol, what excludes, what was a slip."""

import pytest

from lims.demonstration import donating
from lims.donation.deciding import DecideEligibility, decide_eligibility
from lims.donation.history import (
    AmendDonorAnswer,
    AmendHistory,
    DonorAnswered,
    RecordHistory,
    amend_donor_answer,
    amend_history,
    record_history,
)
from lims.donation.models import Donor
from lims.donation.rules import DonorStanding
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from tests.support.scenes import codes, row, turned_away
from tests.support.worlds import World

WHY = "the line above was read"


def decide(world: World, donor: str) -> set[str]:
    wanted = DecideEligibility(donor, True, "nothing excludes")
    return codes(world, "quinn", decide_eligibility, wanted)


def standing(world: World) -> DonorStanding:
    found: DonorStanding = row(world, Donor, world.donor).standing
    return found


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"fever": "yes"}, "not-fever"),
        ({"mother_age": "17"}, "not-mother-age"),
        ({"gestation": "36"}, "not-gestation"),
    ],
)
def test_an_answer_that_excludes_keeps_her_from_being_eligible(
    world: World, other: dict[str, str], code: str
) -> None:
    donor = donating.registered(world.story)
    donating.history(world.story, donor, **other)
    assert code in decide(world, donor)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ((DonorAnswered("fever", "perhaps"),), "unreadable-fever"),
        ((DonorAnswered("mother-age", "199"),), "impossible"),
        ((DonorAnswered("zodiac", "yes"),), "unknown-criterion"),
        ((DonorAnswered("fever", "no"), DonorAnswered("fever", "yes")), "answered-twice"),
    ],
)
def test_what_is_no_answer_is_not_taken(
    world: World, answers: tuple[DonorAnswered, ...], code: str
) -> None:
    donor = donating.registered(world.story)
    wanted = RecordHistory(donor, "healthy", True, answers)
    assert codes(world, "tang", record_history, wanted) == {code}


def test_a_question_without_an_answer_is_asked_for(world: World) -> None:
    donor = donating.registered(world.story)
    some = tuple(a for a in donating.answers(world.story) if a.code != "travel")
    world.story.do("tang", record_history, RecordHistory(donor, "healthy", True, some))
    assert "missing-travel" in decide(world, donor)


def test_an_answer_put_right_after_the_decision_excludes_at_once(either_world: World) -> None:
    world = either_world
    wrong = AmendDonorAnswer(world.donor, "malignancy", "yes", WHY)
    world.story.do("tang", amend_donor_answer, wrong)
    assert standing(world) is DonorStanding.INELIGIBLE
    assert row(world, Lot, world.lots["product"]).standing is LotStanding.HOLD
    back = AmendDonorAnswer(world.donor, "malignancy", "no", "it was her sister")
    world.story.do("tang", amend_donor_answer, back)
    assert standing(world) is DonorStanding.PENDING
    donating.decided(world.story, world.donor)


def test_an_examination_put_right_after_the_decision_excludes_at_once(world: World) -> None:
    found = AmendHistory(world.donor, "fresh tattoo", False, WHY)
    world.story.do("tang", amend_history, found)
    assert standing(world) is DonorStanding.INELIGIBLE
    page = world.client("quinn").get(f"/donation/donors/{world.donor}").get_data(as_text=True)
    assert f"was healthy, term: {WHY}" in page


def test_what_was_never_asked_cannot_be_put_right(world: World) -> None:
    donor = donating.registered(world.story)
    answer = AmendDonorAnswer(donor, "fever", "yes", WHY)
    assert codes(world, "tang", amend_donor_answer, answer) == {"not-answered-yet"}
    assert codes(world, "tang", amend_history, AmendHistory(donor, "x", True, WHY)) == {
        "no-history"
    }


def test_only_who_takes_cords_in_amends_a_history(world: World) -> None:
    answer = AmendDonorAnswer(world.donor, "fever", "yes", WHY)
    turned_away(world, amend_donor_answer, answer, "tang", "tian")
    turned_away(world, amend_history, AmendHistory(world.donor, "x", True, WHY), "tang", "tian")


def test_a_second_donation_is_asked_anew(world: World) -> None:
    world.story.wait(days=700)
    donating.received(world.story, world.donor, world.clock.now)
    assert {"no-history"} <= decide(world, world.donor)
    donating.history(world.story, world.donor, travel="yes")
    assert standing(world) is DonorStanding.INELIGIBLE  # found before QA decides: it stops at once
    page = world.client("tang").get(f"/donation/donors/{world.donor}/history")
    assert "In the last six months: in a region with malaria" in page.get_data(as_text=True)
