"""Donors by pseudonym: consent, history, serology, and the cords they gave."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.core.quantities import Celsius, Centimetres, Grams
from lims.core.rounding import Qualifier
from lims.donation.rules import (
    CordStanding,
    DonorStanding,
    Finding,
    SpecimenOf,
    WithdrawalScope,
)

D = DonorStanding


class Donor(HasStanding, Base):
    """A mother who gave consent before labour; her name is never in this system."""

    __tablename__ = "donor"
    stream = ("donor", "number")
    moves: ClassVar = {
        D.PENDING: frozenset({D.ELIGIBLE, D.INELIGIBLE, D.WITHDRAWN}),
        D.ELIGIBLE: frozenset(
            {D.INELIGIBLE, D.WITHDRAWN, D.PENDING}
        ),  # what it rested on is not so
        D.INELIGIBLE: frozenset({D.PENDING, D.WITHDRAWN}),  # what excluded was a slip
        D.WITHDRAWN: frozenset({D.PENDING}),  # it was somebody else who withdrew
    }

    number: Mapped[str] = mapped_column(primary_key=True, comment="the pseudonym")
    consent_version: Mapped[str]
    consent_language: Mapped[str]
    consent_at: Mapped[datetime]
    consent_witness: Mapped[str]
    protocol: Mapped[int | None] = mapped_column(comment="the version that has her form's text")
    recontact: Mapped[bool | None] = mapped_column(comment="she may be asked for blood again")
    research: Mapped[bool | None] = mapped_column(comment="what is left may serve research")
    history: Mapped[str] = mapped_column(default="", comment="what was found besides the answers")
    history_clear: Mapped[bool | None] = mapped_column(comment="nothing of it excludes")
    history_at: Mapped[datetime | None] = mapped_column(comment="when it was taken down")
    standing: Mapped[DonorStanding] = mapped_column(default=DonorStanding.PENDING)
    basis: Mapped[str] = mapped_column(default="", comment="of the eligibility decision")
    decided_at: Mapped[datetime | None]


class Withdrawal(Base):
    """What a mother withdrew, and when she said so."""

    __tablename__ = "withdrawal"
    stream = ("donor", "donor")

    id: Mapped[int] = mapped_column(primary_key=True)
    donor: Mapped[str] = mapped_column(ForeignKey("donor.number"), index=True)
    scope: Mapped[WithdrawalScope]
    said_at: Mapped[datetime] = mapped_column(comment="by her")
    told_to: Mapped[str] = mapped_column(comment="who heard it")
    was: Mapped[DonorStanding] = mapped_column(comment="the donor's standing before")
    basis: Mapped[str] = mapped_column(comment="of that standing")
    by: Mapped[Login]
    at: Mapped[datetime]
    annulled_by: Mapped[Login | None]
    annulled_at: Mapped[datetime | None]
    annulled_why: Mapped[str] = mapped_column(default="")


class DonorAnswer(Base):
    """One answer of the questionnaire; asked again, it is a new row."""

    __tablename__ = "donor_answer"
    stream = ("donor", "donor")

    id: Mapped[int] = mapped_column(primary_key=True)
    donor: Mapped[str] = mapped_column(ForeignKey("donor.number"), index=True)
    code: Mapped[str]
    value: Mapped[str]
    protocol: Mapped[int] = mapped_column(comment="the version that asked")
    by: Mapped[Login]
    at: Mapped[datetime]


class Serology(Base):
    """One marker of one specimen; it can be amended, and is then reviewed anew."""

    __tablename__ = "serology"
    stream = ("donor", "donor")

    id: Mapped[int] = mapped_column(primary_key=True)
    donor: Mapped[str] = mapped_column(ForeignKey("donor.number"), index=True)
    marker: Mapped[str]
    specimen_of: Mapped[SpecimenOf | None] = mapped_column(comment="empty: the mother's")
    specimen: Mapped[str] = mapped_column(default="", comment="number on the tube")
    specimen_at: Mapped[datetime]
    reactive: Mapped[bool | None] = mapped_column(comment="empty: inconclusive")
    qualifier: Mapped[Qualifier | None]
    value: Mapped[Decimal | None] = mapped_column(comment="index or titre, as reported")
    method: Mapped[str] = mapped_column(default="", comment="kit and method")
    laboratory: Mapped[str]
    report: Mapped[str | None] = mapped_column(comment="the file that it was read from")
    entered_by: Mapped[Login]
    entered_at: Mapped[datetime]
    reviewed_by: Mapped[Login | None]
    reviewed_at: Mapped[datetime | None]

    @property
    def finding(self) -> Finding:
        """What the laboratory says."""
        found = {True: Finding.REACTIVE, False: Finding.NOT_REACTIVE}
        return Finding.INCONCLUSIVE if self.reactive is None else found[self.reactive]

    @property
    def whose(self) -> SpecimenOf:
        """Whose blood was drawn; it was the mother's before that was asked."""
        return self.specimen_of or SpecimenOf.MOTHER


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
    lowest: Mapped[Celsius | None] = mapped_column(comment="as read off; the file says more")
    highest: Mapped[Celsius | None]
    weight: Mapped[Grams]
    length: Mapped[Centimetres | None]
    seal: Mapped[str] = mapped_column(default="", comment="of the container")
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
