"""The ledger of labels: each copy that was issued and what became of it; masters, printers."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.labelling.rules import JobStanding, LabelStanding, MasterStanding, PrinterSide

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
        L.ISSUED: frozenset({L.ACTIVE, L.SUPERSEDED, L.VOIDED, L.DESTROYED, L.RETURNED}),
        L.ACTIVE: frozenset({L.SUPERSEDED, L.DESTROYED, L.RETURNED}),
        L.SUPERSEDED: frozenset({L.DESTROYED}),
    }

    code: Mapped[str] = mapped_column(primary_key=True, comment="what its symbols carry")
    number: Mapped[str] = mapped_column(comment="what it is stuck on")
    copy: Mapped[int]
    master: Mapped[str]
    version: Mapped[int]
    fields: Mapped[str] = mapped_column(comment="JSON of what was printed")
    batch: Mapped[str] = mapped_column(default="", index=True, comment="reconciled together")
    standing: Mapped[LabelStanding] = mapped_column(default=L.ISSUED)
    printed_by: Mapped[Login]
    printed_at: Mapped[datetime]
    scanned_by: Mapped[Login | None]
    scanned_at: Mapped[datetime | None]
    ended_by: Mapped[Login | None] = mapped_column(comment="voided, destroyed or returned by")
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="", comment="of a reprint")


class MasterVersion(HasStanding, Base):
    """A version of a master that QA approved, with the digest of the file as it then was."""

    __tablename__ = "label_master"
    stream = ("label-master", "name")
    moves: ClassVar = {MasterStanding.IN_FORCE: frozenset({MasterStanding.OBSOLETE})}

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(comment="SHA-256 of the file")
    change: Mapped[str] = mapped_column(comment="what changed and why")
    standing: Mapped[MasterStanding] = mapped_column(default=MasterStanding.IN_FORCE)
    approved_by: Mapped[Login]
    approved_at: Mapped[datetime]


class Reconciliation(Base):
    """That all labels of a batch were accounted for, by two people."""

    __tablename__ = "label_reconciliation"
    stream = ("label-batch", "batch")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    batch: Mapped[str] = mapped_column(index=True)
    issued: Mapped[int]
    used: Mapped[int]
    voided: Mapped[int]
    destroyed: Mapped[int]
    returned: Mapped[int]
    by: Mapped[Login]
    checked_by: Mapped[Login]
    at: Mapped[datetime]


class Printer(Base):
    """A label printer that takes ZPL over TCP; a desk printer needs no entry, it prints PDF."""

    __tablename__ = "printer"
    stream = ("printer", "name")

    name: Mapped[str] = mapped_column(primary_key=True)
    side: Mapped[PrinterSide]
    host: Mapped[str]
    port: Mapped[int] = mapped_column(default=9100)
    dpi: Mapped[int]
    station: Mapped[str] = mapped_column(default="", comment="whose labels it prints by itself")
    in_service: Mapped[bool] = mapped_column(default=True)


J = JobStanding
_OPEN = text("standing IN ('waiting', 'sending', 'asked')")


class PrintJob(HasStanding, Base):
    """One label on its way to one printer."""

    __tablename__ = "print_job"
    __table_args__ = (Index("ix_print_job_open", "at", sqlite_where=_OPEN, postgresql_where=_OPEN),)
    stream = ("label", "number")
    moves: ClassVar = {
        J.WAITING: frozenset({J.SENDING, J.GIVEN_UP}),
        J.SENDING: frozenset({J.PRINTED, J.UNKNOWN, J.WAITING, J.GIVEN_UP}),
        J.UNKNOWN: frozenset({J.ASKED, J.PRINTED, J.WAITING, J.GIVEN_UP}),
        J.ASKED: frozenset({J.PRINTED, J.UNKNOWN, J.WAITING, J.GIVEN_UP}),
    }

    id: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(ForeignKey("label.code"), index=True)
    number: Mapped[str]
    printer: Mapped[str] = mapped_column(ForeignKey("printer.name"))
    standing: Mapped[JobStanding] = mapped_column(default=J.WAITING)
    counted: Mapped[int | None] = mapped_column(comment="labels that it had printed before")
    says: Mapped[str] = mapped_column(default="", comment="what the printer answered")
    by: Mapped[Login]
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
