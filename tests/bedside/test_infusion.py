"""From the second nurse's signature to the empty bag: one bag, one infusion, one end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bedside import actions as bedside
from lims.bedside import infusing
from lims.bedside.models import Infusion
from lims.bedside.rules import InfusionStanding
from lims.core.errors import Missing
from lims.core.quantities import Millilitres
from lims.demonstration import treating
from lims.demonstration.treating import D
from lims.labelling.models import Label
from lims.release.actions import JudgeLot, hold_lot
from lims.trial import actions as trial
from lims.trial import pausing
from lims.trial.labels import ReprintWardLabel, reprint_ward_label
from lims.trial.models import Participant
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, row, second_scan, turned_away
from tests.support.worlds import World


def go(scene: Scene) -> tuple[World, str, str]:
    """A GO for the first participant's bag, said to Nora; the infusion, the bag."""
    world, cells, _ = scene
    command = bedside.VerifyBag(world.participants[0], cells.bag)
    return world, world.story.do("nora", bedside.verify_bag, command).number, cells.bag


def start(world: World, infusion: str, second: str = "niu", who: str = "nora") -> set[str]:
    return codes(world, who, infusing.start_infusion, second_scan(world, infusion), second)


def ends(infusion: str, given: str) -> infusing.EndInfusion:
    return infusing.EndInfusion(infusion, Millilitres(D(given)), "sealed, returned empty")


def test_it_starts_with_the_second_nurses_own_signature(received: Scene) -> None:
    world, infusion, _ = go(received)
    world.story.do("nora", infusing.start_infusion, second_scan(world, infusion), "niu")
    found = row(world, Infusion, infusion)
    assert (found.standing, found.confirmed_by) == (InfusionStanding.INFUSING, "niu")
    first = row(world, Participant, world.participants[0]).first_infusion_at
    assert first == found.started_at


def test_it_turns_away_everybody_but_nurses(received: Scene) -> None:
    world, infusion, bag = go(received)
    for action, command in (
        (infusing.start_infusion, second_scan(world, infusion)),
        (infusing.give_up_infusion, infusing.GiveUpInfusion(infusion, "fever")),
        (infusing.observe, infusing.Observe(infusion, "well")),
        (infusing.end_infusion, ends(infusion, "100")),
        (infusing.account_for_bag, infusing.AccountForBag(bag, BagStanding.RETURNED, "left")),
    ):
        turned_away(world, action, command, "nora", "niu")


def test_it_refuses_the_nurse_who_starts_it_as_the_second_nurse(received: Scene) -> None:
    world, infusion, _ = go(received)
    assert start(world, infusion, "nora") == {"same-person"}
    assert start(world, infusion, "") == {"signature-needed"}
    assert start(world, infusion, "tang") == {"second-person-role"}


def test_it_refuses_the_nurse_who_scanned_as_the_second_nurse(received: Scene) -> None:
    """Niu presses start, Nora signs: but Nora is the one whose scan is to be confirmed."""
    world, infusion, _ = go(received)
    assert start(world, infusion, "nora", who="niu")


@pytest.mark.parametrize("second", ["mona", "asa"])
def test_it_refuses_a_second_person_who_is_no_nurse(received: Scene, second: str) -> None:
    world, infusion, _ = go(received)
    assert start(world, infusion, second)


def test_it_does_not_start_a_bag_that_was_withdrawn_after_the_go(received: Scene) -> None:
    world, infusion, bag = go(received)
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["vehicle"], "doubt"))
    assert start(world, infusion) == {"withdrawn"}
    assert row(world, Bag, bag).standing is BagStanding.IN_USE


def test_it_does_not_start_for_a_participant_who_left_after_the_go(received: Scene) -> None:
    world, infusion, _ = go(received)
    leaves = trial.WithdrawParticipant(world.participants[0], "consent withdrawn")
    world.story.do("ines", trial.withdraw_participant, leaves)
    assert start(world, infusion)


