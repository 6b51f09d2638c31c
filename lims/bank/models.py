"""Banks and product lots as vials, and the freezer that holds them."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims.bank.rules import BoxCountStanding, PlaceLevel, VialStanding
from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.core.quantities import CellCount, Celsius, Millilitres, Minutes, Percent

V = VialStanding


class Bank(Base):
    """What a lot of vials was filled from and with."""

    __tablename__ = "bank"
    stream = ("lot", "lot")
    insert_only = True

    lot: Mapped[str] = mapped_column(ForeignKey("lot.number"), primary_key=True)
    donor: Mapped[str] = mapped_column(ForeignKey("donor.number"))
    harvest: Mapped[str] = mapped_column(ForeignKey("harvest.id"))
    passage: Mapped[int]
    doublings: Mapped[Decimal] = mapped_column(comment="cumulative")
    viability: Mapped[Percent] = mapped_column(comment="before freezing")
    viable_per_vial: Mapped[CellCount] = mapped_column(comment="before freezing")
    volume_per_vial: Mapped[Millilitres]
    filled: Mapped[int]
    filled_by: Mapped[Login]
    checked_by: Mapped[Login]
    filled_at: Mapped[datetime]


class Place(Base):
    """A tank, a rack in it, or a box in the rack."""

    __tablename__ = "place"
    __table_args__ = (Index("ix_place_level_number", "level", "number"),)
    stream = ("place", "number")

    number: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[PlaceLevel]
    name: Mapped[str]
    within: Mapped[str | None] = mapped_column(ForeignKey("place.number"), index=True)
    rows: Mapped[int] = mapped_column(default=0)
    columns: Mapped[int] = mapped_column(default=0)


class Freezing(Base):
    """A lot's run in the controlled-rate freezer; read again, the newest counts."""

    __tablename__ = "freezing"
    stream = ("lot", "lot")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    lot: Mapped[str] = mapped_column(ForeignKey("lot.number"), index=True)
    freezer: Mapped[str] = mapped_column(ForeignKey("equipment.number"))
    file: Mapped[str] = mapped_column(ForeignKey("attachment.id"))
    medium_at: Mapped[datetime] = mapped_column(comment="when the freezing medium was added")
    started_at: Mapped[datetime] = mapped_column(comment="of the run, by its file")
    ended_at: Mapped[datetime]
    contact: Mapped[Minutes] = mapped_column(comment="from the medium to the run")
    rate: Mapped[Decimal | None] = mapped_column(comment="°C in each minute; empty: not reached")
    coldest: Mapped[Celsius]
    held: Mapped[Minutes] = mapped_column(comment="at its end as cold as it must be")
    curve: Mapped[str] = mapped_column(comment="minutes:°C, so many as can be drawn")
    by: Mapped[Login]
    checked_by: Mapped[Login]
    at: Mapped[datetime]


class BoxCount(HasStanding, Base):
    """A box counted by one person, and by a second where it differed."""

    __tablename__ = "box_count"
    stream = ("place", "box")
    moves: ClassVar = {
        BoxCountStanding.TO_CONFIRM: frozenset({BoxCountStanding.CONFIRMED, BoxCountStanding.APART})
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    box: Mapped[str] = mapped_column(ForeignKey("place.number"), index=True)
    missing: Mapped[str] = mapped_column(comment="numbers that were not found")
    extra: Mapped[str] = mapped_column(comment="numbers that lay there and should not")
    standing: Mapped[BoxCountStanding]
    by: Mapped[Login]
    at: Mapped[datetime]
    second_by: Mapped[Login | None]
    second_at: Mapped[datetime | None]


class Vial(HasStanding, Base):
    """One vial of a lot."""

    __tablename__ = "vial"
    __table_args__ = (UniqueConstraint("box", "position"),)
    stream = ("lot", "lot")
    moves: ClassVar = {
        V.FILLED: frozenset({V.STORED, V.QC, V.RETAINED, V.DESTROYED}),
        V.STORED: frozenset({V.RESERVED, V.THAWED, V.QC, V.RETAINED, V.DESTROYED, V.LOST}),
        V.RESERVED: frozenset({V.STORED, V.THAWED, V.DESTROYED, V.MISSING}),
        V.MISSING: frozenset({V.STORED, V.LOST}),
        V.RETAINED: frozenset({V.DESTROYED, V.QC}),
        V.LOST: frozenset({V.FILLED, V.DESTROYED}),  # found again: QA decides
    }

    number: Mapped[str] = mapped_column(primary_key=True)
    lot: Mapped[str] = mapped_column(ForeignKey("lot.number"), index=True)
    standing: Mapped[VialStanding] = mapped_column(default=V.FILLED)
    box: Mapped[str | None] = mapped_column(ForeignKey("place.number"))
    position: Mapped[str | None]
    taken_for: Mapped[str | None] = mapped_column(comment="why it left storage")
    thawed_at: Mapped[datetime | None]
    out_at: Mapped[datetime | None] = mapped_column(comment="scanned out, and not in again")
    warmed: Mapped[Minutes | None] = mapped_column(comment="out of storage so far")


class VialHold(Base):
    """A vial that is not used until QA has said that it may be."""

    __tablename__ = "vial_hold"
    stream = ("lot", "lot")

    id: Mapped[int] = mapped_column(primary_key=True)
    vial: Mapped[str] = mapped_column(ForeignKey("vial.number"), index=True)
    lot: Mapped[str]
    excursion: Mapped[int | None] = mapped_column(index=True, comment="empty: too long out")
    because: Mapped[str]
    at: Mapped[datetime]
    fit: Mapped[bool | None] = mapped_column(comment="empty: not judged yet")
    why: Mapped[str] = mapped_column(default="")
    judged_by: Mapped[Login | None]
    judged_at: Mapped[datetime | None]
