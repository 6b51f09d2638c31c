"""Who looked at what concerns a person: each look at a record marked sensitive stays."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.trust.identity.people import Actor
from lims.trust.identity.roles import Side
from lims.trust.installation import Site
from lims.trust.trail.apart import keep_if_possible

ONE_LOOK = timedelta(minutes=1)  # the same page again within it, as after a form, is the same look
LEFT_OPEN = timedelta(hours=12)  # for which a page that was looked at may renew itself


class RecordLook(Base):
    """That somebody opened a page or file of a record, and of which one."""

    __tablename__ = "record_look"
    stream = ("look", "by")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    side: Mapped[Side]
    page: Mapped[str]
    about: Mapped[str] = mapped_column(comment="the record's number, or a file's name")
    by: Mapped[Login] = mapped_column(index=True)
    station: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


def keep_look(
    site: Site, side: Side, page: str, about: str, actor: Actor, within: timedelta = ONE_LOOK
) -> None:
    """Keep that this person looks now, unless it is the same look as one `within` this time.

    Nobody is kept from a record because the look cannot be kept.
    """
    same = select(RecordLook.id).where(
        RecordLook.by == actor.login,
        RecordLook.at > site.now - within,
        RecordLook.page == page,
        RecordLook.about == about,
        RecordLook.station == actor.station,
    )

    def row_at(at: datetime) -> RecordLook:
        return RecordLook(
            side=side, page=page, about=about, by=actor.login, station=actor.station, at=at
        )

    keep_if_possible(site, side, row_at, actor.told(page), same)
