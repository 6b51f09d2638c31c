"""What instruments said: loggers of a span of time, counters of a suspension of cells."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.core.quantities import CellsPerMillilitre, Celsius, Minutes
from lims.instruments.rules import CountStanding


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


class InstrumentCount(HasStanding, Base):
    """One count of a counter's file; nothing rests on it until somebody takes it for something."""

    __tablename__ = "instrument_count"
    stream = ("instrument-count", "id")
    moves: ClassVar = {
        CountStanding.COUNTED: frozenset(
            {CountStanding.TAKEN, CountStanding.ANALYSED_ANEW, CountStanding.STRUCK_OUT}
        ),
        CountStanding.TAKEN: frozenset({CountStanding.COUNTED, CountStanding.ANALYSED_ANEW}),
    }

    id: Mapped[str] = mapped_column(primary_key=True, comment="random")
    instrument: Mapped[str] = mapped_column(ForeignKey("equipment.number"), index=True)
    file: Mapped[str] = mapped_column(ForeignKey("attachment.id"))
    line: Mapped[int] = mapped_column(comment="of the file")
    image: Mapped[str] = mapped_column(comment="the instrument's own name of the measurement")
    sample: Mapped[str] = mapped_column(comment="as it was typed at the instrument")
    counted_at: Mapped[datetime | None] = mapped_column(comment="by the instrument's clock")
    again: Mapped[str] = mapped_column(comment="when it was analysed anew, as the file has it")
    of: Mapped[str | None] = mapped_column(index=True, comment="number of what was counted")
    live: Mapped[CellsPerMillilitre]
    total: Mapped[CellsPerMillilitre]
    dilution: Mapped[Decimal | None] = mapped_column(comment="as the instrument knew it")
    standing: Mapped[CountStanding] = mapped_column(default=CountStanding.COUNTED)
    taken_for: Mapped[str | None] = mapped_column(index=True, comment="what rests on it")
    assigned_by: Mapped[Login | None] = mapped_column(comment="where its sample was no number")
    assigned_second: Mapped[Login | None]
    by: Mapped[Login]
    at: Mapped[datetime]
    struck_why: Mapped[str] = mapped_column(default="")
