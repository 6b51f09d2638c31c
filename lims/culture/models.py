"""Flasks: what was seeded, how it grew, what was harvested."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.core.quantities import CellCount, Millilitres, Percent, SquareCentimetres
from lims.culture.outputs import StepStanding
from lims.culture.rules import FlaskStanding
from lims.protocol.steps import StepKind


class Flask(HasStanding, Base):
    """One culture vessel of one passage. P0 was not seeded with counted cells."""

    __tablename__ = "flask"
    stream = ("flask", "number")
    moves: ClassVar = {
        FlaskStanding.GROWING: frozenset({FlaskStanding.HARVESTED, FlaskStanding.DISCARDED})
    }

    number: Mapped[str] = mapped_column(primary_key=True)
    donor: Mapped[str] = mapped_column(ForeignKey("donor.number"), index=True)
    passage: Mapped[int]
    area: Mapped[SquareCentimetres]
    seeded: Mapped[CellCount | None] = mapped_column(comment="viable cells; empty for P0")
    doublings_before: Mapped[Decimal] = mapped_column(comment="cumulative, when seeded")
    doublings: Mapped[Decimal | None] = mapped_column(comment="cumulative, when harvested")
    harvest: Mapped[str | None] = mapped_column(index=True, comment="digest of the pool")
    standing: Mapped[FlaskStanding] = mapped_column(default=FlaskStanding.GROWING)
    protocol: Mapped[int | None] = mapped_column(comment="the version it is grown by")
    seeded_by: Mapped[Login]
    seeded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Feeding(Base):
    """A change of medium, and what was seen."""

    __tablename__ = "feeding"
    stream = ("flask", "flask")

    id: Mapped[int] = mapped_column(primary_key=True)
    flask: Mapped[str] = mapped_column(ForeignKey("flask.number"), index=True)
    at: Mapped[datetime]
    by: Mapped[Login]
    confluence: Mapped[Percent]
    seen: Mapped[str]


class Harvest(Base):
    """Flasks of one donor pooled and counted by two people: raw counts and what follows."""

    __tablename__ = "harvest"
    stream = ("harvest", "id")

    id: Mapped[str] = mapped_column(primary_key=True)
    donor: Mapped[str]
    passage: Mapped[int]
    live: Mapped[int]
    dead: Mapped[int]
    squares: Mapped[int] = mapped_column(comment="0: an instrument counted")
    dilution: Mapped[Decimal]
    volume: Mapped[Millilitres]
    viable_cells: Mapped[CellCount]
    used: Mapped[CellCount] = mapped_column(comment="passaged and filled so far")
    viability: Mapped[Percent]
    doublings: Mapped[Decimal | None] = mapped_column(comment="of this passage; empty for P0")
    cumulative: Mapped[Decimal]
    counted_by: Mapped[Login]
    checked_by: Mapped[Login]
    at: Mapped[datetime]


class VesselCount(Base):
    """What a second person counted in a pool, before anybody saw what the first had found."""

    __tablename__ = "vessel_count"
    stream = ("flask", "flask")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    flask: Mapped[str] = mapped_column(ForeignKey("flask.number"), index=True)
    live: Mapped[int]
    dead: Mapped[int]
    squares: Mapped[int]
    dilution: Mapped[Decimal]
    by: Mapped[Login]
    at: Mapped[datetime]


class Step(HasStanding, Base):
    """A step as it is executed: begun, its outputs recorded, ended by what it was for."""

    __tablename__ = "step"
    stream = ("step", "of")
    moves: ClassVar = {
        StepStanding.UNDER_WAY: frozenset({StepStanding.DONE, StepStanding.GIVEN_UP})
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    of: Mapped[str] = mapped_column(index=True, comment="number of the cord, vessel or harvest")
    kind: Mapped[StepKind]
    protocol: Mapped[int] = mapped_column(comment="the version that asks for its outputs")
    procedure: Mapped[str] = mapped_column(comment="as it was acknowledged")
    standing: Mapped[StepStanding] = mapped_column(default=StepStanding.UNDER_WAY)
    station: Mapped[str] = mapped_column(comment="where it is under way")
    begun_by: Mapped[Login]
    begun_at: Mapped[datetime]
    ended_by: Mapped[Login | None]
    ended_at: Mapped[datetime | None]
    made: Mapped[str] = mapped_column(default="", comment="the first number that came of it")
    because: Mapped[str] = mapped_column(default="", comment="why it was given up")


class Output(Base):
    """One recorded output of a step."""

    __tablename__ = "step_output"
    __table_args__ = (UniqueConstraint("step", "code"),)
    stream = ("step", "of")

    id: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(ForeignKey("step.id"))
    of: Mapped[str] = mapped_column(comment="number of the cord, vessel or harvest")
    code: Mapped[str]
    value: Mapped[str]
    by: Mapped[Login]
    at: Mapped[datetime]
