"""GO or STOP: every reason, in the same words, for both arms."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bedside import actions as bedside
from lims.bedside import infusing
from lims.bedside.models import Check, Infusion
from lims.bedside.rules import Word
from lims.core.errors import Refused
from lims.demonstration import treating
from lims.demonstration.cast import CAST
from lims.demonstration.treating import Baby
from lims.identifiers.numbers import check_character
from lims.identifiers.reading import BY_HAND, HowRead, Unscanned, Via
from lims.labelling.actions import ReprintLabel, ScanBack, reprint_label, scan_back
from lims.labelling.models import Label
from lims.release.actions import JudgeLot, hold_lot
from lims.trial import actions as trial
from lims.trial import pausing
from lims.trial.labels import ReprintWardLabel, reprint_ward_label
from lims.trust.actions import Request, perform
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, row, turned_away
from tests.support.worlds import World


def verdict(world: World, wristband: str, bag: str, who: str = "nora") -> bedside.Verdict:
    return world.story.do(who, bedside.verify_bag, bedside.VerifyBag(wristband, bag))


def stops(world: World, wristband: str, bag: str) -> set[str]:
    said = verdict(world, wristband, bag)
    assert said.word is Word.STOP
    assert said.number == ""
    with world.site.reading() as session:  # a STOP is a fact: it is kept like a GO
        kept = session.query(Check).order_by(Check.id.desc()).first()
        assert kept is not None
        assert kept.word is Word.STOP
        assert kept.reasons.split() == [reason.code for reason in said.reasons]
    return {reason.code for reason in said.reasons}


def both(scene: Scene) -> list[tuple[str, Baby]]:
    world, cells, vehicle = scene
    return list(zip(world.participants, (cells, vehicle), strict=True))


def test_it_says_go_in_both_arms_and_claims_the_bag(received: Scene) -> None:
    for number, baby in both(received):
        said = verdict(received[0], number, baby.bag)
        assert said.word is Word.GO
        assert row(received[0], Bag, baby.bag).standing is BagStanding.IN_USE
        assert row(received[0], Infusion, said.number).participant == number


def test_it_turns_away_everybody_but_nurses(received: Scene) -> None:
    world, cells, _ = received
    command = bedside.VerifyBag(world.participants[0], cells.bag)
    turned_away(world, bedside.verify_bag, command, "nora", "niu")


def test_it_gives_the_second_nurse_who_scans_the_same_bag_a_stop(received: Scene) -> None:
    world, cells, _ = received
    verdict(world, world.participants[0], cells.bag)
    said = verdict(world, world.participants[0], cells.bag, "niu")
    assert [reason.code for reason in said.reasons] == ["already-in-use"]
    assert CAST["nora"][0] in said.reasons[0].sentence


def test_it_answers_a_retried_scan_with_the_same_infusion(received: Scene) -> None:
    world, cells, _ = received
    command = bedside.VerifyBag(world.participants[0], cells.bag)
    request = Request(world.story.actor("nora"), key="tapped-twice")
    first = perform(world.site, bedside.verify_bag, command, request)
    again = perform(world.site, bedside.verify_bag, command, request)
    assert first == again
    assert first.word is Word.GO


def test_it_stops_a_bag_of_another_and_never_names_that_person(received: Scene) -> None:
    world, cells, _ = received
    first, second = world.participants
    said = verdict(world, second, cells.bag)
    assert [reason.code for reason in said.reasons] == ["wrong-participant"]
    assert first not in repr(said)
    assert row(world, Bag, cells.bag).standing is BagStanding.RECEIVED


def test_it_stops_a_bag_that_was_not_received(released: Scene) -> None:
    world, cells, vehicle = released
    for number, baby in both(released):
        treating.sent(world.story, baby)
        assert stops(world, number, baby.bag) == {"not-received"}
    assert vehicle.bag != cells.bag


def test_it_knows_nothing_of_a_bag_that_never_left_the_laboratory(released: Scene) -> None:
    world, cells, _ = released
    assert stops(world, world.participants[0], cells.bag) == {"unknown-bag"}


def test_it_lists_every_reason_at_once(received: Scene) -> None:
    world, cells, vehicle = received
    first, second = world.participants
    treating.weighed(world.story, second, 1, "66.0")
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["product"], "doubt"))
    world.story.do("ines", trial.withdraw_participant, trial.WithdrawParticipant(second, "left"))
    world.story.do("ines", pausing.pause_trial, pausing.PauseTrial(True, "signal"))
    world.story.wait(hours=7)
    assert stops(world, second, vehicle.bag) == {
        "trial-paused", "participant-withdrawn", "withdrawn", "expired", "weight-changed",
    }  # fmt: skip
    assert "wrong-participant" in stops(world, first, vehicle.bag)
    assert cells.bag != vehicle.bag


@pytest.mark.parametrize(("minutes", "expected"), [(61, set()), (59, {"expires-soon"})])
def test_it_stops_a_bag_that_would_expire_while_it_hangs(
    received: Scene, minutes: int, expected: set[str]
) -> None:
    world = received[0]
    for number, baby in both(received):
        ends = row(world, Bag, baby.bag).expires_at
        world.story.clock.now = ends - timedelta(minutes=minutes)
        said = verdict(world, number, baby.bag)
        assert {reason.code for reason in said.reasons} == expected


def test_it_says_expired_at_the_very_instant_of_expiry(received: Scene) -> None:
    world = received[0]
    for number, baby in both(received):
        world.story.clock.now = row(world, Bag, baby.bag).expires_at
        assert stops(world, number, baby.bag) == {"expired"}


def test_it_stops_both_arms_with_one_neutral_word_when_the_cell_lot_is_held(
    received: Scene,
) -> None:
    world = received[0]
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["product"], "karyotype amended"))
    said = [verdict(world, number, baby.bag) for number, baby in both(received)]
    assert said[0].reasons == said[1].reasons
    assert [reason.code for reason in said[0].reasons] == ["withdrawn"]
    assert world.lots["product"] not in repr(said)


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ("72.5", set()),
        ("65.9", {"weight-changed"}),  # -9.10 % of weight is +10.02 % of dose
        ("66.0", set()),  # +9.85 %
        ("80.5", set()),  # -9.94 %
        ("80.6", {"weight-changed"}),  # -10.05 %
    ],
)
def test_it_judges_a_new_weight_by_the_dose_and_not_by_the_weight(
    received: Scene, weight: str, expected: set[str]
) -> None:
    world, cells, _ = received
    treating.weighed(world.story, world.participants[0], 1, weight)
    said = verdict(world, world.participants[0], cells.bag)
    assert {reason.code for reason in said.reasons} == expected


def test_it_kills_the_older_copy_of_a_reprinted_label(received: Scene) -> None:
    world, cells, _ = received
    number = world.participants[0]
    new = world.story.do("tang", reprint_label, ReprintLabel(cells.bag, "smeared"), "tian")
    assert stops(world, number, cells.bag) == {"superseded-label"}
    assert stops(world, number, new.code) == {"superseded-label"}  # not yet scanned back
    world.story.do("tang", scan_back, ScanBack(new.code))
    assert stops(world, number, cells.bag) == {"superseded-label"}
    assert verdict(world, number, new.code).word is Word.GO


def test_it_stops_an_older_wristband_after_a_new_one_was_printed(received: Scene) -> None:
    world, cells, _ = received
    number = world.participants[0]
    torn = ReprintWardLabel(number, "torn")
    new = world.story.do("ines", reprint_ward_label, torn, "nora")
    assert verdict(world, number, cells.bag).word is Word.STOP
    assert verdict(world, new.code, cells.bag).word is Word.GO


def _misread(number: str) -> str:
    """The number with two neighbours swapped: the check character finds it."""
    for place in range(3, 10):
        a, b = number[place], number[place + 1]
        if a != b:
            return number[:place] + b + a + number[place + 2 :]
    raise AssertionError(number)


def test_it_names_what_went_wrong_with_a_scan(received: Scene) -> None:
    world, cells, _ = received
    number, bag = world.participants[0], cells.bag
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in bag)
    raw = {
        "": "empty-scan",
        bag.lower(): "caps-lock",
        wide: "input-method",
        "ＬＭ四": "keyboard-layout",
        bag[:7]: "truncated",
        _misread(bag): "misread",
        bag + bag: "two-codes",
        "0109501101530003": "foreign-code",
        "https://example.org/x": "foreign-code",
        number: "wrong-kind",
    }
    assert check_character(bag[:-1]) == bag[-1]
    for scan, code in raw.items():
        assert stops(world, number, scan) == {code, "unknown-bag"}, scan
    assert stops(world, bag, bag) >= {"wrong-kind", "unknown-wristband"}
    assert row(world, Bag, bag).standing is BagStanding.RECEIVED


def test_it_takes_the_scanners_own_prefix_and_line_end(received: Scene) -> None:
    world, cells, _ = received
    said = verdict(world, f"]d1{world.participants[0]}\r\n", f"]C0{cells.bag}\t")
    assert said.word is Word.GO


def test_it_keeps_that_a_number_was_typed_by_hand(received: Scene) -> None:
    world, cells, _ = received
    who, bag = world.participants[0], cells.bag
    typed = {"bag": (bag, BY_HAND), "wristband": (who, HowRead(Via.KEYS, 100))}
    once = Request(world.story.actor("nora"), reads=typed)
    for command, code in (
        (bedside.VerifyBag(who, bag), "type-again-bag"),
        (bedside.VerifyBag(who, bag, bag_again=bag[:-1]), "typed-differently-bag"),
        (bedside.VerifyBag(who, bag, bag_again=bag), "say-why-bag"),
    ):
        with pytest.raises(Refused) as refused:
            perform(world.site, bedside.verify_bag, command, once)
        assert [reason.code for reason in refused.value.reasons] == [code]
    twice = bedside.VerifyBag(who, bag, bag_again=bag)
    because = {"bag": (bag, replace(BY_HAND, why=Unscanned.UNREADABLE))}
    why = replace(once, reads=typed | because)
    assert perform(world.site, bedside.verify_bag, twice, why).word is Word.GO
    page = world.client("nora").get("/bedside/bags").text
    assert "50.0 % (1 of 2), goal ≥ 95 %" in page
    told = world.client("mona").get("/exports/scans").text
    assert "the label cannot be read" in told
    batch = row(world, Label, bag).batch
    by_batch = world.client("quinn").get("/masters/scans").text.partition("by batch of labels")[2]
    assert batch in by_batch
    assert who not in by_batch
    with world.site.reading() as session:
        assert session.query(Check).order_by(Check.id.desc()).first().manual is True  # type: ignore[union-attr]


def test_it_stops_a_bag_that_was_given_up_after_it_was_withdrawn(received: Scene) -> None:
    world = received[0]
    running = [verdict(world, number, baby.bag).number for number, baby in both(received)]
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["vehicle"], "doubt"))
    for infusion, (number, baby) in zip(running, both(received), strict=True):
        given_up = infusing.GiveUpInfusion(infusion, "the laboratory called")
        world.story.do("nora", infusing.give_up_infusion, given_up)
        assert "withdrawn" in stops(world, number, baby.bag)


def test_it_stops_an_infused_bag(received: Scene) -> None:
    world, cells, _ = received
    treating.infused(world.story, [world.participants[0]], [cells.bag])
    assert "already-in-use" in stops(world, world.participants[0], cells.bag)


def test_it_stops_a_bag_whose_order_belongs_to_a_visit_that_is_done(received: Scene) -> None:
    world, cells, _ = received
    number = world.participants[0]
    treating.infused(world.story, [number], [cells.bag])
    command = trial.Weigh(number, 1, trial.Kilograms(treating.D("72.5")), "scale 3")
    assert codes(world, "nora", trial.weigh, command) == {"not-next-visit"}
    slot = world.clock.now + timedelta(hours=4)
    from_ordering = treating.ordering.OrderInfusion(number, 1, slot)
    assert "visit-done" in codes(world, "nora", treating.ordering.order_infusion, from_ordering)
