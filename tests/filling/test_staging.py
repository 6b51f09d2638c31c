"""Which lots a session stages, and what becomes of the vials that are left over."""

from dataclasses import replace

from lims.bank.actions import AddPlace, TakeVial, add_place, take_vial
from lims.bank.models import Place, Vial
from lims.bank.queries import stored_vials
from lims.bank.rules import PlaceLevel, VialStanding
from lims.blinding.rules import Arm
from lims.demonstration import making, treating
from lims.filling import sessions
from lims.filling.models import Fill, Preparation
from tests.filling.test_preparation import opening, two_orders
from tests.support.scenes import codes, row, stores_of
from tests.support.worlds import World


def a_later_lot(world: World) -> str:
    """A second product lot, which expires after the first."""
    with world.site.reading() as session:
        rack = session.get_one(Place, stores_of(world).box).within
    box = world.story.do("tang", add_place, AddPlace(PlaceLevel.BOX, "Box 2", rack, 10, 12))
    stores = replace(stores_of(world), box=box.number)
    number = making.a_product_lot(world.story, stores, making.a_donor(world.story))
    making.tested(world.story, number)
    making.released(world.story, number)
    return number


def leave(world: World, lot: str, count: int) -> None:
    """Take vials for tests, until so many are left."""
    with world.site.reading() as session:
        stored = stored_vials(session, lot, 1000)
    for vial in stored[count:]:
        taken = TakeVial(vial, VialStanding.QC, "for the stability study")
        world.story.do("tang", take_vial, taken)


def staged(world: World) -> str:
    opened = world.story.do("tang", sessions.open_preparation, opening(world), "tian")
    return str(row(world, Preparation, opened.number).cell_lot)


def test_two_left_over_vials_stop_nobody_at_the_end_of_a_lot(world: World) -> None:
    later = a_later_lot(world)
    leave(world, world.lots["product"], 2)
    orders = two_orders(world)

    session = world.story.do("tang", sessions.open_preparation, opening(world), "tian").number

    assert row(world, Preparation, session).cell_lot == later
    babies = [treating.begun(world.story, session, order) for order in orders]
    assert {row(world, Fill, baby.bag).content for baby in babies} == set(Arm)


def test_what_expires_first_is_used_first_where_it_is_enough(world: World) -> None:
    a_later_lot(world)
    two_orders(world)
    assert staged(world) == world.lots["product"]


def test_where_no_lot_is_enough_both_arms_wait_and_the_bench_is_told(world: World) -> None:
    leave(world, world.lots["product"], 2)
    two_orders(world)
    refused = codes(world, "tang", sessions.open_preparation, opening(world), "tian")
    assert refused == {"no-lot-serves-an-order"}


def test_the_left_over_vials_are_on_the_technicians_list(world: World) -> None:
    tang = world.client("tang")
    assert "Use up vials" not in tang.get("/").get_data(as_text=True)
    leave(world, world.lots["product"], 1)  # 35 kg take two
    assert "One vial is left" in tang.get("/").get_data(as_text=True)
    leave(world, world.lots["product"], 0)
    assert "Use up vials" not in tang.get("/").get_data(as_text=True)


def of_bag(world: World, bag: str) -> list[Vial]:
    with world.site.reading() as session:
        return list(session.query(Vial).filter(Vial.taken_for == bag).order_by(Vial.number))


def test_short_stock_does_not_tell_which_bag_holds_cells(world: World) -> None:
    """Vials are held for either arm until the bag has ended: the second order sees the same."""
    orders = two_orders(world)
    session = world.story.do("tang", sessions.open_preparation, opening(world), "tian").number
    babies = [treating.begun(world.story, session, order) for order in orders]

    held = [of_bag(world, baby.bag) for baby in babies]
    assert all(vials and {v.standing for v in vials} == {VialStanding.RESERVED} for vials in held)


def test_what_was_held_for_vehicle_is_in_store_again_when_its_bag_has_ended(world: World) -> None:
    orders = two_orders(world)
    session = world.story.do("tang", sessions.open_preparation, opening(world), "tian").number
    babies = treating.prepared(world.story, session, orders)
    for baby in babies:
        treating.received(world.story, baby.bag)
    treating.infused(world.story, world.participants, [baby.bag for baby in babies])
    (vehicle,) = (b.bag for b in babies if row(world, Fill, b.bag).content is Arm.VEHICLE)
    assert of_bag(world, vehicle)

    world.story.do("tang", sessions.open_preparation, opening(world), "tian")

    assert of_bag(world, vehicle) == []
