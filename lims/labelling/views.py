"""Pages of the label ledger, of masters and printers, and the label files."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Response, make_response, request

from lims.core.errors import Missing, Refused
from lims.core.texts import say, say_each
from lims.identifiers.numbers import Kind
from lims.labelling import outdating, queries
from lims.labelling.actions import (
    destroy_label,
    make_sleeves,
    print_label,
    reprint_label,
    return_label,
    scan_back,
    void_label,
)
from lims.labelling.delivery import SENDING_SECONDS, dots_of, obsolete_reasons
from lims.labelling.masters import readable_masters
from lims.labelling.models import Label
from lims.labelling.output import as_pdf, as_png, as_zpl
from lims.labelling.printing import send_label
from lims.labelling.queries import JobFacts, LabelFacts
from lims.labelling.render import RESOLUTIONS
from lims.labelling.rules import JobStanding, LabelStanding, PrinterSide
from lims.trust.actions import Action
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page, Pages
from lims.web.tables import Link, Table, Todo

pages = Pages("labelling", say("menu.labels"))
PRINT = Permission.PRINT_LABEL
TO_LABEL = "/labelling/labels/{made}"
COLUMNS = say_each("label", "of", "standing", "copy", "printed", "by", "reason")
TYPES = {"pdf": "application/pdf", "png": "image/png", "zpl": "application/vnd.zebra-zpl"}


def label_rows(found: Sequence[LabelFacts], base: str) -> list[tuple[object, ...]]:
    """Ledger lines as they stand in a table, each with the way to its page."""
    return [
        (Link(n.code, f"{base}/{n.code}") if base else n.code, n.number, n.standing, n.copy, n.printed_at, n.printed_by,
         n.reason)
        for n in found
    ]  # fmt: skip


@pages.read("/", queries.labels, may=PRINT, menu=say("labels"), is_list=True)
def labels(at: RequestContext, found: list[LabelFacts]) -> Page:
    """The ledger."""
    return Page(
        say("labels"),
        tables=[Table("", COLUMNS, label_rows(found, "/labelling/labels"))],
        forms=[
            at.form(scan_back, opened=True),
            at.form(print_label, then=TO_LABEL, choices={"master": _master_choices(at)}),
            at.form(reprint_label, then=TO_LABEL),
            at.form(make_sleeves, then="/labelling/batches/{made}"),
            at.form(void_label),
            at.form(destroy_label),
            at.form(return_label),
        ],
        links=[(say("label-masters"), "/masters/")],
    )


def label_form(at: RequestContext, number: str) -> Form | None:
    """The form that prints a thing's first label, on its own page; None once it has one."""
    if not at.actor.may(PRINT) or queries.live_label(at.session, number):
        return None
    return at.form(print_label, fixed={"number": number, "master": ""}, then=TO_LABEL)


def _master_choices(at: RequestContext) -> list[tuple[str, str]]:
    folder = at.site.settings.labels_folder
    named = dict(readable_masters(folder))
    return [
        ("", say("the-usual-one")),
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
def label(at: RequestContext, found: LabelFacts) -> Page:
    """One label: its picture, its way to a printer, the scan that proves it."""
    return label_page(
        at, found, "/labelling/labels",
        {"scan": scan_back, "reprint": reprint_label, "send": send_label},
    )  # fmt: skip


def _is_under_way(job: JobFacts, now: datetime) -> bool:
    """Whether it will soon be known what became of it; what waits longer waits for somebody."""
    moving = job.standing in {JobStanding.WAITING, JobStanding.SENDING, JobStanding.ASKED}
    return moving and now - job.at < timedelta(seconds=SENDING_SECONDS)


def _says(job: JobFacts, now: datetime) -> str:
    """What the printer said; of a job that nobody has taken up, that."""
    left_lying = job.standing is JobStanding.WAITING and not job.says
    return say("nobody-prints") if left_lying and not _is_under_way(job, now) else job.says


def label_page(
    at: RequestContext,
    found: LabelFacts,
    base: str,
    does: Mapping[str, Action],  # type: ignore[type-arg]
) -> Page:
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
                          title=say("ask-the-printer") if jobs and jobs[0].standing is JobStanding.UNKNOWN
                          else say("print-here"))  # fmt: skip
        forms.append(to_send)
    if live and "reprint" in does:
        forms.append(at.form(does["reprint"], fixed={"number": found.number},
                             then=f"{base}/{{made}}"))  # fmt: skip
    files = [
        (say("pdf-dpi-dpi", dpi=dpi), f"{base}/{found.code}.pdf?dpi={dpi}") for dpi in RESOLUTIONS
    ]
    return Page(
        say("label"),
        number=found.code,
        standing=found.standing,
        facts=_course(found),
        tables=[
            Table(
                say("on-its-way-to-a"),
                say_each("printer", "standing", "says", "by", "when"),
                [(j.printer, j.standing, _says(j, at.now), j.by, j.at) for j in jobs],
                say("not-sent-to-a-label"),
                renews=bool(jobs) and _is_under_way(jobs[0], at.now),
            )
        ],
        forms=forms,
        links=[*([(say("all-labels-of-its-batch"),
               f"/labelling/batches/{found.batch}")] if found.batch else [])],
        template="labelling/label.html",
        more={
            "picture": f"{base}/{found.code}.png" if live else "",
            "files": files if issued else (),
            "printers": bool(printers),
        },
    )  # fmt: skip


def _course(found: LabelFacts) -> tuple[tuple[str, Any], ...]:
    return (
        (say("of"), found.number),
        (say("master"), say("master-version-version", master=found.master, version=found.version)),
        (say("batch"), found.batch),
        (say("issued"), found.printed_at),
        (say("issued-by"), found.printed_by),
        (say("scanned-back"), found.scanned_at),
        (say("scanned-by"), found.scanned_by),
        (say("ended.label"), found.ended_at),
        (say("ended-by"), found.ended_by),
        (say("reason"), found.reason),
    )


def label_file(at: RequestContext, row: Label, form: str) -> Response:
    """The file of a label: to print while it is issued and its master in force, or to look at."""
    if row.standing not in queries.LIVE or form not in TYPES:
        raise Missing
    dpi = request.args.get("dpi", 300, type=int)
    if dpi not in RESOLUTIONS:
        raise Missing
    if form != "png":
        if row.standing is not LabelStanding.ISSUED:
            raise Refused(say("it-was-scanned-back-printing"))
        if reasons := obsolete_reasons(at.session, row):
            raise Refused(reasons[0].sentence, reasons)
    dots = dots_of(at, at.site.settings, row, dpi)
    data = {"png": as_png, "zpl": as_zpl}[form](dots) if form != "pdf" else as_pdf(dots, dpi)
    return file_answer(data, form, f"label-{row.code}")


def file_answer(data: bytes, form: str, name: str) -> Response:
    """A file to open in the browser."""
    response = make_response(data)
    response.mimetype = TYPES[form]
    response.headers["Content-Disposition"] = f'inline; filename="{name}.{form}"'
    return response


@pages.file("/labels/<code>.<form>", may=PRINT)
def label_as(at: RequestContext, code: str, form: str) -> Response:
    """A label as PDF for a desk printer, as ZPL, or as a picture."""
    return label_file(at, queries.label_row(at.session, code, PrinterSide.LAB), form)


@pages.todo(Permission.PRINT_LABEL)
def to_replace(at: RequestContext) -> Sequence[Todo]:
    """Things whose label says what is not true any more."""
    return [
        Todo(say("replace-label"), number, say("its-label-says-what-is"))
        for number in outdating.to_replace(at.session, PrinterSide.LAB)
    ]
