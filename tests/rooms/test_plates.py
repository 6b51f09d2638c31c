"""Rooms, what stands in them, and what a failing plate means for what was worked on there."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from lims.culture.actions import feed_flask
from lims.culture.executing import BeginStep, begin_step
from lims.demonstration import making
from lims.deviations.models import Deviation
from lims.deviations.rules import DeviationKind
from lims.protocol.steps import StepKind
from lims.rooms import queries
from lims.rooms.placing import AddRoom, PlaceEquipment, add_room, place_equipment
from lims.rooms.plates import (
    AmendPlate,
    ExposePlate,
    ReadPlate,
    amend_plate,
    expose_plate,
    read_plate,
)
from lims.rooms.rules import Grade, PlateKind
from tests.culture.test_steps import HARVEST, pool, says
from tests.supplies.test_supplies import feed
from tests.support.scenes import codes, read, stores_of, turned_away, two_released
from tests.support.worlds import World

HOUR = timedelta(hours=1)


@pytest.fixture
def room(world: World) -> int:
    """A room of grade B with the cabinet in it."""
    made = world.story.do("quinn", add_room, AddRoom("Culture room", Grade.B)).id
    wanted = PlaceEquipment(stores_of(world).cabinet, made, Grade.A)
    world.story.do("quinn", place_equipment, wanted)
    return made


def exposed(world: World, kind: PlateKind = PlateKind.SETTLE, hours: int = 1, **where: Any) -> int:
    """Lying for the last hours."""
    now = world.story.clock.now
    wanted = ExposePlate(kind, now - hours * HOUR, now, **where)
    return int(world.story.do("tang", expose_plate, wanted).id)


def found(world: World, plate: int, count: int) -> str:
    world.story.wait(days=5)
    return str(world.story.do("ana", read_plate, ReadPlate(plate, count, "S. epidermidis")).says)


def deviating(world: World) -> set[str]:
    """What the rooms' limits speak against."""
    of = Deviation.code == DeviationKind.ACTION_LIMIT
    with world.site.reading() as session:
        return set(session.scalars(select(Deviation.about).where(of)))


def test_a_late_failing_plate_is_a_deviation_of_what_was_worked_on_in_its_cabinet(
    world: World, room: int
) -> None:
    stores = stores_of(world)
    before = making.isolated(world.story, stores, making.a_donor(world.story))
    world.story.wait(hours=9)
    flasks = making.isolated(world.story, stores, making.a_donor(world.story))
    plate = exposed(world, cabinet=stores.cabinet, spot="left")
    says = found(world, plate, 1)
    assert deviating(world) == set(flasks)
    assert str(len(flasks)) in says
    assert not set(before) & deviating(world)
    page = world.client("tang").get(f"/rooms/plates/{plate}").text
    assert flasks[0] in page
    assert "beyond the action limit" in page


def test_a_step_that_began_before_the_plate_and_ended_after_it_is_covered(
    world: World, room: int
) -> None:
    stores = stores_of(world)
    flask = making.isolated(world.story, stores, making.a_donor(world.story))[0]
    world.story.wait(days=1)
    step = int(world.story.do("tang", begin_step, BeginStep(flask, StepKind.HARVEST, HARVEST)).id)
    says(world, step, confluence="80", detaching="5")
    world.story.wait(hours=2)
    centrifuge = stores.centrifuge
    world.story.do("quinn", place_equipment, PlaceEquipment(centrifuge, room, Grade.B))
    plate = exposed(world, room=room)
    world.story.wait(hours=1)
    world.story.do("tang", making.culture.harvest_flasks, pool(world, flask), "tian")
    assert found(world, plate, 6)
    assert deviating(world) == {flask}


def test_a_plate_of_the_room_covers_all_that_stands_in_it_and_nothing_elsewhere(
    world: World, room: int
) -> None:
    stores = stores_of(world)
    flask = making.isolated(world.story, stores, making.a_donor(world.story))[0]
    world.story.wait(hours=9)
    world.story.do("tang", feed_flask, feed(flask, stores.medium, stores.centrifuge))
    elsewhere = exposed(world, room=room)
    found(world, elsewhere, 6)
    assert deviating(world) == set()
    world.story.do("quinn", place_equipment, PlaceEquipment(stores.centrifuge, room, Grade.B))
    world.story.do("tang", feed_flask, feed(flask, stores.medium, stores.centrifuge))
    found(world, exposed(world, room=room), 6)
    assert deviating(world) == {flask}


