"""What was entered later than it happened: kept with both times, and read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import Base, Login
from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.trust.identity.roles import Side


class LateEntry(Base):
    """One thing of which something was entered later than it happened."""

    __tablename__ = "late_entry"
    stream = ("late", "thing")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    thing: Mapped[str] = mapped_column(index=True, comment="its number")
    side: Mapped[Side]
    action: Mapped[str]
    happened_at: Mapped[datetime]
    entered_at: Mapped[datetime]
    because: Mapped[str]
    by: Mapped[Login]
    second: Mapped[Login | None]


@dataclass(frozen=True)
class EnteredLater:
    """What was done with what, when; and when, by whom, before whom and why it was entered."""

    thing: str
    action: str
    happened_at: datetime
    entered_at: datetime
    by: str
    second: str | None
    because: str


def entered_later(session: Session, thing: str, sides: frozenset[Side]) -> Sequence[EnteredLater]:
    """What was entered of a thing later than it happened, on these sides; oldest first."""
    found = select(LateEntry).where(LateEntry.thing == thing, LateEntry.side.in_(sides))
    rows = session.scalars(found.order_by(LateEntry.happened_at, LateEntry.id))
    return [facts(EnteredLater, row) for row in rows]


LATE_ENTRIES = Listing(
    (LateEntry.id,),
    finds=(LateEntry.thing, LateEntry.because, LateEntry.by),
    sorts={"entered-at": LateEntry.entered_at},
)


def entered_later_in_the_laboratory(
    session: Session, asked: Asked = EVERYTHING
) -> Listed[EnteredLater]:
    """What the laboratory entered later than it happened, the newest first."""
    return _entered_later(session, Side.LAB, asked)


def entered_later_on_the_ward(session: Session, asked: Asked = EVERYTHING) -> Listed[EnteredLater]:
    """What the ward entered later than it happened, the newest first."""
    return _entered_later(session, Side.WARD, asked)


def _entered_later(session: Session, side: Side, asked: Asked) -> Listed[EnteredLater]:
    found = select(LateEntry).where(LateEntry.side == side)
    page = one_page(session, found, LATE_ENTRIES, asked)
    return page.told(facts(EnteredLater, row) for row in page.rows)
