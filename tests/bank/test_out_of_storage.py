"""Vials out of the cold: their time counts, and one that was out too long waits for QA."""

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bank.inventory import CountBox, count_box
from lims.bank.models import Vial
from lims.bank.out_of_storage import ScanIn, ScanOut, scan_in, scan_out
from lims.bank.queries import held_in, stored_vials, vials_of_bag, vials_out
from lims.bank.rules import VialStanding
from lims.bank.storing import StoreVials, store_vials
from lims.bank.walking import walking_order
from lims.blinding.rules import Arm
from lims.core.quantities import Minutes
from lims.demonstration import treating
from lims.demonstration.treating import D
from lims.filling.actions import PickMore, ThawForBag, pick_more, thaw_for_bag
from lims.filling.models import Fill
from lims.monitoring.excursions import JudgeHeld, judge_held
from lims.monitoring.queries import held_for_long
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


def stored(world: World) -> list[str]:
    return list(read(world, stored_vials, world.lots["product"], 400))


def test_a_vial_is_out_and_in_again_and_the_time_adds_up(world: World) -> None:
    """Case 32 of the reference: scanned out, not used, back again."""
    story, first = world.story, stored(world)[0]
    for minutes in (5, 6):
        story.do("tang", scan_out, ScanOut((first,)))
        assert [vial.number for vial in read(world, vials_out)] == [first]
        assert first not in stored(world)
        story.wait(minutes=minutes, seconds=-20)
        story.do("tang", scan_in, ScanIn((first,)))
    assert row(world, Vial, first).warmed == Minutes(D(11))
    assert first in stored(world)


def test_one_that_was_out_too_long_is_held_until_qa_has_judged_it(world: World) -> None:
    """Case 32 of the reference: there is a limit."""
    story, (first, second) = world.story, stored(world)[:2]
    story.do("tang", scan_out, ScanOut((first, second)))
    story.wait(minutes=15, seconds=-20)
    story.do("tang", scan_in, ScanIn((second,)))
    said = story.do("tang", scan_in, ScanIn((first,))).says
    assert first in said
    assert [held.vial for held in read(world, held_for_long)] == [first]
    assert first not in stored(world)
    assert second in stored(world)
    story.do("quinn", judge_held, JudgeHeld(True, "the box stood on dry ice", (), (first,)))
    assert first in stored(world)


def test_a_picked_vial_that_was_out_too_long_holds_up_no_bag(world: World) -> None:
    """It is no vial of its bag any more, which picks another and is drawn."""
    story, stores = world.story, stores_of(world)
    orders = [treating.ordered(story, p, 1, "72.5") for p in world.participants[:6]]
    session = treating.opened_session(story, stores)
    story.wait(minutes=70)
    babies = [treating.begun(story, session, order) for order in orders]
    baby = next(b for b in babies if row(world, Fill, b.bag).content is Arm.CELLS)
    first, *_ = [v.number for v in read(world, vials_of_bag, baby.bag)]
    story.do("tang", scan_out, ScanOut((first,)))
    story.wait(minutes=20)
    late = ThawForBag(baby.bag, first)
    assert codes(world, "tang", thaw_for_bag, late) == {"too-long-out"}
    story.do("tang", scan_in, ScanIn((first,)))
    assert row(world, Vial, first).standing is VialStanding.STORED
    story.do("tang", pick_more, PickMore(baby.bag))
    treating.drawn(story, baby)
    assert row(world, Bag, baby.bag).standing is BagStanding.DRAWN


def test_storing_it_elsewhere_ends_its_time_too(world: World) -> None:
    story, first = world.story, stored(world)[0]
    story.do("tang", scan_out, ScanOut((first,)))
    story.wait(minutes=40)
    story.do("tang", store_vials, StoreVials(stores_of(world).box, (first,)))
    assert row(world, Vial, first).out_at is None
    assert first not in stored(world)


def test_what_is_out_is_not_scanned_out_again_nor_in_what_never_left(world: World) -> None:
    story, first = world.story, stored(world)[0]
    assert codes(world, "tang", scan_in, ScanIn((first,))) == {"vial-is-not-out"}
    story.do("tang", scan_out, ScanOut((first,)))
    assert codes(world, "tang", scan_out, ScanOut((first,))) == {"vial-is-not-in-store"}
    for action, command in ((scan_out, ScanOut((first,))), (scan_in, ScanIn((first,)))):
        turned_away(world, action, command, "tang", "tian")


def test_a_missed_vial_that_the_count_finds_is_in_store_again(world: World) -> None:
    """Case 33 of the reference: not found at the pick, found by the count."""
    first, box = stored(world)[0], stores_of(world).box
    with world.site.reading() as session:
        everything = tuple(held_in(session, box).values())
    world.story.do("tang", count_box, CountBox(box, everything))
    assert row(world, Vial, first).standing is VialStanding.STORED


def test_one_walks_from_tank_to_tank_and_from_position_to_position() -> None:
    places = [("Tank 1 / Rack A / Box 10", "A1"), ("Tank 1 / Rack A / Box 2", "B1"),
              ("Tank 1 / Rack A / Box 2", "A10"), ("Tank 1 / Rack A / Box 2", "A2"),
              ("Tank 2 / Rack A / Box 1", "A1")]  # fmt: skip
    walked = sorted(places, key=lambda one: walking_order(*one, "LMV260000011"))
    assert [place for _, place in walked] == ["A2", "A10", "B1", "A1", "A1"]
    assert walked[3][0].endswith("Box 10")
