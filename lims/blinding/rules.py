"""Reading the statistician's list. Nothing of a row is ever echoed."""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from lims.core.reasons import Reason, when
from lims.protocol.sections import Randomisation


class Arm(StrEnum):
    """What a treatment number means. This type exists nowhere else."""

    CELLS = "cells"
    VEHICLE = "vehicle"


COLUMNS = ["sequence", "stratum", "code"]
CODES = frozenset({"A", "B"})
MOST_TOLD = 20  # faults; who has more looks at the file again


@dataclass(frozen=True)
class ListRow:
    """One line of the list: a place in a stratum and a code that is not an arm's name."""

    sequence: int
    stratum: str
    code: str
    line: int = 0


def separator_of(text: str) -> str:
    """What stands between the columns: a comma, a semicolon or a tab."""
    first = text.lstrip("\ufeff").lstrip().split("\n", maxsplit=1)[0]
    return max(",;\t", key=first.count)


def read_list(text: str) -> tuple[list[ListRow], list[Reason]]:
    """The rows of the file, and each fault with its line; never what stands in it.

    As programs write it: a byte order mark, semicolons or tabs, empty columns behind, capitals.
    """
    plain = text.lstrip("\ufeff").rstrip()
    reader = csv.reader(io.StringIO(plain), delimiter=separator_of(plain))
    try:
        lines = [(reader.line_num, _without_tail(row)) for row in reader]
    except csv.Error:  # a quotation that never ends
        return [], [Reason("unreadable-list.the")]
    while lines and not lines[0][1]:
        lines = lines[1:]
    if not lines or [cell.strip().lower() for cell in lines[0][1]] != COLUMNS:
        return [], [Reason("unreadable-list.line")]
    rows: list[ListRow] = []
    faults: list[Reason] = []
    for number, row in lines[1:]:
        if len(row) != len(COLUMNS):
            faults.append(
                Reason(
                    "unreadable-list.line-columns",
                    number=number,
                    count=len(row),
                    count_2=len(COLUMNS),
                )
            )
        elif not (row[0].isascii() and row[0].strip().isdigit()):
            faults.append(Reason("unreadable-list.line-the", number=number))
        else:
            rows.append(ListRow(int(row[0]), row[1].strip(), row[2].strip(), number))
    return rows, faults[:MOST_TOLD]


def _without_tail(row: list[str]) -> list[str]:
    while len(row) > len(COLUMNS) and not row[-1].strip():
        row = row[:-1]
    return row


def plan_reasons(
    rows: Sequence[ListRow], cells_code: str, plan: Randomisation, known: int = 0
) -> list[Reason]:
    """Why a list is not the one that the protocol plans; judged before it is sealed for good.

    `known` numbers are sealed already: a further list adds to them.
    """
    cells = sum(1 for row in rows if row.code == cells_code)
    share = Decimal(cells * 100) / len(rows)
    return [
        *when(
            len(rows) + known < plan.planned,
            Reason("too-short", count=len(rows) + known, planned=plan.planned),
        ),
        *when(
            abs(share - plan.cells_share_pct) > plan.share_tolerance_pct,
            Reason("share"),
        ),
    ]


def list_reasons(
    rows: list[ListRow], strata: Collection[str], known: Mapping[str, int] | None = None
) -> list[Reason]:
    """Why a list cannot be sealed, each with its line where it has one.

    A further list goes on where the numbers `known` of each stratum end, and may leave strata out.
    """
    if not rows:
        return [Reason("unreadable-list")]
    by_stratum: dict[str, list[ListRow]] = {}
    for row in rows:
        by_stratum.setdefault(row.stratum, []).append(row)
    return [
        *(Reason("unknown-code", line=row.line) for row in rows if row.code not in CODES),
        *when(
            set(by_stratum) - set(strata) or (known is None and set(by_stratum) != set(strata)),
            Reason("wrong-strata"),
        ),
        *(
            Reason("sequence", line=row.line, place=place)
            for stratum, members in by_stratum.items()
            for place, row in enumerate(
                sorted(members, key=lambda row: row.sequence), (known or {}).get(stratum, 0) + 1
            )
            if row.sequence != place
        ),
    ][:MOST_TOLD]
