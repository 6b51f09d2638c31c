"""The bag: the parcel that crosses from the laboratory to the ward. It knows no content."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.bags.rules import GIVEN_BACK, STOPPED, BagStanding
from lims.core.db import Base
from lims.core.moves import HasStanding
from lims.core.quantities import Millilitres

B = BagStanding
_GONE = STOPPED | {B.DAMAGED, B.DESTROYED}


class Bag(HasStanding, Base):
    """One infusion bag."""

    __tablename__ = "bag"
    stream = ("bag", "number")
    moves: ClassVar = {
        B.FILLING: frozenset({B.DRAWN}) | _GONE,
        B.DRAWN: frozenset({B.RELEASED}) | _GONE,
        B.RELEASED: frozenset({B.DISPATCHED}) | _GONE,
        B.DISPATCHED: frozenset({B.RECEIVED, B.RETURNED}) | _GONE,
        B.RECEIVED: frozenset({B.IN_USE, B.RETURNED}) | _GONE,
        B.IN_USE: frozenset({B.RECEIVED, B.INFUSED, B.PARTLY_INFUSED, B.NOT_GIVEN, B.WITHDRAWN}),
        B.INFUSED: frozenset({B.PARTLY_INFUSED, B.NOT_GIVEN}),  # amended: the volume was mistyped
        B.PARTLY_INFUSED: frozenset({B.INFUSED, B.NOT_GIVEN}),
        B.NOT_GIVEN: frozenset({B.INFUSED, B.PARTLY_INFUSED}),
        # Into use only by a paper form that says that it was given nevertheless.
        B.WITHDRAWN: GIVEN_BACK | {B.RETURNED, B.DESTROYED, B.DAMAGED, B.IN_USE},
        B.EXPIRED: frozenset({B.RETURNED, B.DESTROYED, B.IN_USE}),
    }

    number: Mapped[str] = mapped_column(primary_key=True)
    order: Mapped[str] = mapped_column(ForeignKey("infusion_order.number"), index=True)
    protocol: Mapped[int] = mapped_column(comment="the version that its order was judged by")
    volume: Mapped[Millilitres]
    expires_at: Mapped[datetime]
    standing: Mapped[BagStanding] = mapped_column(default=B.FILLING)
    sleeve: Mapped[str | None] = mapped_column(unique=True, comment="serial of the opaque sleeve")
    dispatched_at: Mapped[datetime | None]
    withdrawn_from: Mapped[BagStanding | None] = mapped_column(
        comment="where it stood; empty where a false alarm gives nothing back"
    )
    because: Mapped[str] = mapped_column(default="", comment="why it alone was stopped or ended")
    notice_at: Mapped[datetime | None] = mapped_column(comment="call the laboratory; any cause")
