"""Attaching a file to a record and striking it out, the same on both sides of the wall."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from sqlalchemy import select

from lims.attachments.models import Attachment
from lims.attachments.queries import AttachmentFacts, attachment_facts, one_file
from lims.attachments.rules import (
    AttachmentStanding,
    attaching_reasons,
    kind_of_file,
    striking_reasons,
)
from lims.core.entries import About
from lims.core.errors import Missing, Refused
from lims.core.texts import say
from lims.core.uploads import Upload
from lims.identifiers.fields import AnyNumber
from lims.identifiers.numbers import Kind, kind_of
from lims.trust.contents import keep_content
from lims.trust.context import Work
from lims.trust.identity.roles import Side

LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
LONG: Final = 16
Find = Callable[[Work, str], Any]  # raises Missing for what this side does not know
RECORDS: Final[dict[tuple[Side, Kind], Find]] = {}  # filled in by the doors


@dataclass(frozen=True)
class AttachFile:
    """A file, what it is, and of which record."""

    about: AnyNumber
    what: Annotated[str, About(label=say("what-the-file-is"), hint=say("what-the-file-is.hint"))]
    file: Annotated[Upload, About(label=say("file"), hint=say("files-that-are-taken"))]


@dataclass(frozen=True)
class AttachSeen(AttachFile):
    """The same, but of a picture only what is seen in it: no place, time, device or preview."""

    file: Annotated[Upload, About(label=say("file"), hint=say("files-that-are-taken"), seen=True)]


@dataclass(frozen=True)
class StrikeOut:
    """Which file does not count, and why."""

    attachment: str
    reason: Annotated[str, About(label=say("why-it-does-not-count"), rows=2)]


def attach(work: Work, wanted: AttachFile) -> AttachmentFacts:
    """Keep a file of a record that this side knows."""
    find = RECORDS.get((work.side, kind_of(wanted.about)))
    if find is None:
        raise Missing
    find(work, wanted.about)
    sent, kind = wanted.file, kind_of_file(wanted.file.data)
    reasons = attaching_reasons(sent.name, kind, _there(work, wanted.about), sent.digest)
    if kind is None or reasons:
        raise Refused(say("file-was-not-attached"), reasons)
    keep_content(work.connection, work.side, sent.digest, sent.data)
    row = Attachment(
        id=work.chance.letters("attachment", LETTERS, LONG),
        about=wanted.about,
        side=work.side,
        what=wanted.what,
        name=sent.name,
        kind=kind,
        size=len(sent.data),
        digest=sent.digest,
        by=work.actor.login,
        at=work.now,
    )
    return attachment_facts(work.add(row))


def attach_or_find(work: Work, wanted: AttachFile) -> AttachmentFacts:
    """The same file of the record where it is there already, or keep it now."""
    mine = (Attachment.about == wanted.about, Attachment.side == work.side)
    counts = Attachment.standing == AttachmentStanding.ATTACHED
    found = select(Attachment).where(*mine, counts, Attachment.digest == wanted.file.digest)
    row = work.session.scalar(found)
    return attachment_facts(row) if row else attach(work, wanted)


def _there(work: Work, about: str) -> frozenset[str]:
    counts = Attachment.standing == AttachmentStanding.ATTACHED
    mine = (Attachment.about == about, Attachment.side == work.side, counts)
    return frozenset(work.session.scalars(select(Attachment.digest).where(*mine)))


def strike(work: Work, wanted: StrikeOut) -> AttachmentFacts:
    """Say that a file does not count; it stays, and says so."""
    one_file(work.session, work.side, wanted.attachment)  # of the other side there is none
    row = work.lock(Attachment, wanted.attachment)
    if reasons := striking_reasons(row.standing):
        raise Refused(say("file-stays"), reasons)
    row.move_to(AttachmentStanding.STRUCK_OUT)
    row.struck_by, row.struck_at, row.struck_why = work.actor.login, work.now, wanted.reason
    return attachment_facts(row)
