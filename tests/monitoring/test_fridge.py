"""A fridge that was out of order holds the containers that were in it, and what was made with them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.core.quantities import Celsius, Minutes
from lims.demonstration import making
from lims.demonstration.treating import D
from lims.monitoring.excursions import RaiseAlarm, raise_alarm
from lims.monitoring.watching import SetWatch, read_sensor, set_watch
from lims.release.actions import JudgeLot, return_lot
from lims.supplies.actions import UseUp, use_up
from lims.supplies.equipment import (
    RegisterEquipment,
    SetEquipment,
    register_equipment,
    set_equipment,
)
from lims.supplies.equipment_rules import EquipmentKind
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from lims.supplies.storing import KeepMaterials, keep_materials, kept_in, place_of
from lims.trust.lateness import Earlier
from tests.monitoring.test_tank import file_of
from tests.supplies.test_containers import delivery, standings
from tests.support.scenes import codes, read, row, stores_of, turned_away, two_received
from tests.support.worlds import World

S = LotStanding


@pytest.fixture
def fridge(world: World) -> str:
    return a_fridge(world, "Fridge 1")


def a_fridge(world: World, name: str) -> str:
    until = world.story.today + timedelta(days=300)
    wanted = RegisterEquipment(name, until, kind=EquipmentKind.FRIDGE)
    return world.story.do("tang", register_equipment, wanted).number


def kept(world: World, fridge: str, *containers: str) -> None:
    world.story.do("tang", keep_materials, KeepMaterials(fridge, containers))


def warmed(world: World, fridge: str, hours: int = 0) -> None:
    rang = RaiseAlarm(fridge, world.clock.now - timedelta(hours=hours), "14 °C over night")
    world.story.do("tang", raise_alarm, rang)


def test_what_is_in_it_is_held_and_the_rest_of_the_delivery_is_not(
    world: World, fridge: str
) -> None:
    inside, outside = delivery(world, 2)
    kept(world, fridge, inside)
    warmed(world, fridge)
    assert standings(world, [inside]) == {S.HOLD}
    assert standings(world, [outside]) == {S.RELEASED}
    assert read(world, place_of, inside) == fridge
    back = JudgeLot(inside, "four hours; the maker allows a day")
    world.story.do("qiu", return_lot, back)
    assert standings(world, [inside]) == {S.RELEASED}


def test_what_was_taken_out_after_it_began_is_held_and_what_was_taken_out_before_is_not(
    world: World, fridge: str
) -> None:
    before, after, empty = delivery(world, 3)
    other = a_fridge(world, "Fridge 2")
    kept(world, fridge, before, after, empty)
    world.story.wait(hours=2)
    kept(world, other, before)
    world.story.wait(hours=2)
    kept(world, other, after)
    world.story.do("tang", use_up, UseUp(empty, "empty"))
    warmed(world, fridge, hours=1)
    assert standings(world, [after]) == {S.HOLD}
    assert standings(world, [before, empty]) == {S.RELEASED}
    assert read(world, kept_in, other) == sorted([before, after])


def test_a_move_that_is_entered_late_does_not_undo_a_later_one(world: World, fridge: str) -> None:
    (bottle,) = delivery(world, 1)
    other = a_fridge(world, "Fridge 2")
    world.story.wait(days=2)
    kept(world, other, bottle)
    forgotten = Earlier(world.clock.now - timedelta(days=1), "forgot to enter it")
    wanted = KeepMaterials(fridge, (bottle,))
    world.story.do("tang", keep_materials, wanted, "tian", earlier=forgotten)
    assert read(world, place_of, bottle) == other


def test_sessions_that_used_it_are_withdrawn_in_both_arms(world: World, fridge: str) -> None:
    kept(world, fridge, stores_of(world).albumin)
    babies = two_received(world)
    warmed(world, fridge, hours=9)
    assert row(world, Lot, stores_of(world).albumin).standing is S.HOLD
    found = {row(world, Bag, baby.bag).standing for baby in babies}
    assert found == {BagStanding.WITHDRAWN}


def test_nothing_is_put_into_a_fridge_out_of_service_and_nothing_used_up(
    world: World, fridge: str
) -> None:
    bottle, empty = delivery(world, 2)
    world.story.do("tang", use_up, UseUp(empty, "empty"))
    assert codes(world, "tang", keep_materials, KeepMaterials(fridge, (empty,))) == {"used-up"}
    until = world.story.today + timedelta(days=300)
    world.story.do("quinn", set_equipment, SetEquipment(fridge, until, False))
    wanted = KeepMaterials(fridge, (bottle,))
    assert codes(world, "tang", keep_materials, wanted) == {"out-of-service"}
    turned_away(world, keep_materials, wanted, "tang", "tian", "quinn", "qiu")


def test_an_incubators_alarm_still_finds_its_vessels(world: World) -> None:
    stores = stores_of(world)
    making.isolated(world.story, stores, making.a_donor(world.story))
    warmed(world, stores.incubator)
    assert (
        "what is in it"
        not in world.client("tang").get(f"/supplies/equipment/{stores.incubator}").text
    )


def test_a_sensors_file_read_again_undoes_nothing_that_qa_has_judged(
    world: World, fridge: str
) -> None:
    inside, later = delivery(world, 2)
    kept(world, fridge, inside)
    until = world.story.today + timedelta(days=300)
    wanted = RegisterEquipment("Sensor of fridge 1", until, "TK-1")
    sensor = world.story.do("tang", register_equipment, wanted).number
    limits = Celsius(D(2)), Celsius(D(8))
    watch = SetWatch(fridge, sensor, *limits, Minutes(D(10)), 24)
    world.story.do("quinn", set_watch, watch)
    world.story.wait(hours=3)
    file = replace(file_of(world, "5.0", "12.0", "14.0", "5.0"), of=fridge)
    world.story.do("tang", read_sensor, file)
    assert standings(world, [inside]) == {S.HOLD}
    world.story.do("qiu", return_lot, JudgeLot(inside, "twenty minutes"))
    world.story.wait(minutes=30)
    kept(world, fridge, later)
    world.story.do("tang", read_sensor, file)
    assert standings(world, [inside, later]) == {S.RELEASED}


def test_what_was_put_in_when_it_was_over_is_not_held(world: World, fridge: str) -> None:
    inside, later = delivery(world, 2)
    kept(world, fridge, inside)
    since = world.clock.now
    world.story.wait(hours=3)
    kept(world, fridge, later)
    found = read(world, kept_in, fridge, since, since + timedelta(hours=1))
    assert list(found) == [inside]
