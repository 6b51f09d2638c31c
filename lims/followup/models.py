"""Adverse events and outcome measurements. Ward side only."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.quantities import InsulinUnits, Percent
from lims.followup.rules import Severity


class AdverseEvent(Base):
    """One adverse event; it can be amended."""

    __tablename__ = "adverse_event"
    stream = ("participant", "participant")

    id: Mapped[int] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(ForeignKey("participant.number"), index=True)
    term: Mapped[str]
    onset: Mapped[date]
    severity: Mapped[Severity]
    serious: Mapped[bool]
    related: Mapped[bool] = mapped_column(comment="in the investigator's judgement, blinded")
    described: Mapped[str]
    by: Mapped[Login]
    at: Mapped[datetime]


class Assessment(Base):
    """Outcome measurements of one week; week 0 is the baseline. They can be amended."""

    __tablename__ = "assessment"
    __table_args__ = (UniqueConstraint("participant", "week"),)
    stream = ("participant", "participant")

    id: Mapped[int] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(ForeignKey("participant.number"), index=True)
    week: Mapped[int]
    protocol: Mapped[int] = mapped_column(comment="the version that judged it")
    measured_on: Mapped[date] = mapped_column(comment="the site's day")
    hba1c: Mapped[Percent]
    insulin: Mapped[InsulinUnits] = mapped_column(comment="per day")
    c_peptide: Mapped[Decimal | None] = mapped_column(comment="fasting, ng/mL")
    by: Mapped[Login]
    at: Mapped[datetime]
