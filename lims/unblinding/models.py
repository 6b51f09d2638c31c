"""Every code break and look-back: who, why, when. No arm is kept here."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.unblinding.rules import BreakReason


class CodeBreak(Base):
    """One participant's code, broken by one person."""

    __tablename__ = "code_break"
    stream = ("code-break", "participant")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(ForeignKey("participant.number"), index=True)
    reason: Mapped[BreakReason]
    detail: Mapped[str]
    by: Mapped[Login]
    at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(ForeignKey("signature.id"))


class LookBack(Base):
    """That somebody asked who received something, or what a participant received."""

    __tablename__ = "look_back"
    stream = ("look-back", "of")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    of: Mapped[str]
    reason: Mapped[str]
    by: Mapped[Login]
    at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(ForeignKey("signature.id"))
