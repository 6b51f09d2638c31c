"""The ward's files."""

from flask import Response
from sqlalchemy.orm import Session

from lims.attachments import queries
from lims.attachments.queries import AttachmentFacts, FilesOfRecord
from lims.attachments.showing import Door
from lims.trial.attaching import attach_ward_file, strike_out_ward_file
from lims.trial.views import pages
from lims.trust.identity.roles import Permission, Side
from lims.web.context import RequestContext
from lims.web.pages import BESIDE, Page

COURSE = Permission.READ_REACTIONS  # whoever assesses outcomes blind sees no file
DOOR = Door(
    Side.WARD, COURSE, attach_ward_file, strike_out_ward_file, "trial.ward_attachment", "trial.ward_content"
)  # fmt: skip
BESIDE[Side.WARD] = DOOR.beside


def ward_file(session: Session, attachment: str) -> AttachmentFacts:
    """One of the ward's files."""
    return queries.one_file(session, Side.WARD, attachment)


def ward_files(session: Session, number: str) -> FilesOfRecord:
    """The files of one of the ward's records."""
    return queries.some_of(session, Side.WARD, number)


@pages.read("/files/of/<number>", ward_files, may=COURSE, sensitive=True)
def ward_files_of(_at: RequestContext, found: FilesOfRecord) -> Page:
    """The files of a record."""
    return DOOR.record(found)


@pages.read("/files/<attachment>", ward_file, may=COURSE, sensitive=True)
def ward_attachment(at: RequestContext, found: AttachmentFacts) -> Page:
    """One file."""
    return DOOR.one(at, found)


@pages.file("/files/<attachment>/content", may=COURSE, sensitive=True)
def ward_content(at: RequestContext, attachment: str) -> Response:
    """What is in it, as it came."""
    return DOOR.as_it_came(at, ward_file(at.session, attachment))
