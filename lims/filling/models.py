"""Preparation sessions and what went into each bag. WALLED: nothing of the ward points here."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.blinding.rules import Arm
from lims.core.db import Base, Login
from lims.core.quantities import CellCount, Millilitres, Percent


class Preparation(Base):
    """One session at one bench. Both lots are staged for it, whatever the orders turn out to be:

    a recall by session then takes the same bags in both arms.
    """

    __tablename__ = "preparation"
    stream = ("session", "number")

    number: Mapped[str] = mapped_column(primary_key=True)
    cell_lot: Mapped[str] = mapped_column(ForeignKey("lot.number"))
    vehicle_lot: Mapped[str] = mapped_column(ForeignKey("lot.number"))
    opened_by: Mapped[Login]
    cleared_by: Mapped[Login] = mapped_column(comment="line clearance, second person")
    opened_at: Mapped[datetime]
    stopped_because: Mapped[str] = mapped_column(default="", comment="news that closed it")
    closed_at: Mapped[datetime | None]


class Fill(Base):
    """What went into one bag: raw counts, what followed from them, who did and checked it."""

    __tablename__ = "fill"
    stream = ("session", "session")

    bag: Mapped[str] = mapped_column(ForeignKey("bag.number"), primary_key=True)
    session: Mapped[str] = mapped_column(ForeignKey("preparation.number"), index=True)
    order: Mapped[str] = mapped_column(ForeignKey("infusion_order.number"), index=True)
    content: Mapped[Arm]
    started_by: Mapped[Login]
    started_at: Mapped[datetime]
    live: Mapped[int | None]
    dead: Mapped[int | None]
    squares: Mapped[int | None]
    dilution: Mapped[Decimal | None]
    pool: Mapped[Millilitres | None]
    viability: Mapped[Percent | None]
    drawn: Mapped[Millilitres | None]
    diluent: Mapped[Millilitres | None]
    target: Mapped[CellCount | None]
    actual: Mapped[CellCount | None]
    deviation: Mapped[Percent | None]
    dmso_g_per_kg: Mapped[Decimal | None]
    drawn_by: Mapped[Login | None]
    checked_by: Mapped[Login | None]
    drawn_at: Mapped[datetime | None]
    released_by: Mapped[Login | None]
    released_at: Mapped[datetime | None] = mapped_column(comment="conditionally")
    given_up_because: Mapped[str] = mapped_column(default="")
    certified_at: Mapped[datetime | None] = mapped_column(comment="finally, sterility closed")


class PoolCount(Base):
    """What a second person counted in the same pool, before anybody saw what the first had found."""

    __tablename__ = "pool_count"
    stream = ("session", "session")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    bag: Mapped[str] = mapped_column(ForeignKey("fill.bag"), index=True)
    session: Mapped[str]
    live: Mapped[int]
    dead: Mapped[int]
    squares: Mapped[int]
    dilution: Mapped[Decimal]
    by: Mapped[Login]
    at: Mapped[datetime]
