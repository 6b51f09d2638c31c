"""Many vials into a box at once; boxes and racks moved as a whole."""

import pytest

from lims.bank.actions import AddPlace, add_place
from lims.bank.models import Place, Vial
from lims.bank.queries import held_in, path_of, vials_of
from lims.bank.rules import PlaceLevel, VialStanding
from lims.bank.storing import MovePlace, StoreVials, move_place, store_vials
from lims.core.errors import Missing
from lims.demonstration import making
from lims.supplies.rules import LotKind
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


def filled(world: World, count: int = 4) -> tuple[str, list[str]]:
    """A lot of vials that nobody has stored, and its numbers."""
    story, stores = world.story, stores_of(world)
    flasks = making.isolated(story, stores, making.a_donor(story))
    lot = making.filled(
        story, stores, making.harvested(story, stores, flasks, 400), LotKind.MASTER_BANK, count
    )
    return lot, [vial.number for vial in read(world, vials_of, lot)]


def a_box(world: World, rows: int = 2, columns: int = 3) -> str:
    with world.site.reading() as session:
        rack = session.get_one(Place, stores_of(world).box).within
    wanted = AddPlace(PlaceLevel.BOX, "Small box", rack, rows, columns)
    return world.story.do("tang", add_place, wanted).number


def where(world: World, box: str) -> dict[str, str]:
    with world.site.reading() as session:
        return held_in(session, box)


def test_vials_go_into_the_free_positions_in_the_order_in_which_they_were_scanned(
    either_world: World,
) -> None:
    world = either_world
    _, vials = filled(world)
    box = a_box(world)
    world.story.do("tang", store_vials, StoreVials(box, (vials[2],), "A2"))
    order = (vials[3], vials[0], vials[0], vials[1])  # one of them scanned twice
    made = world.story.do("tang", store_vials, StoreVials(box, order))
    assert [one.position for one in made.vials] == ["A1", "A3", "B1"]
    assert where(world, box) == {"A1": vials[3], "A2": vials[2], "A3": vials[0], "B1": vials[1]}
    assert "3 vials are in Small box: A1 to B1." in made.says
    assert row(world, Vial, vials[0]).standing is VialStanding.STORED


def test_stored_vials_move_and_two_change_places(world: World) -> None:
    _, vials = filled(world)
    box, other = a_box(world), a_box(world)
    world.story.do("tang", store_vials, StoreVials(box, tuple(vials)))
    world.story.do("tang", store_vials, StoreVials(box, (vials[1], vials[0]), "a1"))
    assert (where(world, box)["A1"], where(world, box)["A2"]) == (vials[1], vials[0])
    world.story.do("tang", store_vials, StoreVials(other, tuple(vials[:3])))
    assert where(world, box) == {"B1": vials[3]}
    assert len(where(world, other)) == 3


@pytest.mark.parametrize(
    ("count", "first", "code"),
    [
        (7, "", "box-has-no-room"),
        (2, "B3", "box-has-no-room"),
        (1, "C1", "position-not-free"),
        (1, "A1", "position-not-free"),
    ],
)
def test_all_are_stored_or_none(world: World, count: int, first: str, code: str) -> None:
    _, vials = filled(world, 8)
    box = a_box(world)
    if code == "position-not-free" and first == "A1":
        world.story.do("tang", store_vials, StoreVials(box, (vials[7],), "A1"))
    before = where(world, box)
    wanted = StoreVials(box, tuple(vials[:count]), first)
    assert codes(world, "tang", store_vials, wanted) == {code}
    assert where(world, box) == before


def test_a_vial_that_is_gone_or_not_there_keeps_the_others_out_too(world: World) -> None:
    _, vials = filled(world)
    making.stored(world.story, row(world, Vial, vials[0]).lot, a_box(world), ["A1", "A2"])
    wanted = StoreVials(a_box(world), tuple(vials))  # the first two were taken for tests
    assert codes(world, "tang", store_vials, wanted) == {"vial-is-not-stored"}
    with pytest.raises(Missing):
        world.story.do("tang", store_vials, StoreVials(a_box(world), ("LMV269999990",)))


def test_a_box_moves_with_all_that_is_in_it(world: World) -> None:
    stores = stores_of(world)
    tank = world.story.do("tang", add_place, AddPlace(PlaceLevel.TANK, "Tank 9")).number
    rack = world.story.do("tang", add_place, AddPlace(PlaceLevel.RACK, "Rack 9", tank)).number
    before = where(world, stores.box)
    world.story.do("tang", move_place, MovePlace(stores.box, rack))
    assert where(world, stores.box) == before
    assert read(world, path_of, stores.box).startswith("Tank 9 / Rack 9 / ")
    again = MovePlace(stores.box, rack)
    assert codes(world, "tang", move_place, again) == {"is-there-already"}
    wrong = MovePlace(stores.box, tank)
    assert codes(world, "tang", move_place, wrong) == {"wrong-place"}


def test_only_technicians_store_and_move(world: World) -> None:
    _, vials = filled(world)
    turned_away(world, store_vials, StoreVials(a_box(world), tuple(vials)), "tang", "tian")
    turned_away(world, move_place, MovePlace(a_box(world), stores_of(world).box), "tang", "tian")
