"""Pages of the label ledger, of masters and printers, and the label files."""

from collections.abc import Mapping, Sequence

from flask import Response, make_response, request, url_for

from lims.core.errors import Missing, Refused
from lims.core.reasons import Reason
from lims.identifiers.numbers import Kind
from lims.identifiers.scans import Scan
from lims.labelling import queries
from lims.labelling.actions import (
    destroy_label,
    make_sleeves,
    print_label,
    reconcile_labels,
    reprint_label,
    return_label,
    scan_back,
    void_label,
)
from lims.labelling.approving import approve_master, sample_of
from lims.labelling.badges import issue_badge
from lims.labelling.masters import Master, load_master, load_sheets, masters_in
from lims.labelling.models import (
    JobStanding,
    Label,
    LabelStanding,
    PrinterSide,
)
from lims.labelling.output import as_pdf, as_png, as_sheets, as_zpl
from lims.labelling.printing import dots_of, obsolete_reasons, send_label, set_printer
from lims.labelling.queries import BatchFacts, LabelFacts, MasterFacts, PrinterFacts
from lims.labelling.render import RESOLUTIONS, draw
from lims.protocol.queries import load_trial
from lims.trust.action import Action
from lims.trust.permissions import Permission
from lims.web.forms import Form
from lims.web.pages import Desk, Pages, Shown, Table, Todo, Way

pages = Pages("labelling")
house = Pages("printing")
PRINT = Permission.PRINT_LABEL
COLUMNS = ("Label", "Of", "Standing", "Copy", "Printed", "By", "Reason")
TYPES = {"pdf": "application/pdf", "png": "image/png", "zpl": "application/vnd.zebra-zpl"}


def label_rows(found: Sequence[LabelFacts], base: str) -> list[tuple[object, ...]]:
    """Ledger lines as they stand in a table, each with the way to its page."""
    return [
        (Way(n.code, f"{base}/{n.code}"), n.number, n.standing, n.copy, n.printed_at, n.printed_by,
         n.reason)
        for n in found
    ]  # fmt: skip


@pages.read("/", queries.labels, may=PRINT, menu="Labels", is_list=True)
def labels(at: Desk, found: list[LabelFacts]) -> Shown:
    """The ledger."""
    to_label = "/labelling/labels/{code}"
    return Shown(
        "Labels",
        tables=[Table("", COLUMNS, label_rows(found, "/labelling/labels"))],
        forms=[
            at.form(scan_back, opened=True),
            at.form(print_label, then=to_label, choices={"master": _master_choices(at)}),
            at.form(reprint_label, then=to_label),
            at.form(make_sleeves, then="/labelling/batches/{number}"),
            at.form(void_label),
            at.form(destroy_label),
            at.form(return_label),
        ],
        links=[("Label masters", "/labelling/masters")],
    )


def _master_choices(at: Desk) -> list[tuple[str, str]]:
    folder = at.site.settings.labels_folder
    named = {name: load_master(folder, name, version) for name, version in masters_in(folder)}
    return [
        ("", "the usual one"),
        *(
            (name, master.title)
            for name, master in named.items()
            if set(master.kinds)
            - queries.WARD_KINDS
            - queries.HOUSE_KINDS
            - {Kind.BAG, Kind.SLEEVE}
        ),
    ]


@pages.read("/labels/<code>", queries.label, may=PRINT)
def label(at: Desk, found: LabelFacts) -> Shown:
    """One label: its picture, its way to a printer, the scan that proves it."""
    return label_page(
        at, found, "/labelling/labels",
        {"scan": scan_back, "reprint": reprint_label, "send": send_label},
    )  # fmt: skip


def label_page(
    at: Desk,
    found: LabelFacts,
    base: str,
    does: Mapping[str, Action],  # type: ignore[type-arg]
) -> Shown:
    """The page of a label on either side of the wall."""
    side = queries.side_of(found.number)
    printers = [(p.name, f"{p.name} ({p.dpi} dpi)") for p in queries.printers_at(at.session, side)]
    jobs = queries.jobs_of(at.session, found.code)
    issued = found.standing is LabelStanding.ISSUED
    live = found.standing in queries.LIVE
    forms: list[Form | None] = []
    if issued and "scan" in does:
        forms.append(at.form(does["scan"], opened=True))
    if issued and printers:
        to_send = at.form(does["send"], fixed={"code": found.code}, choices={"printer": printers},
                          title="Ask the printer" if jobs and jobs[0].standing is JobStanding.UNKNOWN
                          else "Print here")  # fmt: skip
        forms.append(to_send)
    if live and "reprint" in does:
        forms.append(at.form(does["reprint"], fixed={"number": found.number},
                             then=f"{base}/{{code}}"))  # fmt: skip
    files = [(f"PDF for a desk printer, {dpi} dpi", f"{base}/{found.code}.pdf?dpi={dpi}")
             for dpi in RESOLUTIONS]  # fmt: skip
    return Shown(
        "Label",
        number=found.code,
        standing=found.standing,
        facts=(
            ("Of", found.number),
            ("Master", f"{found.master}, version {found.version}"),
            ("Batch", found.batch),
            ("Issued", found.printed_at),
            ("Issued by", found.printed_by),
            ("Scanned back", found.scanned_at),
            ("Scanned by", found.scanned_by),
            ("Ended", found.ended_at),
            ("Ended by", found.ended_by),
            ("Reason", found.reason),
        ),
        tables=[
            Table(
                "On its way to a printer",
                ("Printer", "Standing", "Says", "By", "When"),
                [(j.printer, j.standing, j.says, j.by, j.at) for j in jobs],
                "Not sent to a label printer.",
            )
        ],
        forms=forms,
        links=[*(files if issued else []), *([("All labels of its batch",
               f"/labelling/batches/{found.batch}")] if found.batch else [])],
        template="labelling/label.html",
        more={"picture": f"{base}/{found.code}.png" if live else ""},
    )  # fmt: skip


