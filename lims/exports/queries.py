"""Blinded tables: the same columns in both arms, sorted by random numbers."""

from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lims.bedside.queries import infusions
from lims.core import shapes
from lims.core.listing import PagedQuery, everything
from lims.core.spreadsheets import csv_of, heading_of, workbook_of
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
    """One blinded table as CSV, every value as it was entered: for programs."""
    query, columns = TABLES[name]
    rows = [shapes.write(found) for found in everything(query, session)]
    return csv_of(columns, [[_text(row[c]) for c in columns] for row in rows])


def _text(value: object) -> str:
    if isinstance(value, list):  # what stood there before it was amended
        return "; ".join(f"{was['field']} {was['old']}: {was['reason']}" for was in value)
    return "" if value is None else str(value)


def table_as_workbook(session: Session, name: str, zone: ZoneInfo) -> bytes:
    """One blinded table as a workbook, with the units of its columns: for people."""
    query, columns = TABLES[name]
    found = list(everything(query, session))
    heads = [heading_of(c, [getattr(fact, c) for fact in found]) for c in columns]
    rows = [[_cell(getattr(fact, column)) for column in columns] for fact in found]
    return workbook_of(name, heads, rows, zone)


def _cell(value: object) -> object:
    if isinstance(value, tuple):  # what stood there before it was amended
        return "; ".join(f"{was.field} {was.old}: {was.reason}" for was in value)
    return value
