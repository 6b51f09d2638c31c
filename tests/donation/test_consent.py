"""A mother consents on a form that is valid, and withdraws as far as she says."""

from datetime import timedelta

import pytest

from lims.core.errors import Refused
from lims.demonstration import donating, making
from lims.donation import queries
from lims.donation.accepting import AcceptCord, accept_cord
from lims.donation.consent import (
    AnnulWithdrawal,
    RegisterDonor,
    WithdrawConsent,
    annul_withdrawal,
    register_donor,
    withdraw_consent,
)
from lims.donation.cords import receive_cord
from lims.donation.deciding import DecideEligibility, decide_eligibility
from lims.donation.evidence import repeats_due
from lims.donation.models import Donor
from lims.donation.rules import DonorStanding, WithdrawalScope
from lims.protocol.queries import Asked, trial_in_force
from lims.release.actions import JudgeLot, return_lot
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from tests.support.scenes import codes, read, row, turned_away
from tests.support.worlds import World

USE, DESTRUCTION = WithdrawalScope.USE, WithdrawalScope.DESTRUCTION


def withdraws(world: World, scope: WithdrawalScope, donor: str = "") -> WithdrawConsent:
    return WithdrawConsent(donor or world.donor, scope, world.clock.now, "Midwife Hu")


def newest(world: World, donor: str) -> int:
    return read(world, queries.donor, donor).withdrawals[-1].id


def lot_standing(world: World) -> LotStanding:
    found: LotStanding = row(world, Lot, world.lots["product"]).standing
    return found


def test_a_consent_on_a_form_that_the_protocol_does_not_know_is_none(world: World) -> None:
    at = world.clock.now - timedelta(days=1)
    unknown = RegisterDonor("7.0", "zh", at, "Midwife Hu", True, True)
    assert codes(world, "tang", register_donor, unknown) == {"no-such-consent-form"}
    early = RegisterDonor("2.1", "zh", at - timedelta(days=20_000), "Midwife Hu", True, True)
    assert codes(world, "tang", register_donor, early) == {"consent-form-not-valid"}


def test_the_text_that_she_signed_stays_with_her(world: World) -> None:
    page = world.client("quinn").get(f"/donation/donors/{world.donor}/consent")
    assert "I give the umbilical cord of my child" in page.get_data(as_text=True)
    forms = world.client("tang").get("/donation/consent-forms").get_data(as_text=True)
    assert "2.1" in forms


def test_only_who_may_withdraws_and_annuls(world: World) -> None:
    turned_away(world, withdraw_consent, withdraws(world, USE), "tang", "tian")
    world.story.do("tang", withdraw_consent, withdraws(world, USE))
    annul = AnnulWithdrawal(world.donor, newest(world, world.donor), "another mother")
    turned_away(world, annul_withdrawal, annul, "quinn", "qiu")


@pytest.mark.parametrize("scope", [USE, DESTRUCTION])
def test_where_use_ends_everything_that_descends_from_her_is_held_at_once(
    either_world: World, scope: WithdrawalScope
) -> None:
    """Case 27 of the reference: the donor withdraws; what was made and not used is blocked."""
    world = either_world
    told = world.story.do("tang", withdraw_consent, withdraws(world, scope))
    assert row(world, Donor, world.donor).standing is DonorStanding.WITHDRAWN
    assert "held" in told.says
    assert lot_standing(world) is LotStanding.HOLD
    assert row(world, Lot, world.lots["vehicle"]).standing is LotStanding.RELEASED
    back = JudgeLot(world.lots["product"], "we need it")
    assert "donor-withdrawn" in codes(world, "quinn", return_lot, back)
    decide = DecideEligibility(world.donor, True, "she changed her mind")
    assert "consent-withdrawn" in codes(world, "quinn", decide_eligibility, decide)


def test_a_cord_of_a_mother_who_withdrew_is_neither_taken_in_nor_accepted(world: World) -> None:
    """Case 27 of the reference: she withdrew before the cord came."""
    story = world.story
    cord = donating.received(story, world.donor, story.clock.now - timedelta(hours=9))
    story.do("tang", withdraw_consent, withdraws(world, USE))
    accept = AcceptCord(cord, "intact")
    assert "consent-withdrawn" in codes(world, "quinn", accept_cord, accept)
    another = donating.as_it_came(story, world.donor, story.clock.now - timedelta(hours=1))
    assert codes(world, "tang", receive_cord, another) == {"consent-withdrawn"}


