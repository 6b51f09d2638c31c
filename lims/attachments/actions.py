"""The laboratory attaches files to its records."""

from lims.attachments.keeping import AttachFile, StrikeOut, attach, strike
from lims.attachments.queries import AttachmentFacts
from lims.core.texts import say
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@action(may=Permission.ATTACH_FILE)
def attach_file(work: Work, wanted: AttachFile) -> AttachmentFacts:
    """Attach a report, a picture, a certificate or an instrument's file."""
    return attach(work, wanted)


@action(may=Permission.ATTACH_FILE, signed_as=say("file-does-not-count"))
def strike_out(work: Work, wanted: StrikeOut) -> AttachmentFacts:
    """Say that a file does not count; it stays readable."""
    return strike(work, wanted)
