"""Deviations: something was not as it should be; open until QA has closed it."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login, Word
from lims.core.moves import HasStanding
from lims.deviations.rules import DeviationKind, DeviationStanding


class Deviation(HasStanding, Base):
    """One deviation about one thing."""

    __tablename__ = "deviation"
    stream = ("deviation", "number")
    moves: ClassVar = {DeviationStanding.OPEN: frozenset({DeviationStanding.CLOSED})}

    number: Mapped[str] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(index=True, comment="number of the lot, cord, bag …")
    code: Mapped[DeviationKind] = mapped_column(Word(DeviationKind))
    what: Mapped[str]
    standing: Mapped[DeviationStanding] = mapped_column(default=DeviationStanding.OPEN)
    opened_by: Mapped[Login]
    opened_at: Mapped[datetime]
    conclusion: Mapped[str] = mapped_column(default="")
    closed_by: Mapped[Login | None]
    closed_at: Mapped[datetime | None]