def label_file(at: Desk, row: Label, form: str) -> Response:
    """The file of a label: to print while it is issued and its master in force, or to look at."""
    if row.standing not in queries.LIVE:
        raise Missing
    dpi = request.args.get("dpi", 300, type=int)
    if dpi not in RESOLUTIONS:
        raise Missing
    if form != "png":
        if row.standing is not LabelStanding.ISSUED:
            raise Refused("It was scanned back. Printing it again is a reprint, with a reason.")
        if reasons := obsolete_reasons(at.session, row):
            raise Refused(reasons[0].sentence, reasons)
    dots = dots_of(at.site.settings, row, dpi)
    data = {"png": as_png, "zpl": as_zpl}[form](dots) if form != "pdf" else as_pdf(dots, dpi)
    return _file(data, form, f"label-{row.code}")


def _file(data: bytes, form: str, name: str) -> Response:
    response = make_response(data)
    response.mimetype = TYPES[form]
    response.headers["Content-Disposition"] = f'inline; filename="{name}.{form}"'
    return response


@pages.file("/labels/<code>.<any(pdf, png, zpl):form>", may=PRINT)
def label_as(at: Desk, code: str, form: str) -> Response:
    """A label as PDF for a desk printer, as ZPL, or as a picture."""
    return label_file(at, queries.label_row(at.session, code, PrinterSide.LAB), form)


@pages.read("/batches/<number>", queries.batch, may=PRINT, opens=Kind.RUN)
def batch(at: Desk, found: BatchFacts) -> Shown:
    """All labels of a session, a lot or a run: they must add up to zero."""
    lines = queries.labels_in(at.session, found.number)
    issued = [line for line in lines if line.standing is LabelStanding.ISSUED]
    return Shown(
        "Labels of",
        number=found.number,
        facts=(
            ("Issued", found.issued),
            ("Read back and used", found.used),
            ("Voided", found.voided),
            ("Destroyed", found.destroyed),
            ("Returned", found.returned),
            ("Not accounted for", found.open),
            ("Reconciled", found.reconciled_at),
        ),
        tables=[Table("", COLUMNS, label_rows(lines, "/labelling/labels"))],
        forms=[
            at.form(scan_back, opened=True),
            at.form(reconcile_labels, fixed={"batch": found.number}),
            at.form(void_label),
            at.form(destroy_label),
            at.form(return_label),
        ],
        links=_sheet_links(at, found.number, issued),
    )


def _sheet_links(at: Desk, number: str, issued: list[LabelFacts]) -> list[tuple[str, str]]:
    if not issued:
        return []
    folder = at.site.settings.labels_folder
    master = load_master(folder, issued[0].master, issued[0].version)
    return [
        (f"Sheet {name}", url_for("labelling.sheet", number=number, sheet=name))
        for name, sheet in load_sheets(folder).items()
        if sheet.takes(master)
    ]


@pages.file("/batches/<number>/sheet.pdf", may=PRINT)
def sheet(at: Desk, number: str) -> Response:
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
        raise Refused(f"A sheet has labels 1 to {wanted.rows * wanted.columns}.")
    for row in rows:
        if reasons := obsolete_reasons(at.session, row):
            raise Refused(reasons[0].sentence, reasons)
        if not wanted.takes(load_master(settings.labels_folder, row.master, row.version)):
            raise Refused("This label is larger than those of the sheet. Choose another sheet.")
    images = [dots_of(settings, row, dpi) for row in rows]
    return _file(as_sheets(images, dpi, wanted, first), "pdf", f"labels-{number}")


