"""The laboratory's files."""

from lims.attachments.actions import attach_file, strike_out
from lims.attachments.showing import FilesOfSide
from lims.trust.identity.roles import Permission, Side
from lims.web.pages import Pages

pages = Pages("attachments")
FilesOfSide(Side.LAB, Permission.READ_LAB, attach_file, strike_out, pages).serve()
