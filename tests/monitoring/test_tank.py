"""A tank's alarm or file holds what lay there; QA judges it vial by vial or box by box."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lims.accounts.actions import GrantRole, grant_role
from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bank import actions as bank
from lims.bank.models import Place, Vial, VialHold
from lims.bank.queries import place, stored_vials, vials_of
from lims.bank.rules import PlaceLevel, VialStanding
from lims.bank.storing import MovePlace, StoreVials, move_place, store_vials
from lims.bank.thawing import thaw_into_culture
from lims.core.quantities import Celsius, Minutes
from lims.core.uploads import Upload
from lims.demonstration import making
from lims.demonstration.treating import Baby, D
from lims.deviations.models import Deviation
from lims.deviations.queries import open_about
from lims.deviations.rules import DeviationKind
from lims.monitoring.excursions import (
    EndExcursion,
    JudgeHeld,
    RaiseAlarm,
    end_excursion,
    judge_held,
    raise_alarm,
)
from lims.monitoring.models import Excursion, Watch
from lims.monitoring.queries import excursions
from lims.monitoring.rules import ExcursionKind, ExcursionStanding
from lims.monitoring.watching import ReadSensor, SetWatch, read_sensor, set_watch
from lims.supplies.equipment import RegisterEquipment, register_equipment
from lims.supplies.rules import LotKind
from lims.trust.identity.roles import Role
from tests.bank.test_bank import thaw
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


def tank_of(world: World) -> str:
    rack = read(world, place, stores_of(world).box).within
    return str(read(world, place, rack).within)


def alarm(world: World, minutes: int = 30) -> int:
    since = world.clock.now - timedelta(minutes=minutes)
    wanted = RaiseAlarm(tank_of(world), since, "the level alarm rang")
    return int(world.story.do("tang", raise_alarm, wanted).id)


def stored(world: World) -> list[str]:
    return list(read(world, stored_vials, world.lots["product"], 400))


def sensor(world: World) -> str:
    until = world.story.today + timedelta(days=300)
    wanted = RegisterEquipment("Sensor of tank 1", until, "TK-1")
    return world.story.do("tang", register_equipment, wanted).number


def watched(world: World) -> str:
    limits = Celsius(D(-200)), Celsius(D(-135))
    wanted = SetWatch(tank_of(world), sensor(world), *limits, Minutes(D(10)), 24)
    return world.story.do("quinn", set_watch, wanted).of


def file_of(world: World, *celsius: str, ends: int = 0) -> ReadSensor:
    """A reading every ten minutes, the last one so many minutes ago."""
    zone = world.site.settings.zone
    first = world.clock.now - timedelta(minutes=10 * (len(celsius) - 1) + ends)
    rows = ["Serial,TK-1", "Time,Temperature (°C)"]
    for n, value in enumerate(celsius):
        at = (first + timedelta(minutes=10 * n)).astimezone(zone)
        rows.append(f"{at:%Y-%m-%d %H:%M:%S},{value}")
    return ReadSensor(tank_of(world), Upload("tank.csv", "\r\n".join([*rows, ""]).encode()))


def test_an_alarm_holds_every_vial_of_the_tank_and_nothing_of_another(world: World) -> None:
    """Case 31 of the reference: the tank fails."""
    story, before = world.story, stored(world)
    tank = story.do("tang", bank.add_place, bank.AddPlace(PlaceLevel.TANK, "Tank 2"))
    rack = story.do("tang", bank.add_place, bank.AddPlace(PlaceLevel.RACK, "R", tank.number))
    box = story.do("tang", bank.add_place, bank.AddPlace(PlaceLevel.BOX, "B", rack.number))
    story.do("tang", store_vials, StoreVials(box.number, tuple(before[:2])))
    story.wait(days=1)
    number = alarm(world)
    assert stored(world) == before[:2]
    assert row(world, Excursion, number).standing is ExcursionStanding.GOING_ON
    assert read(world, excursions)[0].waiting >= len(before) - 2


def test_what_was_moved_out_after_it_began_is_held_too(world: World) -> None:
    story, before = world.story, stored(world)
    tank = story.do("tang", bank.add_place, bank.AddPlace(PlaceLevel.TANK, "Tank 2"))
    rack = story.do("tang", bank.add_place, bank.AddPlace(PlaceLevel.RACK, "R", tank.number))
    box = story.do("tang", bank.add_place, bank.AddPlace(PlaceLevel.BOX, "B", rack.number))
    story.wait(hours=1)
    began = world.clock.now
    story.wait(minutes=20)
    story.do("tang", store_vials, StoreVials(box.number, tuple(before[:2])))
    story.do("tang", raise_alarm, RaiseAlarm(tank_of(world), began, "level alarm"))
    assert stored(world) == []


def test_a_box_that_left_the_tank_after_it_began_is_held_too(world: World) -> None:
    story = world.story
    tank = story.do("tang", bank.add_place, bank.AddPlace(PlaceLevel.TANK, "Tank 2"))
    rack = story.do("tang", bank.add_place, bank.AddPlace(PlaceLevel.RACK, "R", tank.number))
    old = tank_of(world)
    story.wait(hours=1)
    began = world.clock.now
    story.wait(minutes=20)
    story.do("tang", move_place, MovePlace(stores_of(world).box, rack.number))
    story.do("tang", raise_alarm, RaiseAlarm(old, began, "level alarm"))
    assert stored(world) == []
    assert row(world, Place, stores_of(world).box).within == rack.number


def test_a_held_vial_is_neither_picked_nor_thawed_until_qa_has_judged_it(world: World) -> None:
    """Case 31 of the reference: released with a justification, one by one."""
    story, stores = world.story, stores_of(world)
    flasks = making.isolated(story, stores, making.a_donor(story))
    harvest = making.harvested(story, stores, flasks, 400)
    lot = making.filled(story, stores, harvest, LotKind.MASTER_BANK, 4)
    numbers = [vial.number for vial in read(world, vials_of, lot)]
    box = making.another_box(world.story, stores_of(world))
    making.stored(world.story, lot, box, ["A1", "A2"])
    making.tested(world.story, lot)
    making.released(world.story, lot)
    number = alarm(world)
    wanted = thaw(numbers[2])
    assert codes(world, "tang", thaw_into_culture, wanted, "tian") == {"vial-is-held"}
    fit = JudgeHeld(True, "the level was never below the vials", (), (numbers[2],))
    turned_away(world, judge_held, fit, "quinn", "qiu")
    assert codes(world, "quinn", judge_held, fit) == {"excursion-is-going-on"}
    over = EndExcursion(number, world.clock.now - timedelta(minutes=1), "filled up")
    world.story.do("tang", end_excursion, over)
    assert codes(world, "tang", end_excursion, over) == {"excursion-is-over"}
    world.story.do("quinn", judge_held, fit)
    assert codes(world, "quinn", judge_held, fit) == {"nothing-holds-it"}
    world.story.do("tang", thaw_into_culture, wanted, "tian")
    unfit = JudgeHeld(False, "the box stood in the gas phase", (box,), ())
    world.story.do("quinn", judge_held, unfit)
    again = thaw(numbers[3])
    assert codes(world, "tang", thaw_into_culture, again, "tian") == {"vial-is-held"}


def test_a_box_is_judged_at_once(world: World) -> None:
    """Case 31 of the reference: or a whole box."""
    before = stored(world)
    number = alarm(world)
    over = EndExcursion(number, world.clock.now - timedelta(minutes=1), "filled up")
    world.story.do("tang", end_excursion, over)
    fit = JudgeHeld(True, "six minutes; validated for thirty", (stores_of(world).box,))
    world.story.do("quinn", judge_held, fit)
    assert stored(world) == before
    assert codes(world, "quinn", judge_held, fit) == {"nothing-is-held-there"}


@pytest.mark.parametrize("ahead", [timedelta(minutes=1), timedelta(hours=9)])
def test_an_alarm_neither_begins_nor_ends_in_the_future(world: World, ahead: timedelta) -> None:
    wanted = RaiseAlarm(tank_of(world), world.clock.now + ahead, "rang")
    assert codes(world, "tang", raise_alarm, wanted) == {"alarm-of-the-future"}
    number = alarm(world)
    for until in (world.clock.now + ahead, world.clock.now - timedelta(hours=5)):
        wrong = EndExcursion(number, until, "filled up")
        assert codes(world, "tang", end_excursion, wrong) == {"ends-before-it-began"}


def test_bags_of_vials_thawed_since_are_withdrawn_in_both_arms(
    received: tuple[World, Baby, Baby],
) -> None:
    world, cells, vehicle = received
    wanted = RaiseAlarm(tank_of(world), world.clock.now - timedelta(hours=12), "level alarm")
    world.story.do("tang", raise_alarm, wanted)
    assert {row(world, Bag, one.bag).standing for one in (cells, vehicle)} == {
        BagStanding.WITHDRAWN
    }
    with world.site.reading() as session:
        thawed = [v.number for v in session.query(Vial) if v.standing is VialStanding.THAWED]
        holds = {h.vial for h in session.query(VialHold)}
    assert set(thawed) <= holds
    found = read(world, open_about, thawed)
    assert {row(world, Deviation, n).code for n in found} == {DeviationKind.EXCURSION}


def test_bags_of_vials_thawed_before_it_began_are_not(received: tuple[World, Baby, Baby]) -> None:
    world, cells, vehicle = received
    alarm(world, minutes=10)
    assert {row(world, Bag, one.bag).standing for one in (cells, vehicle)} == {BagStanding.RECEIVED}


def test_a_sensors_file_within_its_limits_holds_nothing(world: World) -> None:
    before, of = stored(world), watched(world)
    world.story.do("tang", read_sensor, file_of(world, *["-180.0"] * 12))
    assert stored(world) == before
    assert row(world, Watch, of).read_until is not None


def test_a_sensors_file_opens_an_excursion_and_read_again_no_second_one(world: World) -> None:
    watched(world)
    warm = file_of(world, "-180.0", "-134.9", "-120.5", "-150.0", "-180.0")
    world.story.do("tang", read_sensor, warm)
    assert stored(world) == []
    world.story.do("tang", read_sensor, warm)
    (one,) = read(world, excursions)
    assert (one.excursion.kind, one.excursion.worst) == (
        ExcursionKind.TOO_WARM, Celsius(D("-120.5")),
    )  # fmt: skip
    assert one.excursion.standing is ExcursionStanding.OVER


def test_an_excursion_that_goes_on_ends_with_the_next_file(world: World) -> None:
    watched(world)
    world.story.do("tang", read_sensor, file_of(world, "-180.0", "-130.0"))
    (one,) = read(world, excursions)
    assert (one.excursion.standing, one.excursion.until) == (ExcursionStanding.GOING_ON, None)
    world.story.wait(minutes=30)
    later = file_of(world, "-180.0", "-130.0", "-125.0", "-140.0", "-180.0")
    world.story.do("tang", read_sensor, later)
    (one,) = read(world, excursions)
    assert one.excursion.standing is ExcursionStanding.OVER
    assert one.excursion.worst == Celsius(D(-125))


def test_the_file_says_more_of_an_alarm_that_somebody_reported(world: World) -> None:
    watched(world)
    number = alarm(world, minutes=20)
    world.story.do("tang", read_sensor, file_of(world, "-180.0", "-130.0", "-128.0", "-126.0"))
    (one,) = read(world, excursions)
    assert (one.excursion.id, one.excursion.kind) == (str(number), ExcursionKind.ALARM)
    assert one.excursion.worst == Celsius(D(-126))
    assert one.excursion.standing is ExcursionStanding.GOING_ON


def test_the_worst_that_was_known_is_never_made_milder(world: World) -> None:
    watched(world)
    number = alarm(world, minutes=20)
    world.story.do("tang", read_sensor, file_of(world, "-180.0", "-130.0", "-120.0", "-126.0"))
    world.story.wait(minutes=10)
    world.story.do("tang", read_sensor, file_of(world, "-130.0"))
    world.story.wait(minutes=50)
    world.story.do("tang", read_sensor, file_of(world, "-180.0"))  # silent before
    assert row(world, Excursion, number).worst == Celsius(D(-120))


def test_a_sensor_that_falls_silent_is_an_alarm_too(world: World) -> None:
    watched(world)
    world.story.do("tang", read_sensor, file_of(world, "-180.0", "-180.0", ends=60))
    world.story.wait(minutes=30)
    world.story.do("tang", read_sensor, file_of(world, "-180.0", "-180.0"))
    (one,) = read(world, excursions)
    assert one.excursion.kind is ExcursionKind.SILENT
    assert stored(world) == []


def test_limits_are_set_by_qa_and_the_right_way_round(world: World) -> None:
    wanted = SetWatch(tank_of(world), sensor(world), Celsius(D(8)), Celsius(D(2)), Minutes(D(5)))
    turned_away(world, set_watch, wanted, "quinn", "qiu")
    assert codes(world, "quinn", set_watch, wanted) == {"limits-swapped"}
    for action, command in (
        (raise_alarm, RaiseAlarm(tank_of(world), world.clock.now, "rang")),
        (end_excursion, EndExcursion(1, world.clock.now, "")),
        (read_sensor, ReadSensor(tank_of(world), Upload("a.csv", b""))),
    ):
        turned_away(world, action, command, "tang", "tian")


def test_an_incubator_that_was_too_warm_opens_a_deviation_on_each_vessel(world: World) -> None:
    """Case 30 of the reference: the incubator's alarm over night."""
    story, stores = world.story, stores_of(world)
    flasks = making.isolated(story, stores, making.a_donor(story))
    story.do("tang", raise_alarm, RaiseAlarm(stores.incubator, world.clock.now, "39 °C"))
    assert len(read(world, open_about, list(flasks))) == len(flasks)


def test_whoever_made_a_lot_does_not_say_that_its_warm_vials_may_be_used(world: World) -> None:
    world.story.do("ada", grant_role, GrantRole("tang", Role.QA), "quinn")
    world.story.actors.clear()
    before = stored(world)
    number = alarm(world)
    world.story.wait(minutes=1)
    over = EndExcursion(number, world.clock.now, "lid closed")
    world.story.do("tian", end_excursion, over)
    fit = JudgeHeld(True, "thirty minutes", (), tuple(before[:1]))
    assert codes(world, "tang", judge_held, fit) == {"your-hands"}
    world.story.do("tang", judge_held, JudgeHeld(False, "too warm", (), tuple(before[:1])))
    world.story.do("quinn", judge_held, replace(fit, vials=tuple(before[1:2])))
