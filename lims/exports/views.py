"""Exports of the ward's blinded tables."""

from flask import Response, make_response

from lims.accounts.scanning import ReadCount, ward_reads
from lims.accounts.views import scans_page
from lims.core.errors import Missing
from lims.core.texts import say
from lims.exports.queries import TABLES, table_as_csv
from lims.trust.identity.roles import Permission, Side
from lims.web.pages import Page, Pages, RequestContext

pages = Pages("exports")


@pages.page("/", may=Permission.EXPORT_BLINDED, menu=say("exports"))
def exports(at: RequestContext) -> Page:
    """The tables that can be taken away."""
    del at
    links = [(f"{name}.csv", f"/exports/{name}.csv") for name in sorted(TABLES)]
    return Page(say("blinded-exports"), links=links)


@pages.file("/<name>.csv", may=Permission.EXPORT_BLINDED)
def export(at: RequestContext, name: str) -> Response:
    """One table as CSV."""
    if name not in TABLES:
        raise Missing
    response = make_response(table_as_csv(at.session, name))
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@pages.read("/scans", ward_reads, may=Permission.EXPORT_BLINDED, menu=say("scans"), is_list=True)
def scans(at: RequestContext, found: list[ReadCount]) -> Page:
    """How the ward's codes were read, and what was typed by hand."""
    return scans_page(at, found, Side.WARD)
