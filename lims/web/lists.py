"""Lists on pages: what is looked for in them, how they are sorted, and as files to take away."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, make_response, request

from lims.core.db import Who
from lims.core.errors import Missing
from lims.core.listing import Asked, Listed, Listing, pages_of
from lims.core.spreadsheets import csv_of, heading_of, plain_of, workbook_of
from lims.core.texts import Text, named
from lims.trust.amending import Amended
from lims.web.answers import answer_of, asked_for, is_paged
from lims.web.languages import name_of, tell
from lims.web.tables import Link, Table

if TYPE_CHECKING:
    from lims.web.context import RequestContext
    from lims.web.pages import Page

KINDS: Final = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def with_args(**changed: str) -> str:
    """The query of this page with something changed; a place in a list is not kept."""
    asked = request.args.to_dict(flat=False)
    kept = {n: v for n, v in asked.items() if n not in {"after", "as", *changed}} | changed
    return "?" + urlencode({name: value for name, value in kept.items() if any(value)}, doseq=True)


def as_list(at: "RequestContext", shown: "Page", found: Any) -> None:
    """Let the first table of a page be searched; a short one is narrowed to what is looked for."""
    shown.listing = getattr(found, "listing", None) or Listing(())
    if not isinstance(found, Listed) and shown.tables:
        first, *rest = shown.tables
        shown.tables = [narrowed(first, asked_for(at.session), at.zone), *rest]


def taken_away(
    at: "RequestContext",
    query: Callable[..., Any],
    view: Callable[..., "Page"],
    path: Mapping[str, str],
    kind: str,
) -> Response:
    """The whole list that is looked at, as a file."""
    asked = asked_for(at.session)
    if is_paged(query):
        found = pages_of(lambda place: answer_of(query, at, path, place), asked)
        tables = [table for page in found for table in view(at, page).tables[:1]]
    else:
        first = view(at, answer_of(query, at, path)).tables[:1]
        tables = [narrowed(table, asked, at.zone) for table in first]
    return as_file(tables, view.__name__.replace("_", "-"), kind, at.zone)


def narrowed(table: Table, asked: Asked, zone: ZoneInfo) -> Table:
    """The rows of a short list in which every word stands somewhere."""
    if not asked.words:
        return table
    rows = [row for row in table.rows if _has(row, asked, zone)]
    return replace(table, rows=rows)


def _has(row: Sequence[Any], asked: Asked, zone: ZoneInfo) -> bool:
    shown = "\n".join(str(plain_of(said(cell), zone)) for cell in row).lower()
    return all(any(way.lower() in shown for way in ways) for ways in asked.words)


def as_file(tables: Iterable[Table], name: str, kind: str, zone: ZoneInfo) -> Response:
    """The rows of a list's pages, as they are shown, as a file; Missing for another kind."""
    pages = list(tables)
    if kind not in KINDS or not pages:
        raise Missing
    rows = [[said(cell) for cell in row] for page in pages for row in page.rows]
    heads = [
        heading_of(tell(column), [row[place] for row in rows])
        for place, column in enumerate(pages[0].columns)
    ]
    if kind == "csv":
        told = [["" if c is None else str(plain_of(c, zone)) for c in row] for row in rows]
        return file_of(csv_of(heads, told), f"{name}.csv")
    return file_of(workbook_of(name, heads, rows, zone), f"{name}.xlsx")


def file_of(content: str | bytes, name: str) -> Response:
    """A file to take away; by its ending it says what it is."""
    response = make_response(content)
    response.mimetype = KINDS[name.rpartition(".")[2]]
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def said(cell: Any) -> Any:
    """What a cell says, in the reader's language; numbers, days and times as such."""
    match cell:
        case Text():
            return tell(cell)
        case Who():
            return name_of(cell)
        case Link():
            return tell(cell.words)
        case Enum():
            return tell(named(cell))
        case Amended():
            return said(cell.value)
        case tuple() | list():
            return ", ".join(str(said(part)) for part in cell)
        case _:
            return cell
