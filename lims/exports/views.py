"""Exports of the ward's blinded tables."""

from flask import Response

from lims.accounts.scanning import ReadCount, ward_reads
from lims.accounts.views import scans_page
from lims.core.errors import Missing
from lims.core.texts import say
from lims.exports.queries import TABLES, table_as_csv, table_as_workbook
from lims.trust.identity.roles import Permission, Side
from lims.web.context import RequestContext
from lims.web.lists import file_of
from lims.web.pages import Page, Pages

pages = Pages("exports", say("menu.quality"))


@pages.page("/", may=Permission.EXPORT_BLINDED, menu=say("exports"))
def exports(at: RequestContext) -> Page:
    """The tables that can be taken away."""
    del at
    links = [
        (f"{name}.{form}", f"/exports/{name}.{form}")
        for name in sorted(TABLES)
        for form in ("xlsx", "csv")
    ]
    notes = ((say("workbook"), say("for-people")), (say("csv"), say("for-programs")))
    return Page(say("blinded-exports"), facts=notes, links=links)


@pages.file("/<name>.csv", may=Permission.EXPORT_BLINDED, sensitive=True)
def export(at: RequestContext, name: str) -> Response:
    """One table as CSV, for programs."""
    if name not in TABLES:
        raise Missing
    return file_of(table_as_csv(at.session, name), f"{name}.csv")


@pages.file("/<name>.xlsx", may=Permission.EXPORT_BLINDED, sensitive=True)
def workbook(at: RequestContext, name: str) -> Response:
    """One table as a workbook, for people."""
    if name not in TABLES:
        raise Missing
    return file_of(table_as_workbook(at.session, name, at.zone), f"{name}.xlsx")


@pages.read("/scans", ward_reads, may=Permission.EXPORT_BLINDED, menu=say("scans"), is_list=True)
def scans(at: RequestContext, found: list[ReadCount]) -> Page:
    """How the ward's codes were read, and what was typed by hand."""
    return scans_page(at, found, Side.WARD)