def test_it_does_not_start_while_the_trial_is_paused(received: Scene) -> None:
    world, infusion, _ = go(received)
    world.story.do("ines", pausing.pause_trial, pausing.PauseTrial(True, "a serious event"))
    assert start(world, infusion)


def test_it_does_not_start_when_the_bag_would_now_expire_while_it_hangs(received: Scene) -> None:
    world, infusion, bag = go(received)
    world.story.wait_until(row(world, Bag, bag).expires_at - timedelta(minutes=5))
    assert start(world, infusion)


def test_it_starts_once(received: Scene) -> None:
    world, infusion, _ = go(received)
    world.story.do("nora", infusing.start_infusion, second_scan(world, infusion), "niu")
    assert start(world, infusion) == {"wrong-standing"}


def test_it_ends_only_after_it_began_and_only_once(received: Scene) -> None:
    world, infusion, _ = go(received)
    assert codes(world, "nora", infusing.end_infusion, ends(infusion, "100")) == {"wrong-standing"}
    assert codes(world, "nora", infusing.observe, infusing.Observe(infusion, "well")) == {
        "not-started"
    }
    world.story.do("nora", infusing.start_infusion, second_scan(world, infusion), "niu")
    world.story.do("nora", infusing.end_infusion, ends(infusion, "100"))
    assert codes(world, "nora", infusing.end_infusion, ends(infusion, "1")) == {"wrong-standing"}


@pytest.mark.parametrize("given", ["-0.1", "100.1"])
def test_it_refuses_a_volume_that_the_bag_never_held(received: Scene, given: str) -> None:
    world, infusion, _ = go(received)
    world.story.do("nora", infusing.start_infusion, second_scan(world, infusion), "niu")
    assert codes(world, "nora", infusing.end_infusion, ends(infusion, given)) == {"volume"}


def test_it_keeps_an_interrupted_infusion_as_partly_given_in_both_arms(received: Scene) -> None:
    world, *babies = received
    for number, baby in zip(world.participants, babies, strict=True):
        infusion = treating.verified(world.story, number, baby.bag)
        seen = infusing.Observe(infusion, "urticaria at 40 mL", interrupted=True)
        world.story.do("nora", infusing.observe, seen)
        treating.ended(world.story, infusion, "40")
        found = row(world, Infusion, infusion)
        assert (found.standing, found.given) == (InfusionStanding.ENDED, Millilitres(D(40)))
        assert row(world, Bag, baby.bag).standing is BagStanding.PARTLY_INFUSED


def test_it_lets_a_running_infusion_end_after_a_hold_and_keeps_the_notice(received: Scene) -> None:
    world, cells, _ = received
    infusion = treating.verified(world.story, world.participants[0], cells.bag)
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["product"], "doubt"))
    treating.ended(world.story, infusion)
    bag = row(world, Bag, cells.bag)
    assert bag.standing is BagStanding.INFUSED
    assert bag.notice_at is not None


def test_it_gives_a_bag_back_before_the_start_and_not_after(received: Scene) -> None:
    world, infusion, bag = go(received)
    given_up = infusing.GiveUpInfusion(infusion, "fever before the start")
    world.story.do("nora", infusing.give_up_infusion, given_up)
    assert row(world, Bag, bag).standing is BagStanding.RECEIVED
    again = treating.verified(world.story, world.participants[0], bag)
    given_up = infusing.GiveUpInfusion(again, "too late")
    assert codes(world, "nora", infusing.give_up_infusion, given_up) == {"wrong-standing"}


def test_every_bag_ends_in_exactly_one_way(received: Scene) -> None:
    world, cells, vehicle = received

    def account(bag: str, became: BagStanding) -> infusing.AccountForBag:
        return infusing.AccountForBag(bag, became, "the participant has left")

    action = infusing.account_for_bag
    world.story.do("nora", action, account(cells.bag, BagStanding.RETURNED), "niu")
    for end in (BagStanding.DAMAGED, BagStanding.DESTROYED):
        assert codes(world, "nora", action, account(cells.bag, end), "niu") == {"wrong-standing"}
    for end in (BagStanding.INFUSED, BagStanding.RELEASED, BagStanding.EXPIRED):
        assert codes(world, "nora", action, account(vehicle.bag, end), "niu") == {"wrong-end"}
    assert codes(world, "nora", action, account(vehicle.bag, BagStanding.DAMAGED), "nora") == {
        "same-person"
    }
    treating.infused(world.story, [world.participants[1]], [vehicle.bag])
    refused = codes(world, "nora", action, account(vehicle.bag, BagStanding.DAMAGED), "niu")
    assert refused == {"wrong-standing"}


