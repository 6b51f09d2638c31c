"""Blinded tables: the same columns in both arms, sorted by random numbers."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lims.bedside.queries import infusions
from lims.core import shapes
from lims.core.listing import PagedQuery, everything
from lims.core.quantities import Quantity
from lims.core.words import as_words
from lims.followup.queries import assessments, events
from lims.trial.queries import participants

PARTICIPANT_COLUMNS = (
    "number", "sex", "born_on", "stratum", "standing", "treatment", "randomised_at",
    "first_infusion_at",
)  # fmt: skip
INFUSION_COLUMNS = ("number", "participant", "visit", "standing", "started_at", "ended_at", "given")
EVENT_COLUMNS = (
    "participant", "term", "onset", "severity", "serious", "related", "described", "was",
)  # fmt: skip
OUTCOME_COLUMNS = ("participant", "week", "measured_on", "hba1c", "insulin", "c_peptide", "was")

TABLES: Final[dict[str, tuple[PagedQuery[Any], tuple[str, ...]]]] = {
    "adverse-events": (events, EVENT_COLUMNS),
    "infusions": (infusions, INFUSION_COLUMNS),
    "outcomes": (assessments, OUTCOME_COLUMNS),
    "participants": (participants, PARTICIPANT_COLUMNS),
}


def table_as_csv(session: Session, name: str) -> str:
    """One blinded table as CSV (RFC 4180), every value as it was entered: for programs."""
    import pandas as pd  # noqa: PLC0415 -- a third of a second at each start, for whom it is not

    query, columns = TABLES[name]
    rows = [shapes.write(found) for found in everything(query, session)]
    frame = pd.DataFrame([{c: _text(row[c]) for c in columns} for row in rows], columns=[*columns])
    return str(frame.to_csv(index=False, lineterminator="\r\n"))


def _text(value: object) -> str:
    if isinstance(value, list):  # what stood there before it was amended
        return "; ".join(f"{was['field']} {was['old']}: {was['reason']}" for was in value)
    return "" if value is None else str(value)


def table_as_workbook(session: Session, name: str, zone: ZoneInfo) -> bytes:
    """One blinded table as XLSX: numbers and days as such, all else as text that never runs."""
    from openpyxl.cell.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.workbook.workbook import Workbook  # noqa: PLC0415 -- as pandas above

    query, columns = TABLES[name]
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name)
    found = list(everything(query, session))
    sheet.append([_heading(column, found) for column in columns])
    for fact in found:
        cells = []
        for column in columns:
            value = _cell(getattr(fact, column), zone)
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


def _heading(column: str, found: Sequence[Any]) -> str:
    """A column's name, with the unit of its values."""
    units = {value.unit for fact in found if isinstance(value := getattr(fact, column), Quantity)}
    return f"{column} ({units.pop()})" if units else column


def _cell(value: object, zone: ZoneInfo) -> object:
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
        case tuple():
            return "; ".join(f"{was.field} {was.old}: {was.reason}" for was in value)
        case _:
            return str(value)
