"""What an installation knows of its backups: when one was taken, and when one was proved."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import Base
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


class BackupStep(StrEnum):
    """What was done with a backup."""

    TAKEN = "taken"
    PROVED = "proved"  # restored into a scratch database, compared, verified


class BackupNote(Base):
    """That a backup was taken, or proved by restoring it."""

    __tablename__ = "backup_note"
    stream = ("backup", "step")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[BackupStep]
    name: Mapped[str]
    at: Mapped[datetime]


@dataclass(frozen=True)
class NoteBackup:
    """What was done, with which backup."""

    step: BackupStep
    name: str


@action(may=Permission.PROGRAM, served=False)
def note_backup(work: Work, wanted: NoteBackup) -> NoteBackup:
    """Remember that a backup was taken or proved; the administrator's work list shows its age."""
    work.add(BackupNote(step=wanted.step, name=wanted.name, at=work.now))
    return wanted


def newest_backup(session: Session, step: BackupStep) -> datetime | None:
    """When a backup was last taken, or proved."""
    found = select(BackupNote.at).where(BackupNote.step == step).order_by(BackupNote.id.desc())
    return session.scalar(found.limit(1))
