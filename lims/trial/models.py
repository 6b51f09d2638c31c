"""Participants, their screening, weighings and the decisions on them. Ward side only."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login, Word
from lims.core.moves import HasStanding
from lims.core.quantities import Kilograms
from lims.trial.rules import ParticipantStanding, Sex, WeighingStanding
from lims.trial.windows import WardDeviationKind

P = ParticipantStanding


class Participant(HasStanding, Base):
    """Somebody in the trial; the number is on the wristband and says nothing."""

    __tablename__ = "participant"
    stream = ("participant", "number")
    secrets = frozenset({"identity", "wristband"})
    moves: ClassVar = {
        P.SCREENING: frozenset({P.ELIGIBLE, P.NOT_ELIGIBLE, P.WITHDRAWN}),
        P.NOT_ELIGIBLE: frozenset({P.ELIGIBLE}),  # screened again
        P.ELIGIBLE: frozenset({P.RANDOMISED, P.NOT_ELIGIBLE, P.WITHDRAWN}),
        P.RANDOMISED: frozenset({P.WITHDRAWN}),
    }

    number: Mapped[str] = mapped_column(primary_key=True)
    initials: Mapped[str]
    sex: Mapped[Sex] = mapped_column(Word(Sex))
    born_on: Mapped[date]
    identity: Mapped[str] = mapped_column(
        unique=True, comment="keyed digest; one person, one number"
    )
    wristband: Mapped[str | None] = mapped_column(
        unique=True,
        index=True,
        comment="keyed digest of the hospital's own wristband, if it is linked",
    )
    consent_version: Mapped[str]
    consent_at: Mapped[datetime]
    stratum: Mapped[str]
    standing: Mapped[ParticipantStanding] = mapped_column(default=P.SCREENING)
    treatment: Mapped[str | None] = mapped_column(
        ForeignKey("treatment_number.number"), unique=True
    )
    randomised_at: Mapped[datetime | None]
    first_infusion_at: Mapped[datetime | None]
    last_infusion_at: Mapped[datetime | None]
    code_broken_at: Mapped[datetime | None] = mapped_column(comment="the fact, never the arm")
    code_broken_by: Mapped[Login] = mapped_column(
        default="", comment="who knows the arm and judges no more, by blanks"
    )
    withdrawn_because: Mapped[str] = mapped_column(default="")
    missed: Mapped[str] = mapped_column(default="", comment="infusions declared missed, by blanks")
    late_visit: Mapped[int | None] = mapped_column(comment="may be given after its window")


class ScreeningAnswer(Base):
    """One answer to one criterion; a new screening is a new row."""

    __tablename__ = "screening_answer"
    stream = ("participant", "participant")

    id: Mapped[int] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(ForeignKey("participant.number"), index=True)
    code: Mapped[str]
    value: Mapped[str]
    protocol: Mapped[int] = mapped_column(comment="the version that judged it")
    by: Mapped[Login]
    at: Mapped[datetime]


class WardDeviation(Base):
    """What did not go by the protocol on the ward, as the investigator signed it; never an arm."""

    __tablename__ = "ward_deviation"
    stream = ("participant", "participant")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(ForeignKey("participant.number"), index=True)
    kind: Mapped[WardDeviationKind]
    visit: Mapped[int | None]
    what: Mapped[str]
    by: Mapped[Login]
    at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(ForeignKey("signature.id"))


W = WeighingStanding


class Weighing(HasStanding, Base):
    """A weight entered by one person and, blind, by a second."""

    __tablename__ = "weighing"
    stream = ("participant", "participant")
    moves: ClassVar = {
        W.OPEN: frozenset({W.CONFIRMED, W.DISAGREED, W.UNLIKELY}),
        W.UNLIKELY: frozenset({W.CONFIRMED, W.DISAGREED}),
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(ForeignKey("participant.number"), index=True)
    visit: Mapped[int]
    weight: Mapped[Kilograms]
    scale: Mapped[str]
    by: Mapped[Login]
    at: Mapped[datetime]
    standing: Mapped[WeighingStanding] = mapped_column(default=W.OPEN)
    second: Mapped[Kilograms | None]
    second_by: Mapped[Login | None]
    second_at: Mapped[datetime | None]
    settled_by: Mapped[Login | None] = mapped_column(comment="who weighed the third time or signed")
    settled_because: Mapped[str] = mapped_column(default="", comment="why an unlikely one is right")


class Fitness(Base):
    """An investigator's signed word on one infusion; the newest counts, unless it was undone."""

    __tablename__ = "fitness"
    stream = ("participant", "participant")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(ForeignKey("participant.number"), index=True)
    visit: Mapped[int]
    fit: Mapped[bool]
    reason: Mapped[str]
    by: Mapped[Login]
    at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(ForeignKey("signature.id"))


class FitnessUndone(Base):
    """That an event undid fitness: what was signed before counts no more."""

    __tablename__ = "fitness_undone"
    stream = ("participant", "participant")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(ForeignKey("participant.number"), index=True)
    visit: Mapped[int]
    because: Mapped[str]
    by: Mapped[Login]
    at: Mapped[datetime]
