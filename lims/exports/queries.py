"""Blinded tables: the same columns in both arms, sorted by random numbers."""

from typing import Any, Final

from sqlalchemy.orm import Session

from lims.bedside.queries import infusions
from lims.core import shapes
from lims.core.listing import PagedQuery, everything
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
    """One blinded table as CSV, every value as text so that no digit is lost."""
    import pandas as pd  # noqa: PLC0415 -- a third of a second at each start, for whom it is not

    query, columns = TABLES[name]
    rows = [shapes.write(found) for found in everything(query, session)]
    frame = pd.DataFrame([{c: row[c] for c in columns} for row in rows], columns=list(columns))
    return str(frame.map(_safe).to_csv(index=False, lineterminator="\n"))


def _safe(value: object) -> str:
    """Text that a spreadsheet does not take for a formula."""
    if isinstance(value, list):  # what stood there before it was amended
        value = "; ".join(f"{was['field']} {was['old']}: {was['reason']}" for was in value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.strip()[:1] in {"=", "+", "-", "@"} else text
