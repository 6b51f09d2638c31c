"""What each treatment number means: encrypted, one row each, and every look at it."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login


class SealedList(Base):
    """One import of the statistician's list."""

    __tablename__ = "sealed_list"
    stream = ("list", "digest")
    insert_only = True

    digest: Mapped[str] = mapped_column(
        primary_key=True, comment="of the list, under its own key: nobody can guess rows by it"
    )
    rows: Mapped[int]
    imported_by: Mapped[Login]
    imported_at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(ForeignKey("signature.id"))


class SealedRow(Base):
    """One treatment number's arm, AES-GCM with the key outside the database."""

    __tablename__ = "sealed_row"
    stream = ("list", "list")
    insert_only = True

    treatment: Mapped[str] = mapped_column(ForeignKey("treatment_number.number"), primary_key=True)
    list: Mapped[str] = mapped_column(ForeignKey("sealed_list.digest"))
    row: Mapped[int]
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Look(Base):
    """That one row was opened, by whom, and what for."""

    __tablename__ = "look"
    stream = ("list", "treatment")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    treatment: Mapped[str] = mapped_column(ForeignKey("treatment_number.number"), index=True)
    purpose: Mapped[str]
    by: Mapped[Login]
    at: Mapped[datetime]
