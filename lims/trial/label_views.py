"""Pages of wristbands and tags."""

from flask import Response
from sqlalchemy.orm import Session

from lims.labelling.queries import LabelFacts, label_facts, label_row
from lims.labelling.rules import PrinterSide
from lims.labelling.views import label_file, label_page
from lims.trial.labels import reprint_ward_label, scan_ward_label, send_ward_label
from lims.trial.views import pages
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page


def ward_label(session: Session, code: str) -> LabelFacts:
    """A label of the ward's."""
    return label_facts(label_row(session, code, PrinterSide.WARD))


@pages.read("/labels/<code>", ward_label, may=Permission.PRINT_WARD_LABEL)
def label(at: RequestContext, found: LabelFacts) -> Page:
    """A wristband or a tag: its picture, its way to a printer, the scan that proves it."""
    return label_page(
        at, found, "/trial/labels",
        {"scan": scan_ward_label, "reprint": reprint_ward_label, "send": send_ward_label},
    )  # fmt: skip


@pages.file("/labels/<code>.<form>", may=Permission.PRINT_WARD_LABEL)
def label_as(at: RequestContext, code: str, form: str) -> Response:
    """A ward label's file."""
    return label_file(at, label_row(at.session, code, PrinterSide.WARD), form)
