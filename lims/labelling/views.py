"""Pages of the label ledger, and the label files."""

import json

from flask import Response, make_response, request

from lims.core.errors import Missing
from lims.labelling import queries
from lims.labelling.actions import print_label, reprint_label, scan_back
from lims.labelling.masters import load_master
from lims.labelling.models import Label
from lims.labelling.queries import LabelFacts
from lims.labelling.render import RESOLUTIONS, as_pdf, as_png, draw
from lims.trust.permissions import Permission
from lims.trust.site import Site
from lims.web.pages import Desk, Pages, Shown, Table

pages = Pages("labelling")


@pages.read("/", queries.labels, may=Permission.PRINT_LABEL, menu="Labels", is_list=True)
def labels(at: Desk, found: list[LabelFacts]) -> Shown:
    """The ledger."""
    rows = [(n.number, n.standing, n.copy, n.printed_at, n.printed_by, n.reason) for n in found]
    columns = ("Of", "Standing", "Copy", "Printed", "By", "Reason")
    return Shown(
        "Labels",
        tables=[Table("", columns, rows)],
        forms=[at.form(scan_back, opened=True), at.form(print_label), at.form(reprint_label)],
    )


@pages.file("/<code>.pdf", may=Permission.PRINT_LABEL)
def label_pdf(at: Desk, code: str) -> Response:
    """A label as PDF, for a desk printer."""
    return label_file(at.site, queries.label_row(at.session, code), "pdf")


@pages.file("/<code>.png", may=Permission.PRINT_LABEL)
def label_png(at: Desk, code: str) -> Response:
    """A label as a picture."""
    return label_file(at.site, queries.label_row(at.session, code), "png")


def label_file(site: Site, row: Label, form: str) -> Response:
    """The file of an issued label: only the live copy, at the resolution asked for."""
    if row.standing not in queries.LIVE:
        raise Missing
    dpi = request.args.get("dpi", 300, type=int)
    if dpi not in RESOLUTIONS:
        raise Missing
    master = load_master(site.settings.labels_folder, row.master)
    image = draw(master, json.loads(row.fields), dpi)
    data = as_pdf([image], dpi) if form == "pdf" else as_png(image)
    response = make_response(data)
    response.mimetype = "application/pdf" if form == "pdf" else "image/png"
    response.headers["Content-Disposition"] = f'inline; filename="label-{row.code}.{form}"'
    return response
