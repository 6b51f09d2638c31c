"""Clean rooms with their grades, and what stands in them."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.identifiers.fields import EquipmentNumber
from lims.rooms.models import Room, StandsIn
from lims.rooms.queries import RoomFacts
from lims.rooms.rules import Grade
from lims.supplies.models import Equipment
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class AddRoom:
    """A clean room and its grade."""

    name: str
    grade: Grade


@action(may=Permission.SET_SPECIFICATION, signed_as=say("room-qualified"))
def add_room(work: Work, wanted: AddRoom) -> RoomFacts:
    """Add a clean room with its grade; of one that is there the new grade holds from now on."""
    row = work.session.scalars(
        select(Room).where(Room.name == wanted.name).with_for_update()
    ).first()
    if row is None:
        kept = {**vars(wanted), "by": work.actor.login, "at": work.now}
        return facts(RoomFacts, work.add(Room(**kept)), stands=())
    if row.grade is wanted.grade:
        raise Refused(Reason("room-is-there", name=row.name))
    row.grade, row.by, row.at = wanted.grade, work.actor.login, work.now
    return facts(RoomFacts, row, stands=())


@dataclass(frozen=True)
class PlaceEquipment:
    """In which room an instrument stands, and the grade inside it."""

    equipment: EquipmentNumber
    room: int
    grade: Annotated[Grade, About(label=say("grade-inside"))]


@action(may=Permission.SET_SPECIFICATION, signed_as=say("place-of-an-instrument-set"))
def place_equipment(work: Work, wanted: PlaceEquipment) -> RoomFacts:
    """Say in which room an instrument stands: a plate of the room covers what is done with it."""
    work.get(Equipment, wanted.equipment)
    room = work.get(Room, wanted.room)
    row = work.session.get(StandsIn, wanted.equipment, with_for_update=True)
    if row is None:
        kept = {**vars(wanted), "by": work.actor.login, "since": work.now}
        work.add(StandsIn(**kept))
    else:
        row.room, row.grade = wanted.room, wanted.grade
        row.by, row.since = work.actor.login, work.now
    return facts(RoomFacts, room, stands=())
