"""Pages of labels that were printed together: to a printer, on sheets, scanned, added up."""

from flask import Response, request, url_for

from lims.core.errors import Missing, Refused
from lims.core.texts import say
from lims.identifiers.numbers import Kind
from lims.labelling import queries
from lims.labelling.actions import (
    destroy_label,
    reconcile_labels,
    return_label,
    scan_back,
    void_label,
)
from lims.labelling.delivery import dots_of, obsolete_reasons
from lims.labelling.masters import load_master, load_sheets
from lims.labelling.output import as_sheets
from lims.labelling.printing import send_batch
from lims.labelling.queries import BatchFacts, LabelFacts
from lims.labelling.render import RESOLUTIONS
from lims.labelling.rules import LabelStanding, PrinterSide
from lims.labelling.views import COLUMNS, PRINT, file_answer, label_rows, pages
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page
from lims.web.tables import Table


def steps_of_batch(at: RequestContext, number: str) -> list[Form | None]:
    """What is left to do with labels that were printed together: scan each, then they add up."""
    if queries.open_labels(at.session, number):
        return [at.form(scan_back, opened=True)]
    found = queries.batch(at.session, number)
    if found.issued and found.reconciled_at is None:
        return [at.form(reconcile_labels, fixed={"batch": number}, opened=True)]
    return []


@pages.read("/batches/<number>", queries.batch, may=PRINT, opens=Kind.RUN)
def batch(at: RequestContext, found: BatchFacts) -> Page:
    """All labels of a session, a lot or a run: they must add up to zero."""
    lines = queries.labels_in(at.session, found.number)
    issued = [line for line in lines if line.standing is LabelStanding.ISSUED]
    there = queries.printers_at(at.session, PrinterSide.LAB)
    printers = [(p.name, f"{p.name} ({p.dpi} dpi)") for p in there]
    return Page(
        say("labels-of"),
        number=found.number,
        facts=(
            (say("issued"), found.issued),
            (say("read-back-and-used"), found.used),
            (say("voided"), found.voided),
            (say("destroyed"), found.destroyed),
            (say("returned"), found.returned),
            (say("not-accounted-for"), found.open),
            (say("reconciled.label"), found.reconciled_at),
        ),
        tables=[Table("", COLUMNS, label_rows(lines, "/labelling/labels"))],
        forms=[
            at.form(scan_back, opened=True),
            at.form(send_batch, fixed={"batch": found.number}, choices={"printer": printers})
            if issued and printers
            else None,
            at.form(reconcile_labels, fixed={"batch": found.number}),
            at.form(void_label),
            at.form(destroy_label),
            at.form(return_label),
        ],
        links=_sheet_links(at, found.number, issued),
    )


def _sheet_links(
    at: RequestContext, number: str, issued: list[LabelFacts]
) -> list[tuple[str, str]]:
    if not issued:
        return []
    folder = at.site.settings.labels_folder
    master = load_master(folder, issued[0].master, issued[0].version)
    return [
        (say("sheet-name", name=name), url_for("labelling.sheet", number=number, sheet=name))
        for name, sheet in load_sheets(folder).items()
        if sheet.takes(master)
    ]


@pages.file("/batches/<number>/sheet.pdf", may=PRINT)
def sheet(at: RequestContext, number: str) -> Response:
    """The issued labels of a batch on sheets for an office printer; `first` is the first free one."""
    queries.batch(at.session, number)
    settings = at.site.settings
    wanted = load_sheets(settings.labels_folder).get(request.args.get("sheet", ""))
    first = request.args.get("first", 1, type=int)
    dpi = request.args.get("dpi", 300, type=int)
    rows = [
        queries.label_row(at.session, line.code, PrinterSide.LAB)
        for line in queries.labels_in(at.session, number)
        if line.standing is LabelStanding.ISSUED
    ]
    if wanted is None or not rows or dpi not in RESOLUTIONS:
        raise Missing
    if not 1 <= first <= wanted.rows * wanted.columns:
        raise Refused(say("a-sheet-has-labels-1", rows=wanted.rows * wanted.columns))
    for row in rows:
        if reasons := obsolete_reasons(at.session, row):
            raise Refused(reasons[0].sentence, reasons)
        if not wanted.takes(load_master(settings.labels_folder, row.master, row.version)):
            raise Refused(say("this-label-is-larger-than"))
    images = [dots_of(at, settings, row, dpi) for row in rows]
    return file_answer(as_sheets(images, dpi, wanted, first), "pdf", f"labels-{number}")
