"""Flasks: what was seeded, how it grew, what was harvested."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.core.quantities import CellCount, Millilitres, Percent, SquareCentimetres
from lims.culture.rules import FlaskStanding


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