@pytest.mark.parametrize("scope", [WithdrawalScope.RECONTACT, WithdrawalScope.RESEARCH])
def test_what_ends_no_use_holds_nothing(world: World, scope: WithdrawalScope) -> None:
    """Case 27 of the reference: by its scope a withdrawal ends no use."""
    world.story.do("tang", withdraw_consent, withdraws(world, scope))
    assert row(world, Donor, world.donor).standing is DonorStanding.ELIGIBLE
    assert lot_standing(world) is LotStanding.RELEASED
    assert codes(world, "tang", withdraw_consent, withdraws(world, scope)) == {"withdrawn-already"}


def test_a_withdrawal_has_its_time(world: World) -> None:
    soon = WithdrawConsent(world.donor, USE, world.clock.now + timedelta(hours=1), "Hu")
    assert codes(world, "tang", withdraw_consent, soon) == {"in-the-future"}
    before = WithdrawConsent(world.donor, USE, world.clock.now - timedelta(days=9000), "Hu")
    assert codes(world, "tang", withdraw_consent, before) == {"withdrawn-before-consent"}


def test_a_withdrawal_entered_for_the_wrong_mother_is_annulled_and_all_is_decided_anew(
    either_world: World,
) -> None:
    world = either_world
    world.story.do("tang", withdraw_consent, withdraws(world, USE))
    annul = AnnulWithdrawal(world.donor, newest(world, world.donor), "it was another mother")
    world.story.do("quinn", annul_withdrawal, annul)
    assert row(world, Donor, world.donor).standing is DonorStanding.PENDING
    assert lot_standing(world) is LotStanding.HOLD
    assert codes(world, "quinn", annul_withdrawal, annul) == {"annulled-already"}
    donating.decided(world.story, world.donor)
    back = JudgeLot(world.lots["product"], "nothing was withdrawn")
    world.story.do("quinn", return_lot, back)
    assert lot_standing(world) is LotStanding.RELEASED
    page = world.client("quinn").get(f"/donation/donors/{world.donor}").get_data(as_text=True)
    assert "it was another mother" in page


def test_of_two_withdrawals_one_annulled_leaves_the_other(world: World) -> None:
    world.story.do("tang", withdraw_consent, withdraws(world, USE))
    world.story.do("tang", withdraw_consent, withdraws(world, DESTRUCTION))
    annul = AnnulWithdrawal(world.donor, newest(world, world.donor), "she said the first only")
    world.story.do("quinn", annul_withdrawal, annul)
    assert row(world, Donor, world.donor).standing is DonorStanding.WITHDRAWN
    another = making.a_donor(world.story)
    wrong = AnnulWithdrawal(another, annul.withdrawal, "slip")
    with pytest.raises(Refused):
        world.story.do("quinn", annul_withdrawal, wrong)


def test_the_technicians_and_qa_are_told(world: World) -> None:
    world.story.do("tang", withdraw_consent, withdraws(world, USE))
    for login in ("quinn", "tian"):
        page = world.client(login).get("/").get_data(as_text=True)
        assert world.donor in page


def due(world: World) -> list[str]:
    with world.site.reading() as session:
        trial = trial_in_force(Asked(session, world.clock.now))
        return [one.donor for one in repeats_due(session, trial, world.clock.now)]


def test_her_markers_are_repeated_after_half_a_year_where_she_may_be_asked(world: World) -> None:
    donor = making.a_donor(world.story)
    assert donor not in due(world)
    world.story.wait(days=181)
    assert donor in due(world)
    assert donor in world.client("ana").get("/").get_data(as_text=True)
    donating.tested(world.story, donor, world.clock.now)
    assert donor not in due(world)


def test_who_may_not_be_asked_again_is_not_asked(world: World) -> None:
    donor = making.a_donor(world.story)
    world.story.do("tang", withdraw_consent, withdraws(world, WithdrawalScope.RECONTACT, donor))
    world.story.wait(days=181)
    assert donor not in due(world)