def test_it_cannot_account_for_a_bag_that_never_came(released: Scene) -> None:
    world, cells, _ = released
    command = infusing.AccountForBag(cells.bag, BagStanding.DAMAGED, "dropped")
    with pytest.raises(Missing):
        world.story.do("nora", infusing.account_for_bag, command, "niu")


def test_a_bag_of_somebody_who_left_is_returned_and_never_given_to_another(
    received: Scene,
) -> None:
    world, cells, _ = received
    first, second = world.participants
    leaves = trial.WithdrawParticipant(first, "moved away")
    world.story.do("ines", trial.withdraw_participant, leaves)
    for wristband, code in ((first, "participant-withdrawn"), (second, "wrong-participant")):
        command = bedside.VerifyBag(wristband, cells.bag)
        said = world.story.do("nora", bedside.verify_bag, command)
        assert code in {reason.code for reason in said.reasons}
    returned = infusing.AccountForBag(cells.bag, BagStanding.RETURNED, "left the trial")
    world.story.do("nora", infusing.account_for_bag, returned, "niu")
    assert row(world, Bag, cells.bag).standing is BagStanding.RETURNED


def test_the_second_nurse_scans_by_themselves_and_nothing_but_this_pair_starts(
    received: Scene,
) -> None:
    world, infusion, _ = go(received)
    _, cells, vehicle = received
    others = world.participants[1]
    begin = second_scan(world, infusion)
    for wrong, code in (
        (replace(begin, wristband=others), "another-wristband"),
        (replace(begin, bag=vehicle.bag), "another-bag"),
        (replace(begin, wristband=cells.bag), "wrong-kind"),
        (replace(begin, bag="LMB000000000"), "misread"),
    ):
        assert code in codes(world, "nora", infusing.start_infusion, wrong, "niu")
        assert row(world, Infusion, infusion).standing is InfusionStanding.VERIFIED
    world.story.do("nora", infusing.start_infusion, begin, "niu")
    assert row(world, Infusion, infusion).confirmed_by == "niu"


def test_a_label_that_was_replaced_since_the_first_scan_is_seen_by_the_second(
    received: Scene,
) -> None:
    world, infusion, _ = go(received)
    person = world.participants[0]
    with world.site.reading() as session:
        old = session.scalars(select(Label.code).where(Label.number == person)).one()
    world.story.do("nora", reprint_ward_label, ReprintWardLabel(person, "torn"), "niu")
    torn = replace(second_scan(world, infusion), wristband=old)
    assert "superseded-wristband" in codes(world, "nora", infusing.start_infusion, torn, "niu")


def test_the_same_pair_scanned_again_leads_to_the_start_and_no_other_does(received: Scene) -> None:
    world, infusion, bag = go(received)
    client = world.client("nora")
    page = client.get("/bedside/verify").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]

    def scanned(person: str, what: str) -> str:
        scan = {"wristband": person, "bag": what, "csrf_token": token}
        how = {f"_how.{name}": '{"via": "keys", "ms": 60}' for name in ("wristband", "bag")}
        return client.post("/bedside/verify", data=scan | how).get_data(as_text=True)

    mine, others = world.participants
    again = scanned(mine, bag)
    assert "STOP" in again
    assert f'/bedside/infusions/{infusion}#do-bedside-start-infusion"' in again
    assert "start the infusion" not in scanned(others, bag)
    world.story.do("nora", infusing.start_infusion, second_scan(world, infusion), "niu")
    assert "start the infusion" not in scanned(mine, bag)
