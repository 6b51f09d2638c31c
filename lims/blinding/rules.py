"""Reading the statistician's list. Nothing of a row is ever echoed."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lims.core.reasons import Reason, when
from lims.protocol.sections import Randomisation

COLUMNS = ["sequence", "stratum", "code"]
CODES = frozenset({"A", "B"})


@dataclass(frozen=True)
class ListRow:
    """One line of the list: a place in a stratum and a code that is not an arm's name."""

    sequence: int
    stratum: str
    code: str


def read_list(text: str) -> list[ListRow] | None:
    """The rows of the file; None if it has not the columns sequence,stratum,code.

    As programs write it: a byte order mark, semicolons or tabs, empty columns behind, capitals.
    """
    plain = text.lstrip("\ufeff").strip()
    first = plain.split("\n", maxsplit=1)[0]
    separator = max(",;\t", key=first.count)
    try:
        rows = [_without_tail(row) for row in csv.reader(io.StringIO(plain), delimiter=separator)]
    except csv.Error:  # a quotation that never ends
        return None
    if not rows or [cell.strip().lower() for cell in rows[0]] != COLUMNS:
        return None
    found = []
    for row in rows[1:]:
        if len(row) != len(COLUMNS) or not (row[0].isascii() and row[0].strip().isdigit()):
            return None
        found.append(ListRow(int(row[0]), row[1].strip(), row[2].strip()))
    return found


def _without_tail(row: list[str]) -> list[str]:
    while len(row) > len(COLUMNS) and not row[-1].strip():
        row = row[:-1]
    return row


def plan_reasons(rows: Sequence[ListRow], cells_code: str, plan: Randomisation) -> list[Reason]:
    """Why a list is not the one that the protocol plans; judged before it is sealed for good."""
    cells = sum(1 for row in rows if row.code == cells_code)
    share = Decimal(cells * 100) / len(rows)
    return [
        *when(
            len(rows) < plan.planned,
            Reason(
                "too-short", f"The list has {len(rows)} rows; the protocol plans {plan.planned}."
            ),
        ),
        *when(
            abs(share - plan.cells_share_pct) > plan.share_tolerance_pct,
            Reason("share", "The shares of the codes are not those that the protocol plans."),
        ),
    ]


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
