"""The bag: the parcel that crosses from the laboratory to the ward. It knows no content."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base
from lims.core.moves import HasStanding
from lims.core.quantities import Millilitres


class BagStanding(StrEnum):
    """Where a bag stands. Every bag ends in exactly one of the last seven."""

    FILLING = "filling"
    DRAWN = "drawn"
    RELEASED = "released"
    DISPATCHED = "dispatched"
    RECEIVED = "received"
    IN_USE = "in_use"
    INFUSED = "infused"
    PARTLY_INFUSED = "partly_infused"
    RETURNED = "returned"
    DESTROYED = "destroyed"
    EXPIRED = "expired"
    DAMAGED = "damaged"
    WITHDRAWN = "withdrawn"


B = BagStanding
_LOST = frozenset({B.DAMAGED, B.WITHDRAWN, B.EXPIRED, B.DESTROYED})
TERMINAL = _LOST | {B.INFUSED, B.PARTLY_INFUSED, B.RETURNED}
ON_THE_WARD = frozenset({B.DISPATCHED, B.RECEIVED, B.IN_USE})


class Bag(HasStanding, Base):
    """One infusion bag."""

    __tablename__ = "bag"
    stream = ("bag", "number")
    moves: ClassVar = {
        B.FILLING: frozenset({B.DRAWN}) | _LOST,
        B.DRAWN: frozenset({B.RELEASED}) | _LOST,
        B.RELEASED: frozenset({B.DISPATCHED}) | _LOST,
        B.DISPATCHED: frozenset({B.RECEIVED, B.RETURNED}) | _LOST,
        B.RECEIVED: frozenset({B.IN_USE, B.RETURNED}) | _LOST,
        B.IN_USE: frozenset({B.RECEIVED, B.INFUSED, B.PARTLY_INFUSED, B.WITHDRAWN}),
    }

    number: Mapped[str] = mapped_column(primary_key=True)
    order: Mapped[str] = mapped_column(ForeignKey("infusion_order.number"), index=True)
    volume: Mapped[Millilitres]
    expires_at: Mapped[datetime]
    standing: Mapped[BagStanding] = mapped_column(default=B.FILLING)
    sleeve: Mapped[str | None] = mapped_column(unique=True, comment="serial of the opaque sleeve")
    dispatched_at: Mapped[datetime | None]
    notice_at: Mapped[datetime | None] = mapped_column(comment="call the laboratory; any cause")