@pages.read("/masters", queries.approvals, may=PRINT, menu="Label masters", is_list=True)
def masters(at: Desk, found: list[MasterFacts]) -> Shown:
    """Every master that lies in the folder, and what QA approved of it."""
    approved = {(m.name, m.version): m for m in found}
    rows = []
    for name, version in masters_in(at.site.settings.labels_folder):
        master = load_master(at.site.settings.labels_folder, name, version)
        known = approved.get((name, version))
        changed = known is not None and known.digest != master.digest
        rows.append(
            (
                Way(master.title, f"/labelling/masters/{name}"),
                version,
                "changed since" if changed else (known.standing if known else "not approved"),
                f"{master.width:g} × {master.height:g} mm",
                known.approved_by if known else None,
                known.approved_at if known else None,
            )
        )
    columns = ("Label", "Version", "Standing", "Size", "Approved by", "Approved")
    return Shown("Label masters", tables=[Table("", columns, rows)])


@pages.page("/masters/<name>", may=PRINT)
def master(at: Desk, name: str) -> Shown:
    """The versions of a master side by side, and the next one's approval."""
    folder = at.site.settings.labels_folder
    versions = [load_master(folder, n, v) for n, v in masters_in(folder) if n == name]
    if not versions:
        raise Missing
    approved = {m.version: m for m in queries.approvals(at.session) if m.name == name}
    rows = [
        (m.version, m.standing, m.change, m.approved_by, m.approved_at, m.digest[:16])
        for m in approved.values()
    ]
    newest = max(approved, default=0)
    waiting = [m for m in versions if m.version > newest]
    columns = ("Version", "Standing", "Change", "Approved by", "Approved", "Digest")
    return Shown(
        versions[-1].title,
        facts=(("Size", f"{versions[-1].width:g} × {versions[-1].height:g} mm"), ("File", name)),
        tables=[Table("Approvals", columns, rows, "No version is approved: nothing is printed.")],
        forms=[
            at.form(
                approve_master, fixed={"name": name, "version": m.version}, opened=True,
                title=f"Approve version {m.version}",
            )
            for m in waiting[:1]
        ],
        template="labelling/master.html",
        more={"versions": [(m, approved.get(m.version)) for m in versions[-3:]], "folder": name},
    )  # fmt: skip


@pages.file("/masters/<name>/<int:version>.png", may=PRINT)
def master_picture(at: Desk, name: str, version: int) -> Response:
    """A master with its sample, to look at; an obsolete one too, and marked so."""
    wanted = load_master(at.site.settings.labels_folder, name, version)
    return _file(as_png(_sample(at, wanted)), "png", f"{name}-{version}")


def _sample(at: Desk, wanted: Master):  # type: ignore[no-untyped-def]  # noqa: ANN202
    languages = load_trial(at.site.settings.protocol_file).languages
    return draw(wanted, sample_of(wanted), 300, languages)


def judge_label(at: Desk, scan: Scan) -> list[Reason]:
    """That the label which was scanned is dead: said wherever it is scanned."""
    return queries.dead_label_reasons(at.session, scan.number, scan.copy)


house.judges.append(judge_label)


@pages.todo(Permission.SET_SPECIFICATION)
def to_approve(at: Desk) -> Sequence[Todo]:
    """Versions of masters wait for QA."""
    newest: dict[str, int] = {}
    for known in queries.approvals(at.session):
        newest[known.name] = max(known.version, newest.get(known.name, 0))
    return [
        Todo("Approve label", "", f"{name}, version {version}", href=f"/labelling/masters/{name}")
        for name, version in masters_in(at.site.settings.labels_folder)
        if version > newest.get(name, 0)
    ]


@house.read("/printers", queries.printers, may=Permission.MANAGE_PRINTERS, menu="Printers",
            is_list=True)  # fmt: skip
def printers(at: Desk, found: list[PrinterFacts]) -> Shown:
    """Label printers: where they stand and listen."""
    rows = [(p.name, p.side, f"{p.host}:{p.port}", p.dpi, p.station, p.in_service) for p in found]
    columns = ("Printer", "Side", "Address", "Dots per inch", "Station", "In service")
    return Shown("Printers", tables=[Table("", columns, rows)], forms=[at.form(set_printer)])


@house.page("/badges", may=Permission.MANAGE_ACCOUNTS, menu="Badges")
def badges(at: Desk) -> Shown:
    """Staff badges: issue one, print it."""
    found = queries.badges(at.session)
    rows = [(Way(n.code, f"/printing/badges/{n.code}.pdf"), n.standing, who, n.printed_at)
            for n, who in found]  # fmt: skip
    form = at.form(issue_badge, then="/printing/badges")
    columns = ("Badge", "Standing", "Of", "Issued")
    return Shown("Badges", tables=[Table("", columns, rows)], forms=[form])


@house.file("/badges/<code>.<any(pdf, png, zpl):form>", may=Permission.MANAGE_ACCOUNTS)
def badge_as(at: Desk, code: str, form: str) -> Response:
    """A badge's file."""
    return label_file(at, queries.label_row(at.session, code, PrinterSide.HOUSE), form)
