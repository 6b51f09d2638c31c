"""An older copy of the database that stands for the present: what makes one, and that QA went through it."""

from datetime import datetime
from typing import Final, cast

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.prepared import Prepared
from lims.trust.identity.roles import Permission

NOT_TAKEN_BACK: Final = frozenset(
    {
        Permission.GIVE_INFUSION, Permission.DISPATCH_BAG, Permission.FILL_BAG,
        Permission.RELEASE_BAG, Permission.RELEASE_LOT, Permission.DECIDE_PARTICIPANT,
    }
)  # fmt: skip


class RestoredCopy(Base):
    """That QA went through what an older copy does not know, and took it into use."""

    __tablename__ = "restored_copy"
    stream = ("restored-copy", "by")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    anchor: Mapped[str] = mapped_column(comment="what was kept elsewhere and is not here")
    newest_here: Mapped[int] = mapped_column(comment="the number of the newest seal then")
    found: Mapped[str] = mapped_column(comment="what was missing and what became of it")
    unknown: Mapped[str] = mapped_column(
        default="", comment="numbers on labels that it knows nothing of"
    )
    by: Mapped[Login]
    confirmed_by: Mapped[Login]
    at: Mapped[datetime]


class Restoration(Base):
    """That this database was made from a backup. The restore itself writes it, with the rows.

    In no stream: it stands there before anybody can act, and what QA signs of it names it.
    """

    __tablename__ = "restoration"
    stream = None
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    anchor: Mapped[str] = mapped_column(
        comment="the newest seal of the backup, and when it was restored"
    )
    taken_at: Mapped[datetime]
    at: Mapped[datetime]


_RESTORATIONS, _TAKEN = (cast("Table", kept.__table__) for kept in (Restoration, RestoredCopy))
_NOT_GONE_THROUGH = Prepared(
    select(_RESTORATIONS.c.anchor)
    .where(_RESTORATIONS.c.anchor.not_in(select(_TAKEN.c.anchor)))
    .order_by(_RESTORATIONS.c.id.desc())
    .limit(1)
)


def restored_from(connection: Connection) -> str:
    """The backup that this database was made from, until QA has gone through it; else nothing."""
    return _NOT_GONE_THROUGH.value(connection) or ""


def is_accepted(connection: Connection, anchor: str) -> bool:
    """Whether QA has taken the database into use without what this anchor knows."""
    taken = select(RestoredCopy.id).where(RestoredCopy.anchor == anchor)
    return connection.scalar(taken.limit(1)) is not None


def copies_accepted(connection: Connection) -> int:
    """How often an older copy was taken into use."""
    return connection.scalar(select(func.count()).select_from(RestoredCopy)) or 0
