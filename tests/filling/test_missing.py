"""A picked vial that is not there: the next one is fetched, and the box is counted."""

import pytest

from lims.bank.inventory import CountBox, count_box
from lims.bank.models import Vial
from lims.bank.queries import held_in, to_recount, vials_of
from lims.bank.rules import VialStanding
from lims.blinding.rules import Arm
from lims.demonstration import treating
from lims.filling.actions import ThawForBag, thaw_for_bag
from lims.filling.fetching_views import to_fetch
from lims.filling.missing import MissVial, miss_vial
from lims.filling.models import Fill
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


@pytest.fixture
def bags(world: World) -> dict[Arm, str]:
    """A bag of each arm begun."""
    story, stores = world.story, stores_of(world)
    orders = [treating.ordered(story, p, 1, "72.5") for p in world.participants[:6]]
    session = treating.opened_session(story, stores)
    story.wait(minutes=70)
    found: dict[Arm, str] = {}
    for order in orders:
        bag = treating.begun(story, session, order).bag
        found.setdefault(row(world, Fill, bag).content, bag)
    assert set(found) == set(Arm)
    return found


def picked(world: World, bag: str) -> list[str]:
    return [v.number for v in read(world, vials_of, world.lots["product"]) if v.taken_for == bag]


def test_the_next_vial_is_picked_and_the_box_is_to_be_counted(
    world: World, bags: dict[Arm, str]
) -> None:
    """Case 33 of the reference: a vial is not there at the pick."""
    bag, before = bags[Arm.CELLS], picked(world, bags[Arm.CELLS])
    box = row(world, Vial, before[0]).box
    turned_away(world, miss_vial, MissVial(bag, before[0]), "tang", "tian")
    world.story.do("tang", miss_vial, MissVial(bag, before[0]), "tian")
    assert row(world, Vial, before[0]).standing is VialStanding.MISSING
    now = picked(world, bag)
    assert len(now) == len(before)
    assert before[0] not in now
    assert read(world, to_recount) == [box]
    again = MissVial(bag, before[0])
    assert codes(world, "tang", miss_vial, again, "tian") == {"not-picked"}
    thaw = ThawForBag(bag, before[0])
    assert codes(world, "tang", thaw_for_bag, thaw) == {"not-picked"}
    for number in now:
        world.story.do("tang", thaw_for_bag, ThawForBag(bag, number))


@pytest.mark.parametrize("there", [True, False])
def test_the_count_of_the_box_finds_it_or_loses_it(
    world: World, bags: dict[Arm, str], *, there: bool
) -> None:
    bag = bags[Arm.CELLS]
    (missed, *_), box = picked(world, bag), stores_of(world).box
    world.story.do("tang", miss_vial, MissVial(bag, missed), "tian")
    with world.site.reading() as session:
        lies = {*held_in(session, box).values()} - (set() if there else {missed})
    for who in ("tang", "tian") if not there else ("tang",):
        world.story.do(who, count_box, CountBox(box, tuple(lies)))
    expected = VialStanding.STORED if there else VialStanding.LOST
    assert row(world, Vial, missed).standing is expected
    assert read(world, to_recount) == []


def test_nobody_looks_for_vials_of_a_bag_that_takes_none(
    world: World, bags: dict[Arm, str]
) -> None:
    bag = bags[Arm.VEHICLE]
    refused = codes(world, "tang", miss_vial, MissVial(bag, picked(world, bag)[0]), "tian")
    assert refused == {"other-content"}
    assert {one.bag for one in read(world, to_fetch)} == {
        b for b in {one.bag for one in read(world, to_fetch)}
        if row(world, Fill, b).content is Arm.CELLS
    }  # fmt: skip


def test_what_is_fetched_stands_in_walking_order(world: World, bags: dict[Arm, str]) -> None:
    found = read(world, to_fetch)
    assert {one.vial for one in found if one.bag == bags[Arm.CELLS]} == set(
        picked(world, bags[Arm.CELLS])
    )
    positions = [(one.position[0], int(one.position[1:])) for one in found]
    assert positions == sorted(positions)
