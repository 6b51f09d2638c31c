"""What QA decided about a lot, and the reviews of its trail."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.release.rules import Decision


class LotDecision(Base):
    """One decision; decisions of the program itself have no signature."""

    __tablename__ = "lot_decision"
    stream = ("lot", "lot")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    lot: Mapped[str] = mapped_column(ForeignKey("lot.number"), index=True)
    decision: Mapped[Decision]
    reason: Mapped[str]
    by: Mapped[Login]
    at: Mapped[datetime]
    signature: Mapped[str | None] = mapped_column(ForeignKey("signature.id"))


class TrailReview(Base):
    """That QA read the lot's trail up to so many entries."""

    __tablename__ = "trail_review"
    stream = ("lot", "lot")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    lot: Mapped[str] = mapped_column(ForeignKey("lot.number"), index=True)
    entries: Mapped[int]
    by: Mapped[Login]
    at: Mapped[datetime]
