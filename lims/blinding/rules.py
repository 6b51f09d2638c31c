"""Reading the statistician's list. Nothing of a row is ever echoed."""

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass

from lims.core.reasons import Reason, when

COLUMNS = ["sequence", "stratum", "code"]
CODES = frozenset({"A", "B"})


@dataclass(frozen=True)
class ListRow:
    """One line of the list: a place in a stratum and a code that is not an arm's name."""

    sequence: int
    stratum: str
    code: str


def read_list(text: str) -> list[ListRow] | None:
    """The rows of the CSV file; None if it has not the columns sequence,stratum,code."""
    reader = csv.reader(io.StringIO(text.strip()))
    rows = list(reader)
    if not rows or [cell.strip() for cell in rows[0]] != COLUMNS:
        return None
    found = []
    for row in rows[1:]:
        if len(row) != len(COLUMNS) or not (row[0].isascii() and row[0].strip().isdigit()):
            return None
        found.append(ListRow(int(row[0]), row[1].strip(), row[2].strip()))
    return found


def list_reasons(rows: list[ListRow] | None, strata: Collection[str]) -> list[Reason]:
    """Why a list cannot be sealed."""
    if not rows:
        return [Reason("unreadable-list", "The file needs the columns sequence,stratum,code.")]
    by_stratum: dict[str, list[int]] = {}
    for row in rows:
        by_stratum.setdefault(row.stratum, []).append(row.sequence)
    gaps = any(
        sorted(numbers) != list(range(1, len(numbers) + 1)) for numbers in by_stratum.values()
    )
    return [
        *when(
            any(row.code not in CODES for row in rows),
            Reason("unknown-code", "A code is neither A nor B."),
        ),
        *when(
            set(by_stratum) != set(strata),
            Reason("wrong-strata", "The strata are not those of the protocol."),
        ),
        *when(gaps, Reason("sequence", "A stratum's sequence is not 1, 2, 3 … without gaps.")),
    ]
