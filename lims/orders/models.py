"""The register of treatment numbers, and orders. No person, no lot, no arm."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.core.quantities import Kilograms, Millilitres
from lims.orders.rules import OrderStanding

O = OrderStanding  # noqa: E741 -- as in the other slices: one letter for the table of moves
_LIVE = text("standing <> 'cancelled'")


class TreatmentNumber(Base):
    """One line of the register: neutral, random, taken once, by whom is not in it."""

    __tablename__ = "treatment_number"
    __table_args__ = (UniqueConstraint("stratum", "sequence"),)
    stream = ("register", "stratum")

    number: Mapped[str] = mapped_column(primary_key=True)
    stratum: Mapped[str]
    sequence: Mapped[int]
    taken: Mapped[bool] = mapped_column(default=False)
    void: Mapped[bool] = mapped_column(default=False, comment="of a list that was replaced")


class Order(HasStanding, Base):
    """One infusion wanted: this is all that crosses from the ward to the laboratory."""

    __tablename__ = "infusion_order"
    __table_args__ = (
        Index(
            "uq_infusion_order_visit",
            "treatment",
            "visit",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )
    stream = ("order", "number")
    moves: ClassVar = {
        O.REQUESTED: frozenset({O.IN_PREPARATION, O.CANCELLED}),
        O.IN_PREPARATION: frozenset({O.REQUESTED, O.CANCELLED}),
    }

    number: Mapped[str] = mapped_column(primary_key=True)
    treatment: Mapped[str] = mapped_column(ForeignKey("treatment_number.number"), index=True)
    visit: Mapped[int]
    weight: Mapped[Kilograms]
    protocol: Mapped[int] = mapped_column(comment="the version that judged it, and its dose")
    volume: Mapped[Millilitres]
    slot_at: Mapped[datetime] = mapped_column(comment="when the bag is due on the ward")
    standing: Mapped[OrderStanding] = mapped_column(default=O.REQUESTED)
    halted_at: Mapped[datetime | None] = mapped_column(
        comment="the ward asks the bench to wait; never why"
    )


class TrialPause(Base):
    """That the trial was paused or resumed; the newest row counts, on both sides of the wall."""

    __tablename__ = "trial_pause"
    stream = ("pause", "trial")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    trial: Mapped[str]
    paused: Mapped[bool]
    reason: Mapped[str]
    by: Mapped[Login]
    at: Mapped[datetime]
