"""Receipt, checks, infusions and what was seen. Ward side only."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from lims.bedside.rules import InfusionStanding, Word
from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.core.quantities import Celsius, Millilitres


class Receipt(Base):
    """A bag received on the ward."""

    __tablename__ = "receipt"
    stream = ("bag", "bag")
    insert_only = True

    bag: Mapped[str] = mapped_column(ForeignKey("bag.number"), primary_key=True)
    temperature: Mapped[Celsius]
    intact: Mapped[bool]
    by: Mapped[Login]
    at: Mapped[datetime]


class Check(Base):
    """A verdict as it was given. A STOP is a fact, kept like a GO."""

    __tablename__ = "bedside_check"
    stream = ("check", "wristband")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    wristband: Mapped[str] = mapped_column(
        comment="ours as it was scanned; any other as a keyed digest"
    )
    bag: Mapped[str] = mapped_column(index=True, comment="ours, or a keyed digest")
    manual: Mapped[bool] = mapped_column(comment="typed by hand")
    word: Mapped[Word]
    reasons: Mapped[str] = mapped_column(comment="codes, separated by blanks")
    by: Mapped[Login]
    at: Mapped[datetime]


I = InfusionStanding  # noqa: E741 -- as in the other slices: one letter for the table of moves


_LIVE = text("standing <> 'given_up'")


class Infusion(HasStanding, Base):
    """One bag, one infusion."""

    __tablename__ = "infusion"
    __table_args__ = (
        Index("uq_infusion_bag", "bag", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    )
    stream = ("infusion", "number")
    moves: ClassVar = {
        I.VERIFIED: frozenset({I.INFUSING, I.GIVEN_UP}),
        I.INFUSING: frozenset({I.ENDED}),
    }

    number: Mapped[str] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(ForeignKey("participant.number"), index=True)
    bag: Mapped[str] = mapped_column(ForeignKey("bag.number"), index=True)
    visit: Mapped[int]
    standing: Mapped[InfusionStanding] = mapped_column(default=I.VERIFIED)
    verified_by: Mapped[Login]
    verified_at: Mapped[datetime]
    confirmed_by: Mapped[Login | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    given: Mapped[Millilitres | None]
    empty_bag: Mapped[str] = mapped_column(default="", comment="what became of the empty bag")


class Observation(Base):
    """What a nurse saw during or after an infusion."""

    __tablename__ = "observation"
    stream = ("infusion", "infusion")

    id: Mapped[int] = mapped_column(primary_key=True)
    infusion: Mapped[str] = mapped_column(ForeignKey("infusion.number"), index=True)
    at: Mapped[datetime]
    by: Mapped[Login]
    temperature: Mapped[Celsius | None]
    pulse: Mapped[int | None]
    systolic: Mapped[int | None]
    diastolic: Mapped[int | None]
    seen: Mapped[str]
    interrupted: Mapped[bool]
