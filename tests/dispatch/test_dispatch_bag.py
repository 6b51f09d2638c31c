"""Handing over: usable at this moment, the right label, near its slot, both arms alike."""

from datetime import timedelta
from typing import Any

import pytest

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.core.errors import Missing, Refused
from lims.core.quantities import Celsius
from lims.demonstration import donating, treating
from lims.demonstration.treating import D
from lims.dispatch.actions import DispatchBag, dispatch_bag
from lims.dispatch.models import Dispatch
from lims.donation.serology import enter_serology
from lims.labelling.actions import ReprintLabel, ScanBack, reprint_label, scan_back
from lims.release.actions import JudgeLot, hold_lot, recall_lot
from lims.testing.sterility import ReadSterility, read_sterility
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, row, stores_of, turned_away


def leaves(scan: str, temperature: str = "5") -> DispatchBag:
    return DispatchBag(scan, "courier Bo", Celsius(D(temperature)))


def test_it_hands_a_bag_of_either_arm_over(released: Scene) -> None:
    world, *babies = released
    for baby in babies:
        world.story.do("tang", dispatch_bag, leaves(baby.bag))
        assert row(world, Bag, baby.bag).standing is BagStanding.DISPATCHED
        assert row(world, Dispatch, baby.bag).courier == "courier Bo"
        assert codes(world, "tang", dispatch_bag, leaves(baby.bag)) == {"not-released"}


def test_it_turns_away_everybody_but_technicians(released: Scene) -> None:
    world, cells, _ = released
    turned_away(world, dispatch_bag, leaves(cells.bag), "tang", "tian")


def test_no_bag_leaves_early_and_tells_how_long_it_took_to_make(released: Scene) -> None:
    world, *babies = released
    for baby in babies:
        slot = treating.slot_of(world.story, baby.order)
        world.story.clock.now = slot - timedelta(minutes=30, seconds=1)
        assert codes(world, "tang", dispatch_bag, leaves(baby.bag)) == {"before-slot"}
        world.story.clock.now = slot - timedelta(minutes=30)
        world.story.do("tang", dispatch_bag, leaves(baby.bag))


@pytest.mark.parametrize("temperature", ["1.9", "8.1", "-2"])
def test_it_refuses_a_box_that_is_too_warm_or_too_cold(released: Scene, temperature: str) -> None:
    world, cells, _ = released
    refused = codes(world, "tang", dispatch_bag, leaves(cells.bag, temperature))
    assert refused == {"temperature"}


def test_it_refuses_an_expired_bag(released: Scene) -> None:
    world, *babies = released
    for baby in babies:
        world.story.clock.now = row(world, Bag, baby.bag).expires_at
        assert codes(world, "tang", dispatch_bag, leaves(baby.bag)) == {"expired"}


def test_it_refuses_what_is_not_a_bag(released: Scene) -> None:
    world, cells, _ = released
    with pytest.raises(Missing):
        world.story.do("tang", dispatch_bag, leaves(world.participants[0]))
    assert codes(world, "tang", dispatch_bag, leaves(cells.bag.lower())) == {"caps-lock"}
    assert codes(world, "tang", dispatch_bag, leaves("")) == {"empty-scan"}


def test_the_older_copy_of_a_reprinted_label_stays_here(released: Scene) -> None:
    world, cells, _ = released
    new = world.story.do("tang", reprint_label, ReprintLabel(cells.bag, "smeared"), "tian")
    refused = codes(world, "tang", dispatch_bag, leaves(cells.bag))
    assert refused == {"no-active-label", "superseded-label"}
    assert "no-active-label" in codes(world, "tang", dispatch_bag, leaves(new.code))
    world.story.do("tang", scan_back, ScanBack(new.code))
    assert codes(world, "tang", dispatch_bag, leaves(cells.bag)) == {"superseded-label"}
    world.story.do("tang", dispatch_bag, leaves(new.code))


def test_a_cancelled_order_stays_here(released: Scene) -> None:
    world, *babies = released
    for baby in babies:
        gone = treating.ordering.OfOrder(baby.order, "fever this morning")
        world.story.do("nora", treating.ordering.cancel_order, gone)
        assert codes(world, "tang", dispatch_bag, leaves(baby.bag)) == {"order-cancelled"}


@pytest.mark.parametrize("action", [hold_lot, recall_lot])
@pytest.mark.parametrize("what", ["product", "vehicle", "bags", "albumin", "medium", "saline"])
def test_bad_news_about_anything_upstream_stops_both_arms_at_once(
    released: Scene, action: Any, what: str
) -> None:
    world, *babies = released
    number = world.lots.get(what) or getattr(stores_of(world), what)
    world.story.do("quinn", action, JudgeLot(number, "supplier's notice"))
    for baby in babies:
        bag = row(world, Bag, baby.bag)
        assert bag.standing is BagStanding.WITHDRAWN
        assert bag.notice_at is not None
        with pytest.raises(Refused):
            world.story.do("tang", dispatch_bag, leaves(baby.bag))


def test_the_donors_late_serology_stops_both_arms_at_once(released: Scene) -> None:
    world, *babies = released
    late = donating.one_marker(world.donor, "HIV NAT", world.clock.now)
    world.story.do("ana", enter_serology, late)
    for baby in babies:
        refused = codes(world, "tang", dispatch_bag, leaves(baby.bag))
        assert {"not-released", "withdrawn"} <= refused


@pytest.mark.parametrize("grew", [0, 1])
def test_growth_in_a_bag_of_either_arm_stops_both(released: Scene, grew: int) -> None:
    world, *babies = released
    seen = ReadSterility(babies[grew].sample, True, "S. epidermidis")
    world.story.do("ana", read_sterility, seen)
    for baby in babies:
        assert row(world, Bag, baby.bag).standing is BagStanding.WITHDRAWN
        with pytest.raises(Refused):
            world.story.do("tang", dispatch_bag, leaves(baby.bag))


def test_it_lists_everything_that_is_wrong_at_once(released: Scene) -> None:
    world, cells, _ = released
    world.story.do("tang", reprint_label, ReprintLabel(cells.bag, "torn"), "tian")
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["product"], "doubt"))
    world.story.wait(hours=8)
    assert codes(world, "tang", dispatch_bag, leaves(cells.bag, "20")) >= {
        "not-released", "withdrawn", "expired", "no-active-label", "superseded-label",
        "lot-hold", "temperature",
    }  # fmt: skip
