"""The ledger of labels: each copy that was issued, and what became of it."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base
from lims.core.moves import HasStanding


class LabelStanding(StrEnum):
    """What became of a label."""

    ISSUED = "issued"
    ACTIVE = "active"  # scanned back after printing
    SUPERSEDED = "superseded"
    VOIDED = "voided"  # never stuck on: destroyed and accounted for


L = LabelStanding
_LIVE = text("standing IN ('issued', 'active')")


class Label(HasStanding, Base):
    """One printed copy of one number's label."""

    __tablename__ = "label"
    __table_args__ = (
        UniqueConstraint("number", "copy"),
        Index("uq_label_live", "number", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    )
    stream = ("label", "number")
    moves: ClassVar = {
        L.ISSUED: frozenset({L.ACTIVE, L.SUPERSEDED, L.VOIDED}),
        L.ACTIVE: frozenset({L.SUPERSEDED, L.VOIDED}),
    }

    code: Mapped[str] = mapped_column(primary_key=True, comment="what its symbols carry")
    number: Mapped[str] = mapped_column(comment="what it is stuck on")
    copy: Mapped[int]
    master: Mapped[str]
    version: Mapped[int]
    fields: Mapped[str] = mapped_column(comment="JSON of what was printed")
    standing: Mapped[LabelStanding] = mapped_column(default=L.ISSUED)
    printed_by: Mapped[str]
    printed_at: Mapped[datetime]
    scanned_by: Mapped[str | None]
    scanned_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="", comment="of a reprint")
