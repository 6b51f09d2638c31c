"""The ward's files."""

from lims.attachments.showing import FilesOfSide
from lims.trial.attaching import attach_ward_file, strike_out_ward_file
from lims.trial.views import pages
from lims.trust.identity.roles import Permission, Side

COURSE = Permission.READ_REACTIONS  # whoever assesses outcomes blind sees no file
FilesOfSide(
    Side.WARD, COURSE, attach_ward_file, strike_out_ward_file, pages, within="/files"
).serve()
