"""Anchors: the newest seal, kept where this machine's copies do not reach.

A copy of yesterday is whole in itself: every chain, every seal, every row. Only somebody else knows
that there was a today. So the newest seal is written to a file on another machine or disk
(FUNIS_ANCHORS), and what the file knows and the database does not stops whatever cannot be taken
back, until QA has gone through what is missing.
"""

import logging
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Final, cast

from sqlalchemy import Connection, Table, select
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.errors import Refused
from lims.core.prepared import Prepared
from lims.core.reasons import Reason
from lims.trust.identity.roles import Permission
from lims.trust.trail.seals import LastSeal, Seal

EVERY_SECONDS: Final = 5.0
LONGEST_LINE: Final = 4096
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


def told(seal: LastSeal) -> str:
    """A seal as it is kept elsewhere."""
    return f"{seal.number}/{seal.root}/{seal.signature}"


def newest_kept(file: Path) -> str:
    """The last anchor of the file; empty if there is none yet."""
    try:
        with file.open("rb") as kept:
            kept.seek(0, os.SEEK_END)
            kept.seek(max(0, kept.tell() - LONGEST_LINE))
            lines = kept.read().decode("ascii", "replace").split("\n")
    except FileNotFoundError:
        return ""
    return next((line for line in reversed(lines) if line.strip()), "").strip()


def keep(file: Path, anchor: str) -> None:
    """Write an anchor behind the others, through to the disk."""
    with file.open("a", encoding="ascii") as kept:
        kept.write(f"{anchor}\n")
        kept.flush()
        os.fsync(kept.fileno())


def is_here(connection: Connection, anchor: str) -> bool:
    """Whether the database has this very seal, or QA has taken it into use without."""
    number = anchor.partition("/")[0]
    columns = select(Seal.number, Seal.root, Seal.signature).where(Seal.number == _whole(number))
    found = connection.execute(columns).first()
    if found is not None and told(found) == anchor:
        return True
    taken = select(RestoredCopy.id).where(RestoredCopy.anchor == anchor)
    return connection.scalar(taken.limit(1)) is not None


def _whole(number: str) -> int:
    return int(number) if number.isascii() and number.isdigit() and len(number) < 16 else -1


@dataclass
class AnchorWatch:
    """Keeps the newest seal elsewhere, and knows whether what is kept there is here."""

    file: Path | None
    missing: str = ""  # the anchor that the database does not know
    trouble: str = ""  # why nothing can be kept
    every: float = EVERY_SECONDS
    _looked: float = field(default=float("-inf"), repr=False)

    def look(self, connection: Connection, last: LastSeal) -> None:
        """Compare, and keep what is new; at most every few seconds."""
        if self.file is None or monotonic() - self._looked < self.every:
            return
        self._looked = monotonic()
        try:
            kept = newest_kept(self.file)
            self.missing = "" if not kept or is_here(connection, kept) else kept
            if last is not None and not self.missing and told(last) != kept:
                keep(self.file, told(last))
            self.trouble = ""
        except OSError as error:
            if not self.trouble:
                logging.getLogger(__name__).exception("anchors cannot be kept")
            self.trouble = error.strerror or type(error).__name__

    def not_gone_through(self, connection: Connection, last: LastSeal) -> tuple[str, ...]:
        """By what it is known that this is an older copy, which QA has not gone through yet."""
        self.look(connection, last)
        return tuple(filter(None, (restored_from(connection), self.missing)))

    def must_be_here(self, may: Permission, connection: Connection, last: LastSeal) -> None:
        """Refuse what cannot be taken back while an older copy stands here for the present."""
        self.look(connection, last)
        if may in NOT_TAKEN_BACK and (self.missing or restored_from(connection)):
            raise Refused(Reason("older-copy.reason"))
