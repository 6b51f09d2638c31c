"""The ward attaches files to its records."""

from lims.attachments.keeping import AttachSeen, StrikeOut, attach, strike
from lims.attachments.queries import AttachmentFacts
from lims.core.texts import say
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@action(may=Permission.ATTACH_WARD_FILE)
def attach_ward_file(work: Work, wanted: AttachSeen) -> AttachmentFacts:
    """Attach a report or a picture; of pictures only what is seen in them is kept."""
    return attach(work, wanted)


@action(may=Permission.ATTACH_WARD_FILE, signed_as=say("file-does-not-count"))
def strike_out_ward_file(work: Work, wanted: StrikeOut) -> AttachmentFacts:
    """Say that a file of the ward does not count; it stays readable."""
    return strike(work, wanted)
