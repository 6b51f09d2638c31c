"""The laboratory's files."""

from flask import Response
from sqlalchemy.orm import Session

from lims.attachments import queries
from lims.attachments.actions import attach_file, strike_out
from lims.attachments.queries import AttachmentFacts, FilesOfRecord
from lims.attachments.showing import Door
from lims.trust.identity.roles import Permission, Side
from lims.web.context import RequestContext
from lims.web.pages import BESIDE, Page, Pages

pages = Pages("attachments")
LAB = Permission.READ_LAB
DOOR = Door(Side.LAB, LAB, attach_file, strike_out, "attachments.attachment", "attachments.content")
BESIDE[Side.LAB] = DOOR.beside


def lab_file(session: Session, attachment: str) -> AttachmentFacts:
    """One of the laboratory's files."""
    return queries.one_file(session, Side.LAB, attachment)


def lab_files(session: Session, number: str) -> FilesOfRecord:
    """The files of one of the laboratory's records."""
    return queries.some_of(session, Side.LAB, number)


@pages.read("/of/<number>", lab_files, may=LAB, sensitive=True)
def of_record(_at: RequestContext, found: FilesOfRecord) -> Page:
    """The files of a record."""
    return DOOR.record(found)


@pages.read("/<attachment>", lab_file, may=LAB, sensitive=True)
def attachment(at: RequestContext, found: AttachmentFacts) -> Page:
    """One file."""
    return DOOR.one(at, found)


@pages.file("/<attachment>/content", may=LAB, sensitive=True)
def content(at: RequestContext, attachment: str) -> Response:
    """What is in it, as it came."""
    return DOOR.as_it_came(at, lab_file(at.session, attachment))
