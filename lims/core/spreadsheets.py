"""Rows as files: CSV for programs, a workbook for people."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from lims.core.quantities import Quantity
from lims.core.words import as_words

Rows = Sequence[Sequence[Any]]


def csv_of(columns: Sequence[str], rows: Rows) -> str:
    """Rows of texts as CSV (RFC 4180), with what each column is at the head."""
    import pandas as pd  # noqa: PLC0415 -- a third of a second at each start, for whom it is not

    frame = pd.DataFrame([[*row] for row in rows], columns=range(len(columns)))
    return str(frame.to_csv(index=False, header=[*columns], lineterminator="\r\n"))


def workbook_of(title: str, columns: Sequence[str], rows: Rows, zone: ZoneInfo) -> bytes:
    """Rows as XLSX: numbers and days as such, all else as text that never runs."""
    from openpyxl.cell.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.workbook.workbook import Workbook  # noqa: PLC0415 -- as pandas above

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in ([*columns], *rows):
        cells = []
        for value in (plain_of(cell, zone) for cell in row):
            cell = WriteOnlyCell(sheet, value)
            if isinstance(value, str):
                cell.data_type = "s"  # also where it begins like a formula
            cells.append(cell)
        sheet.append(cells)
    kept = io.BytesIO()
    book.save(kept)
    return _without_moments(kept)


def _without_moments(book: io.BytesIO) -> bytes:
    """The same workbook with no time of its making in it: equal data are equal bytes."""
    kept = io.BytesIO()
    with ZipFile(book) as made, ZipFile(kept, "w", ZIP_DEFLATED) as told:
        for name in made.namelist():
            told.writestr(ZipInfo(name), made.read(name), ZIP_DEFLATED)
    return kept.getvalue()


def heading_of(column: str, values: Sequence[Any]) -> str:
    """A column's name, with the unit of its values."""
    units = {value.unit for value in values if isinstance(value, Quantity)}
    return f"{column} ({units.pop()})" if len(units) == 1 else column


def plain_of(value: object, zone: ZoneInfo) -> object:
    """What a cell holds: a number, a day, or a text."""
    match value:
        case Quantity():
            return value.value
        case bool():
            return "yes" if value else "no"
        case None | int() | Decimal():
            return value
        case datetime():
            return as_words(value, zone)  # with its offset, which a cell of a day cannot say
        case date():
            return value
        case _:
            return str(value)
