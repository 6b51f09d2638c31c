"""Pages that every door has: printers, badges; and what every scan of a dead label is told."""

from flask import Response

from lims.core.reasons import Reason
from lims.identifiers.scans import Scan
from lims.labelling import queries
from lims.labelling.models import PrinterSide
from lims.labelling.queries import PrinterFacts
from lims.labelling.views import label_file
from lims.stations.actions import issue_badge, set_printer
from lims.trust.permissions import Permission
from lims.web.pages import Desk, Pages, Shown, Table, Way

pages = Pages("stations")


def judge_label(at: Desk, scan: Scan) -> list[Reason]:
    """That the label which was scanned is dead: said wherever it is scanned."""
    return queries.dead_label_reasons(at.session, scan.number, scan.copy)


pages.judges.append(judge_label)


@pages.read("/printers", queries.printers, may=Permission.MANAGE_PRINTERS, menu="Printers",
            is_list=True)  # fmt: skip
def printers(at: Desk, found: list[PrinterFacts]) -> Shown:
    """Label printers: where they stand and listen."""
    rows = [(p.name, p.side, f"{p.host}:{p.port}", p.dpi, p.station, p.in_service) for p in found]
    columns = ("Printer", "Side", "Address", "Dots per inch", "Station", "In service")
    return Shown("Printers", tables=[Table("", columns, rows)], forms=[at.form(set_printer)])


@pages.page("/badges", may=Permission.MANAGE_ACCOUNTS, menu="Badges")
def badges(at: Desk) -> Shown:
    """Staff badges: issue one, print it."""
    found = queries.badges(at.session)
    rows = [(Way(n.code, f"/stations/badges/{n.code}.pdf"), n.standing, who, n.printed_at)
            for n, who in found]  # fmt: skip
    form = at.form(issue_badge, then="/stations/badges")
    columns = ("Badge", "Standing", "Of", "Issued")
    return Shown("Badges", tables=[Table("", columns, rows)], forms=[form])


@pages.file("/badges/<code>.<form>", may=Permission.MANAGE_ACCOUNTS)
def badge_as(at: Desk, code: str, form: str) -> Response:
    """A badge's file."""
    return label_file(at, queries.label_row(at.session, code, PrinterSide.HOUSE), form)