def test_a_session_and_its_bags_are_covered_alike_in_both_arms(world: World, room: int) -> None:
    babies = two_released(world)
    plate = exposed(world, PlateKind.GLOVES, 4, cabinet=stores_of(world).cabinet, spot="tang")
    found(world, plate, 1)
    assert {baby.bag for baby in babies} <= deviating(world)
    for person in world.participants:
        page = world.client("nora").get(f"/trial/participants/{person}").text
        assert "action limit" not in page


@pytest.mark.parametrize(("count", "over"), [(0, False), (1, True)])
def test_in_a_cabinet_nothing_grows(world: World, room: int, count: int, over: bool) -> None:
    stores = stores_of(world)
    making.isolated(world.story, stores, making.a_donor(world.story))
    found(world, exposed(world, cabinet=stores.cabinet), count)
    assert bool(deviating(world)) is over


def test_an_amended_count_is_judged_anew_and_what_it_opened_stays(world: World, room: int) -> None:
    stores = stores_of(world)
    flasks = making.isolated(world.story, stores, making.a_donor(world.story))
    plate = exposed(world, cabinet=stores.cabinet)
    assert codes(world, "ana", amend_plate, AmendPlate(plate, 2, "slip")) == {"plate-is-not-read"}
    found(world, plate, 0)
    assert deviating(world) == set()
    world.story.do("ana", amend_plate, AmendPlate(plate, 2, "the other plate"))
    assert deviating(world) == set(flasks)
    world.story.do("ana", amend_plate, AmendPlate(plate, 0, "it was right at first"))
    assert deviating(world) == set(flasks)


def test_a_plate_is_noted_where_and_when_it_can_have_been(world: World, room: int) -> None:
    stores, now = stores_of(world), world.story.clock.now
    for wanted, code in (
        (ExposePlate(PlateKind.AIR, now - HOUR, now), "nowhere-exposed"),
        (ExposePlate(PlateKind.AIR, now - HOUR, now, stores.incubator), "stands-in-no-room"),
        (ExposePlate(PlateKind.AIR, now, now + HOUR, room=room), "exposure-of-the-future"),
        (ExposePlate(PlateKind.AIR, now, now - HOUR, room=room), "ends-before-it-began"),
        (ExposePlate(PlateKind.SETTLE, now - 5 * HOUR, now, room=room), "settle-plate-too-long"),
    ):
        assert codes(world, "tang", expose_plate, wanted) == {code}


def test_a_plate_is_read_once_and_not_before_anything_can_have_grown(
    world: World, room: int
) -> None:
    plate = exposed(world, room=room)
    early = ReadPlate(plate, 0)
    assert codes(world, "ana", read_plate, early) == {"plate-is-not-incubated"}
    found(world, plate, 0)
    assert codes(world, "ana", read_plate, early) == {"plate-is-read"}
    particles = exposed(world, PlateKind.SMALL_PARTICLES, room=room)
    world.story.do("ana", read_plate, ReadPlate(particles, 1200))


def test_the_analysts_list_has_the_plates_that_wait(world: World, room: int) -> None:
    plate = exposed(world, PlateKind.CONTACT, room=room)
    assert f"/rooms/plates/{plate}" in world.client("ana").get("/").text
    assert "Culture room" in world.client("tang").get("/rooms/").text
    assert "contact plate" in world.client("tang").get("/rooms/plates").text
    found(world, plate, 0)
    assert f"/rooms/plates/{plate}" not in world.client("ana").get("/").text


def test_a_room_is_added_once_and_its_grade_changes_for_later_plates(
    world: World, room: int
) -> None:
    same = AddRoom("Culture room", Grade.B)
    assert codes(world, "quinn", add_room, same) == {"room-is-there"}
    plate = exposed(world, room=room)
    world.story.do("quinn", add_room, AddRoom("Culture room", Grade.C))
    assert read(world, queries.plate, str(plate)).grade is Grade.B
    assert read(world, queries.plate, str(exposed(world, room=room))).grade is Grade.C


def test_it_turns_away_who_may_not(world: World, room: int) -> None:
    now = world.story.clock.now
    plate = exposed(world, room=room)
    qa = ("quinn", "qiu")
    turned_away(world, add_room, AddRoom("X", Grade.D), *qa)
    turned_away(
        world, place_equipment, PlaceEquipment(stores_of(world).cabinet, room, Grade.A), *qa
    )
    note = ExposePlate(PlateKind.AIR, now - HOUR, now, room=room)
    turned_away(world, expose_plate, note, "tang", "tian", "ana", "aiko")
    turned_away(world, read_plate, ReadPlate(plate, 0), "ana", "aiko")
    turned_away(world, amend_plate, AmendPlate(plate, 0, "x"), "ana", "aiko")
