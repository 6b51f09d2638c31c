"""Places that are watched, and what went wrong in them."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.core.quantities import Celsius, Minutes
from lims.monitoring.rules import ExcursionKind, ExcursionStanding


class Watch(Base):
    """The limits of a place or an instrument, and the sensor that watches them."""

    __tablename__ = "watch"
    stream = ("watch", "of")

    of: Mapped[str] = mapped_column(primary_key=True, comment="number of the place or instrument")
    sensor: Mapped[str] = mapped_column(ForeignKey("equipment.number"))
    lowest: Mapped[Celsius]
    highest: Mapped[Celsius]
    every: Mapped[Minutes] = mapped_column(comment="between two readings")
    read_every_hours: Mapped[int] = mapped_column(comment="its file is due so often")
    by: Mapped[Login]
    since: Mapped[datetime]
    read_until: Mapped[datetime | None] = mapped_column(comment="the last reading of its file")


class Excursion(HasStanding, Base):
    """Something was wrong with a place for a time; what lay in it is held."""

    __tablename__ = "excursion"
    stream = ("watch", "of")
    moves: ClassVar = {
        ExcursionStanding.GOING_ON: frozenset({ExcursionStanding.OVER}),
        ExcursionStanding.OVER: frozenset({ExcursionStanding.GOING_ON}),  # the file says so
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    of: Mapped[str] = mapped_column(index=True, comment="number of the place or instrument")
    kind: Mapped[ExcursionKind]
    standing: Mapped[ExcursionStanding] = mapped_column(default=ExcursionStanding.GOING_ON)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    worst: Mapped[Celsius | None]
    what: Mapped[str]
    file: Mapped[str | None] = mapped_column(ForeignKey("attachment.id"))
    by: Mapped[Login]
    at: Mapped[datetime]
