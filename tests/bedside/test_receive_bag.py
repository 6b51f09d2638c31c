"""Receipt on the ward: what comes in, and what goes no further."""

import pytest

from lims.bags.rules import BagStanding
from lims.bedside import actions as bedside
from lims.bedside.models import Receipt
from lims.core.errors import Missing
from lims.core.quantities import Celsius
from lims.demonstration import treating
from lims.demonstration.treating import D
from lims.labelling.actions import ReprintLabel, ScanBack, reprint_label, scan_back
from lims.release.actions import JudgeLot, recall_lot
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, row, turned_away


def arrives(scan: str, temperature: str = "5", *, intact: bool = True) -> bedside.ReceiveBag:
    return bedside.ReceiveBag(scan, Celsius(D(temperature)), intact)


def test_it_receives_an_intact_bag(released: Scene) -> None:
    world, *babies = released
    for baby in babies:
        treating.sent(world.story, baby)
        got = world.story.do("nora", bedside.receive_bag, arrives(baby.bag))
        assert got.standing is BagStanding.RECEIVED
        assert row(world, Receipt, baby.bag).by == "nora"


def test_it_turns_away_everybody_but_nurses(received: Scene) -> None:
    world, cells, _ = received
    turned_away(world, bedside.receive_bag, arrives(cells.bag), "nora", "niu")


def test_it_knows_nothing_of_a_bag_that_was_not_sent(released: Scene) -> None:
    world, *babies = released
    for scan in (babies[0].bag, babies[1].bag, world.participants[0]):
        with pytest.raises(Missing):
            world.story.do("nora", bedside.receive_bag, arrives(scan))


def test_it_keeps_a_leaking_bag_as_damaged_and_a_new_one_may_be_ordered(released: Scene) -> None:
    world, cells, _ = released
    treating.sent(world.story, cells)
    got = world.story.do("nora", bedside.receive_bag, arrives(cells.bag, intact=False))
    assert got.standing is BagStanding.DAMAGED
    gone = treating.ordering.OfOrder(cells.order, "leak")
    world.story.do("nora", treating.ordering.cancel_order, gone)
    treating.ordered(world.story, world.participants[0], 1, "72.5")


@pytest.mark.parametrize(
    ("temperature", "expected"), [("2", set()), ("8", set()), ("1.9", {"t"}), ("8.1", {"t"})]
)
def test_it_judges_the_temperature_of_the_box_with_its_limits_inside(
    released: Scene, temperature: str, expected: set[str]
) -> None:
    world, *babies = released
    for baby in babies:
        treating.sent(world.story, baby)
        if not expected:
            world.story.do("nora", bedside.receive_bag, arrives(baby.bag, temperature))
            continue
        told = world.story.do("nora", bedside.receive_bag, arrives(baby.bag, temperature))
        assert told.standing is BagStanding.WITHDRAWN
        assert told.notice
        again = codes(world, "nora", bedside.receive_bag, arrives(baby.bag))
        assert again == {"withdrawn"}  # a better number a minute later makes it no better


def test_it_receives_a_bag_once(received: Scene) -> None:
    world, cells, _ = received
    assert codes(world, "niu", bedside.receive_bag, arrives(cells.bag)) == {"received-already"}


def test_it_refuses_a_bag_that_expired_on_the_way(released: Scene) -> None:
    world, *babies = released
    for baby in babies:
        treating.sent(world.story, baby)
    world.story.wait(hours=7)
    for baby in babies:
        assert codes(world, "nora", bedside.receive_bag, arrives(baby.bag)) == {"expired"}


def test_it_refuses_both_arms_alike_after_a_recall_on_the_way(released: Scene) -> None:
    world, *babies = released
    for baby in babies:
        treating.sent(world.story, baby)
    recall = JudgeLot(world.lots["product"], "mycoplasma at the supplier")
    world.story.do("quinn", recall_lot, recall)
    for baby in babies:
        assert codes(world, "nora", bedside.receive_bag, arrives(baby.bag)) == {"withdrawn"}


def test_it_refuses_the_older_copy_of_a_reprinted_label(released: Scene) -> None:
    world, cells, _ = released
    treating.sent(world.story, cells)
    new = world.story.do("tang", reprint_label, ReprintLabel(cells.bag, "torn"), "tian")
    world.story.do("tang", scan_back, ScanBack(new.code))
    assert codes(world, "nora", bedside.receive_bag, arrives(cells.bag)) == {"superseded-label"}
    world.story.do("nora", bedside.receive_bag, arrives(new.code))


def test_it_lists_everything_that_is_wrong_at_once(released: Scene) -> None:
    world, cells, _ = released
    treating.sent(world.story, cells)
    world.story.do("tang", reprint_label, ReprintLabel(cells.bag, "torn"), "tian")
    world.story.do("quinn", recall_lot, JudgeLot(world.lots["vehicle"], "particles"))
    world.story.wait(hours=7)
    refused = codes(world, "nora", bedside.receive_bag, arrives(cells.bag, "20"))
    assert refused == {"withdrawn", "expired", "superseded-label"}
