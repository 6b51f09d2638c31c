"""Reads of the files of records."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.attachments.models import Attachment
from lims.attachments.rules import AttachmentStanding, FileKind
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.trust.identity.roles import Side


@dataclass(frozen=True)
class AttachmentFacts:
    """A file as it is read; what is in it has a route of its own."""

    id: str
    about: str
    what: str
    name: str
    kind: FileKind
    size: int
    digest: str
    standing: AttachmentStanding
    by: str
    at: datetime
    struck_by: str | None
    struck_at: datetime | None
    struck_why: str


@dataclass(frozen=True)
class FilesOfRecord:
    """The files of one record, the newest first."""

    number: str
    files: tuple[AttachmentFacts, ...]


def attachment_facts(row: Attachment) -> AttachmentFacts:
    """The explicit fields of a row."""
    return facts(AttachmentFacts, row)


def files_of(session: Session, side: Side, number: str) -> FilesOfRecord:
    """What was attached to a record on this side of the wall."""
    mine = select(Attachment).where(Attachment.about == number, Attachment.side == side)
    rows = session.scalars(mine.order_by(Attachment.at.desc(), Attachment.id))
    return FilesOfRecord(number, tuple(attachment_facts(row) for row in rows))


def some_of(session: Session, side: Side, number: str) -> FilesOfRecord:
    """The same; Missing where there is none."""
    found = files_of(session, side, number)
    if not found.files:
        raise Missing
    return found


def one_file(session: Session, side: Side, attachment: str) -> AttachmentFacts:
    """One file; on the other side of the wall there is none."""
    row = session.get(Attachment, attachment)
    if row is None or row.side is not side:
        raise Missing
    return attachment_facts(row)


def has_files(session: Session, side: Side, numbers: Collection[str]) -> bool:
    """Whether any of these records has a file that counts."""
    counts = Attachment.standing == AttachmentStanding.ATTACHED
    mine = Attachment.about.in_(numbers) & (Attachment.side == side) & counts
    return session.scalar(select(Attachment.id).where(mine).limit(1)) is not None


def attached(session: Session, ids: Collection[str]) -> frozenset[str]:
    """Those of these files that count."""
    counts = Attachment.standing == AttachmentStanding.ATTACHED
    found = select(Attachment.id).where(Attachment.id.in_(ids), counts)
    return frozenset(session.scalars(found)) if ids else frozenset()
