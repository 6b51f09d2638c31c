"""What is watched: a tank that was too warm for half an hour, rooms and plates; a procedure to read."""

from datetime import timedelta

from sqlalchemy import select

from lims.bank.models import Place
from lims.bank.rules import PlaceLevel
from lims.core.quantities import Celsius, Minutes
from lims.core.uploads import Upload
from lims.demonstration.making import D
from lims.demonstration.story import Story
from lims.monitoring.excursions import JudgeHeld, judge_held
from lims.monitoring.watching import ReadSensor, SetWatch, read_sensor, set_watch
from lims.rooms.placing import AddRoom, PlaceEquipment, add_room, place_equipment
from lims.rooms.plates import ExposePlate, ReadPlate, expose_plate, read_plate
from lims.rooms.rules import Grade, PlateKind
from lims.supplies.care import LogCare, PlanCare, log_care, plan_care
from lims.supplies.equipment import RegisterEquipment, register_equipment
from lims.supplies.equipment_rules import CareKind, EquipmentKind
from lims.training.actions import (
    IssueProcedure,
    ReadProcedure,
    SignOffPerson,
    issue_procedure,
    read_procedure,
    sign_off_person,
)


def excursion(story: Story) -> None:
    """The first tank's sensor, its file of a night, and QA's judgement of all its boxes."""
    with story.site.reading() as session:
        tanks = select(Place.number).where(Place.level == PlaceLevel.TANK).order_by(Place.number)
        tank = session.scalars(tanks).first() or ""
        boxes = session.scalars(select(Place.number).where(Place.level == PlaceLevel.BOX)).all()
    until = story.today + timedelta(days=300)
    wanted = RegisterEquipment("Sensor of tank 1", until, "TK-0098", kind=EquipmentKind.SENSOR)
    sensor = story.do("tang", register_equipment, wanted).number
    limits = SetWatch(
        tank, sensor, Celsius(D(-196)), Celsius(D(-135)), Minutes(D(10)), read_every_hours=48
    )
    story.do("quinn", set_watch, limits)
    zone = story.site.settings.zone
    rows = ["Serial,TK-0098", "Time,Temperature (°C)"]
    for n in range(72):
        at = (story.clock.now - timedelta(minutes=10 * (72 - n))).astimezone(zone)
        celsius = "-131.5" if n in {40, 41} else f"-{178 + n % 3}.{n % 7}"
        rows.append(f"{at:%Y-%m-%d %H:%M:%S},{celsius}")
    file = Upload("TK-0098.csv", "\r\n".join([*rows, ""]).encode())
    story.do("tang", read_sensor, ReadSensor(tank, file))
    why = "Lid open while a rack was moved: 30 min up to -131.5 °C; validated for 60 min below -120 °C."
    story.do("quinn", judge_held, JudgeHeld(True, why, tuple(boxes)))


def monitored(story: Story, cabinet: str) -> None:
    """The filling room with its cabinet: one plate was read, another one is still incubated."""
    room = story.do("quinn", add_room, AddRoom("Filling room", Grade.B)).id
    story.do("quinn", place_equipment, PlaceEquipment(cabinet, room, Grade.A))
    story.do("quinn", plan_care, PlanCare(cabinet, EquipmentKind.CABINET, 0, 365))
    tested = LogCare(
        cabinet, CareKind.MAINTENANCE, True, "filters and air speed tested, report F-12"
    )
    story.do("tian", log_care, tested)
    now = story.clock.now
    week = timedelta(days=7)
    lying = (now - week - timedelta(hours=3), now - week)
    first = ExposePlate(PlateKind.SETTLE, *lying, cabinet, spot="left of the bags")
    read = story.do("tang", expose_plate, first).id
    story.do("ana", read_plate, ReadPlate(int(read), 0))
    air = ExposePlate(PlateKind.AIR, now - timedelta(hours=2), now, room=room, spot="by the door")
    story.do("tang", expose_plate, air)


def procedure(story: Story) -> None:
    """A new version of a procedure: one has read it and is signed off, one has only read it."""
    wanted = IssueProcedure(
        "SOP-BANK-02", "4", "Storing, fetching and moving vials",
        story.today + timedelta(days=14), "QA's folder, shelf 2",
    )  # fmt: skip
    issued = story.do("quinn", issue_procedure, wanted).id
    for login in ("tang", "tian"):
        story.do(login, read_procedure, ReadProcedure(issued))
    story.do("quinn", sign_off_person, SignOffPerson(issued, "tang"))
