"""Deviations: something was not as it should be; open until QA has closed it."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login, Word
from lims.core.moves import HasStanding
from lims.deviations.rules import (
    CapaKind,
    CapaStanding,
    DeviationClass,
    DeviationKind,
    DeviationStanding,
)

C = CapaStanding


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
    severity: Mapped[DeviationClass | None] = mapped_column(
        comment="empty until QA has assessed it"
    )
    immediate: Mapped[str] = mapped_column(
        default="", server_default="", comment="what was done at once"
    )
    cause: Mapped[str] = mapped_column(default="", server_default="")
    risk: Mapped[str] = mapped_column(
        default="", server_default="", comment="for product and participants"
    )
    assessed_by: Mapped[Login | None]
    assessed_at: Mapped[datetime | None]
    conclusion: Mapped[str] = mapped_column(default="")
    closed_by: Mapped[Login | None]
    closed_at: Mapped[datetime | None]


class Capa(HasStanding, Base):
    """A corrective or preventive measure after a deviation: who answers for it, and whether it works."""

    __tablename__ = "capa"
    stream = ("deviation", "deviation")
    moves: ClassVar = {
        C.PLANNED: frozenset({C.DONE, C.DROPPED}),
        C.DONE: frozenset({C.EFFECTIVE, C.NOT_EFFECTIVE}),
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    deviation: Mapped[str] = mapped_column(ForeignKey("deviation.number"), index=True)
    kind: Mapped[CapaKind]
    what: Mapped[str]
    owner: Mapped[Login]
    due_on: Mapped[date]
    check_on: Mapped[date] = mapped_column(comment="when it is looked at whether it works")
    standing: Mapped[CapaStanding] = mapped_column(default=C.PLANNED)
    by: Mapped[Login]
    at: Mapped[datetime]
    report: Mapped[str] = mapped_column(default="", comment="what was done")
    done_by: Mapped[Login | None]
    done_at: Mapped[datetime | None]
    checked_by: Mapped[Login | None]
    checked_at: Mapped[datetime | None]
    evidence: Mapped[str] = mapped_column(
        default="", comment="why it works, does not, or was dropped"
    )
