"""Pages for QA: label masters side by side, their approval, and how codes were read."""

from collections.abc import Sequence

from flask import Response
from PIL import Image

from lims.accounts.scanning import ReadCount, laboratory_reads
from lims.accounts.views import scans_page
from lims.core.errors import Missing, Refused
from lims.core.texts import say, say_each
from lims.labelling import queries
from lims.labelling.approving import approve_master, sample_of
from lims.labelling.masters import Master, load_master, masters_in
from lims.labelling.output import as_png
from lims.labelling.queries import MasterFacts
from lims.labelling.render import draw
from lims.labelling.unread import typed_by_batch
from lims.labelling.views import PRINT, file_answer
from lims.protocol.queries import trial_in_force
from lims.trust.identity.roles import Permission, Side
from lims.web.context import RequestContext
from lims.web.pages import Page, Pages
from lims.web.tables import Link, Table, Todo

pages = Pages("masters", say("menu.labels"))


@pages.read("/", queries.approvals, may=PRINT, menu=say("label-masters"), is_list=True)
def masters(at: RequestContext, found: list[MasterFacts]) -> Page:
    """Every master that lies in the folder, and what QA approved of it."""
    approved = {(m.name, m.version): m for m in found}
    rows: list[tuple[object, ...]] = []
    for name, version in masters_in(at.site.settings.labels_folder):
        known = approved.get((name, version))
        try:
            master = load_master(at.site.settings.labels_folder, name, version)
        except Refused:
            rows.append(
                (Link(name, f"/masters/{name}"), version, say("master.broken"), "–", None, None)
            )
            continue
        changed = known is not None and known.digest != master.digest
        rows.append(
            (
                Link(master.title, f"/masters/{name}"),
                version,
                say("changed-since")
                if changed
                else (known.standing if known else say("not-approved")),
                f"{master.width:g} × {master.height:g} mm",
                known.approved_by if known else None,
                known.approved_at if known else None,
            )
        )
    columns = say_each("label", "version", "standing", "size", "approved-by", "approved")
    return Page(say("label-masters"), tables=[Table("", columns, rows)])


@pages.page("/<name>", may=PRINT)
def master(at: RequestContext, name: str) -> Page:
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
    columns = say_each("version", "standing", "change", "approved-by", "approved", "digest")
    return Page(
        versions[-1].title,
        facts=((say("size"), f"{versions[-1].width:g} × {versions[-1].height:g} mm"), (say("file"), name)),
        tables=[Table(say("approvals"), columns, rows, say("no-version-is-approved-nothing"))],
        forms=[
            at.form(
                approve_master, fixed={"name": name, "version": m.version, "digest": m.digest}, opened=True,
                title=say("approve-version-version", version=m.version),
            )
            for m in waiting[:1]
        ],
        template="labelling/master.html",
        more={"versions": [(m, approved.get(m.version)) for m in versions[-3:]], "folder": name},
    )  # fmt: skip


@pages.file("/<name>/<int:version>.png", may=PRINT)
def master_picture(at: RequestContext, name: str, version: int) -> Response:
    """A master with its sample, to look at; an obsolete one too, and marked so."""
    wanted = load_master(at.site.settings.labels_folder, name, version)
    return file_answer(as_png(_sample(at, wanted)), "png", f"{name}-{version}")


def _sample(at: RequestContext, wanted: Master) -> Image.Image:
    languages = trial_in_force(at).languages
    return draw(wanted, sample_of(wanted), 300, languages)


@pages.todo(Permission.SET_SPECIFICATION)
def to_approve(at: RequestContext) -> Sequence[Todo]:
    """Versions of masters wait for QA."""
    newest: dict[str, int] = {}
    for known in queries.approvals(at.session):
        newest[known.name] = max(known.version, newest.get(known.name, 0))
    return [
        Todo(
            say("approve-label"),
            "",
            say("name-version-version", name=name, version=version),
            href=f"/masters/{name}",
        )
        for name, version in masters_in(at.site.settings.labels_folder)
        if version > newest.get(name, 0)
    ]


@pages.read(
    "/scans", laboratory_reads, may=Permission.REVIEW_TRAIL, menu=say("scans"), is_list=True
)
def scans(at: RequestContext, found: list[ReadCount]) -> Page:
    """How the laboratory's codes were read, and what was typed by hand."""
    page = scans_page(at, found, Side.LAB)
    columns = say_each("label", "version", "batch", "codes")
    page.tables = [*page.tables, Table(say("typed-by-batch"), columns, typed_by_batch(at.session))]
    return page
