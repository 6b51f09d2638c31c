"""Donors by pseudonym, their serology, and the cords they gave."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.core.quantities import Celsius, Grams
from lims.donation.rules import CordStanding, DonorStanding


class Donor(HasStanding, Base):
    """A mother who gave consent before labour; her name is never in this system."""

    __tablename__ = "donor"
    stream = ("donor", "number")
    moves: ClassVar = {
        DonorStanding.PENDING: frozenset({DonorStanding.ELIGIBLE, DonorStanding.INELIGIBLE}),
        DonorStanding.ELIGIBLE: frozenset({DonorStanding.INELIGIBLE}),
        DonorStanding.INELIGIBLE: frozenset({DonorStanding.PENDING}),  # what excluded was a slip
    }

    number: Mapped[str] = mapped_column(primary_key=True, comment="the pseudonym")
    consent_version: Mapped[str]
    consent_language: Mapped[str]
    consent_at: Mapped[datetime]
    consent_witness: Mapped[str]
    history: Mapped[str] = mapped_column(default="", comment="answers of the questionnaire")
    history_clear: Mapped[bool | None] = mapped_column(comment="no finding that excludes")
    history_at: Mapped[datetime | None] = mapped_column(comment="when it was taken down")
    standing: Mapped[DonorStanding] = mapped_column(default=DonorStanding.PENDING)
    basis: Mapped[str] = mapped_column(default="", comment="of the eligibility decision")
    decided_at: Mapped[datetime | None]


class Serology(Base):
    """One marker of the mother's specimen; it can be amended."""

    __tablename__ = "serology"
    stream = ("donor", "donor")

    id: Mapped[int] = mapped_column(primary_key=True)
    donor: Mapped[str] = mapped_column(ForeignKey("donor.number"), index=True)
    marker: Mapped[str]
    specimen_at: Mapped[datetime]
    reactive: Mapped[bool]
    laboratory: Mapped[str]
    entered_by: Mapped[Login]
    entered_at: Mapped[datetime]


class Cord(HasStanding, Base):
    """An umbilical cord as it arrived."""

    __tablename__ = "cord"
    stream = ("donor", "donor")
    moves: ClassVar = {
        CordStanding.RECEIVED: frozenset({CordStanding.ACCEPTED, CordStanding.REJECTED}),
        CordStanding.ACCEPTED: frozenset({CordStanding.USED, CordStanding.REJECTED}),
    }

    number: Mapped[str] = mapped_column(primary_key=True)
    donor: Mapped[str] = mapped_column(ForeignKey("donor.number"), index=True)
    collected_at: Mapped[datetime]
    received_at: Mapped[datetime]
    lowest: Mapped[Celsius]
    highest: Mapped[Celsius]
    weight: Mapped[Grams]
    condition: Mapped[str]
    received_by: Mapped[Login]
    standing: Mapped[CordStanding] = mapped_column(default=CordStanding.RECEIVED)
    accepted_by: Mapped[Login | None]
    cleared_at: Mapped[datetime | None] = mapped_column(
        comment="when QA found the donor eligible for this donation"
    )
    donation: Mapped[str | None] = mapped_column(
        unique=True, index=True, comment="ISBT 128 donation number, where the module is on"
    )
