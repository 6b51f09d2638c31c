"""What loggers said of a span of time."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.quantities import Celsius, Minutes


class LoggerRun(Base):
    """A logger's file read for a thing and a span; read again, the newest counts."""

    __tablename__ = "logger_run"
    stream = ("logger-run", "of")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    of: Mapped[str] = mapped_column(index=True, comment="number of what lay beside it")
    logger: Mapped[str] = mapped_column(ForeignKey("equipment.number"))
    file: Mapped[str] = mapped_column(ForeignKey("attachment.id"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    readings: Mapped[int]
    lowest: Mapped[Celsius]
    highest: Mapped[Celsius]
    kinetic: Mapped[Celsius] = mapped_column(comment="mean kinetic temperature")
    outside: Mapped[Minutes] = mapped_column(comment="of the limits")
    silent: Mapped[Minutes] = mapped_column(comment="longest time without a reading")
    usual: Mapped[Minutes] = mapped_column(comment="time that mostly lies between two")
    curve: Mapped[str] = mapped_column(comment="minutes:°C, so many as can be drawn")
    by: Mapped[Login]
    at: Mapped[datetime]
