"""The bag: the parcel that crosses from the laboratory to the ward. It knows no content."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.bags.rules import LOST, BagStanding
from lims.core.db import Base
from lims.core.moves import HasStanding
from lims.core.quantities import Millilitres

B = BagStanding


class Bag(HasStanding, Base):
    """One infusion bag."""

    __tablename__ = "bag"
    stream = ("bag", "number")
    moves: ClassVar = {
        B.FILLING: frozenset({B.DRAWN}) | LOST,
        B.DRAWN: frozenset({B.RELEASED}) | LOST,
        B.RELEASED: frozenset({B.DISPATCHED}) | LOST,
        B.DISPATCHED: frozenset({B.RECEIVED, B.RETURNED}) | LOST,
        B.RECEIVED: frozenset({B.IN_USE, B.RETURNED}) | LOST,
        B.IN_USE: frozenset({B.RECEIVED, B.INFUSED, B.PARTLY_INFUSED, B.WITHDRAWN}),
    }

    number: Mapped[str] = mapped_column(primary_key=True)
    order: Mapped[str] = mapped_column(ForeignKey("infusion_order.number"), index=True)
    protocol: Mapped[int] = mapped_column(comment="the version that its order was judged by")
    volume: Mapped[Millilitres]
    expires_at: Mapped[datetime]
    standing: Mapped[BagStanding] = mapped_column(default=B.FILLING)
    sleeve: Mapped[str | None] = mapped_column(unique=True, comment="serial of the opaque sleeve")
    dispatched_at: Mapped[datetime | None]
    notice_at: Mapped[datetime | None] = mapped_column(comment="call the laboratory; any cause")
