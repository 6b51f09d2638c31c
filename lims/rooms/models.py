"""Clean rooms, what stands in them, and what was found in their air and on their plates."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.rooms.rules import Grade, PlateKind, PlateStanding


class Room(Base):
    """A clean room and its grade."""

    __tablename__ = "room"
    stream = ("room", "name")

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    grade: Mapped[Grade]
    by: Mapped[Login]
    at: Mapped[datetime]


class StandsIn(Base):
    """In which room an instrument stands."""

    __tablename__ = "stands_in"
    stream = ("equipment", "equipment")

    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.number"), primary_key=True)
    room: Mapped[int] = mapped_column(ForeignKey("room.id"), index=True)
    grade: Mapped[Grade] = mapped_column(comment="inside it; else the room's")
    by: Mapped[Login]
    since: Mapped[datetime]


class Plate(HasStanding, Base):
    """A plate that was exposed, or a count of particles, in a room or in a cabinet in it."""

    __tablename__ = "plate"
    stream = ("room", "room")
    moves: ClassVar = {PlateStanding.EXPOSED: frozenset({PlateStanding.READ})}

    id: Mapped[int] = mapped_column(primary_key=True)
    room: Mapped[int] = mapped_column(ForeignKey("room.id"), index=True)
    cabinet: Mapped[str | None] = mapped_column(
        ForeignKey("equipment.number"), comment="empty: in the room itself"
    )
    kind: Mapped[PlateKind]
    grade: Mapped[Grade] = mapped_column(comment="of where it was, as it was then")
    spot: Mapped[str] = mapped_column(default="", comment="where in there, or whose gloves")
    since: Mapped[datetime]
    until: Mapped[datetime]
    standing: Mapped[PlateStanding] = mapped_column(default=PlateStanding.EXPOSED)
    by: Mapped[Login]
    at: Mapped[datetime]
    count: Mapped[int | None]
    organism: Mapped[str] = mapped_column(default="")
    read_by: Mapped[Login | None]
    read_at: Mapped[datetime | None]
