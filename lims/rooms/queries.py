"""Reads of rooms and of what was found in them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.telling import Made, Told
from lims.filling.models import Fill
from lims.rooms.models import Plate, Room, StandsIn
from lims.rooms.rules import Grade, PlateKind, PlateStanding
from lims.supplies.models import Equipment, EquipmentUse
from lims.trust.amending import recorded


@dataclass(frozen=True)
class Standing:
    """An instrument in a room."""

    equipment: str
    name: str
    grade: Grade


@dataclass(frozen=True)
class RoomFacts:
    """A room as it is read."""

    id: int
    name: str
    grade: Grade
    by: str
    at: datetime
    stands: tuple[Standing, ...] = ()


@dataclass(frozen=True)
class PlateFacts:
    """A plate or a particle count as it is read; `covers` is what was worked on there meanwhile."""

    id: Made
    room: int
    room_name: str
    cabinet: str | None
    kind: PlateKind
    grade: Grade
    spot: str
    since: datetime
    until: datetime
    standing: PlateStanding
    by: str
    at: datetime
    count: int | None
    organism: str
    read_by: str | None
    read_at: datetime | None
    covers: tuple[str, ...] = ()
    says: Told = ""


def rooms(session: Session) -> list[RoomFacts]:
    """Every room with what stands in it, by name."""
    stands: dict[int, list[Standing]] = {}
    joined = select(StandsIn, Equipment.name).join(
        Equipment, Equipment.number == StandsIn.equipment
    )
    for row, name in session.execute(joined.order_by(StandsIn.equipment)):
        stands.setdefault(row.room, []).append(Standing(row.equipment, name, row.grade))
    found = session.scalars(select(Room).order_by(Room.name))
    return [facts(RoomFacts, row, stands=tuple(stands.get(row.id, ()))) for row in found]


def plate_facts(
    session: Session, row: Plate, covers: tuple[str, ...] = (), says: str = ""
) -> PlateFacts:
    """A plate with the name of its room."""
    (found,) = _named(session, [row])
    return replace(found, covers=covers, says=says)


def _named(session: Session, rows: Sequence[Plate]) -> list[PlateFacts]:
    asked = select(Room.id, Room.name).where(Room.id.in_({row.room for row in rows}))
    names = {row.id: row.name for row in session.execute(asked)}
    known = {"covers": (), "says": ""}
    return [
        facts(PlateFacts, row, id=str(row.id), room_name=names[row.room], **known) for row in rows
    ]


_WAITS = case((Plate.standing == PlateStanding.EXPOSED, 1), else_=0)
PLATES = Listing((_WAITS, Plate.id), finds=(Plate.spot, Plate.organism), stands=Plate.standing)


def plates(session: Session, asked: Asked = EVERYTHING) -> Listed[PlateFacts]:
    """Every plate and particle count: those that wait first, then the newest."""
    page = one_page(session, select(Plate), PLATES, asked)
    return page.told(_named(session, page.rows))


def plate(session: Session, plate: str) -> PlateFacts:
    """One plate with what it covers."""
    row = recorded(session, Plate, plate)
    return plate_facts(session, row, tuple(covered(session, row)))


def exposed(session: Session) -> list[PlateFacts]:
    """The plates that wait to be read."""
    waits = select(Plate).where(Plate.standing == PlateStanding.EXPOSED).order_by(Plate.id)
    return _named(session, session.scalars(waits).all())


LONGEST_FILLING = timedelta(days=1)  # one that was never drawn is not being filled for ever


def covered(session: Session, row: Plate) -> list[str]:
    """What was worked on where the plate lay, while it lay there: vessels, lots, sessions and bags.

    A plate of the room covers all that stands in it. A bag counts by its own hours, in whichever
    session of that place it was filled.
    """
    of_room = select(StandsIn.equipment).where(StandsIn.room == row.room)
    here = EquipmentUse.equipment == row.cabinet
    if row.cabinet is None:
        here = EquipmentUse.equipment.in_(of_room)
    meanwhile = here & (EquipmentUse.since <= row.until) & (EquipmentUse.at >= row.since)
    found = set(session.scalars(select(EquipmentUse.of).where(meanwhile)))
    begun = here & (EquipmentUse.at <= row.until)
    sessions = select(EquipmentUse.of).where(begun)
    still = Fill.drawn_at.is_(None) | (Fill.drawn_at >= row.since)
    lately = Fill.started_at.between(row.since - LONGEST_FILLING, row.until)
    bags = select(Fill.bag, Fill.session).where(Fill.session.in_(sessions), lately, still)
    for bag, of in session.execute(bags):
        found |= {bag, of}
    return sorted(found)
