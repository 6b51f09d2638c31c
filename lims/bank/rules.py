"""Vials: what they may become, and that they always reconcile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lims.core.days import Moment
from lims.core.reasons import Reason, when
from lims.donation.rules import DonorStanding
from lims.supplies.rules import LotFacts, lot_reasons


class PlaceLevel(StrEnum):
    """What a storage place is."""

    TANK = "tank"
    RACK = "rack"
    BOX = "box"


class VialStanding(StrEnum):
    """What became of a vial. Thawing cannot be undone."""

    FILLED = "filled"
    STORED = "stored"
    RESERVED = "reserved"
    THAWED = "thawed"
    QC = "qc"
    RETAINED = "retained"
    DESTROYED = "destroyed"


@dataclass(frozen=True)
class Reconciliation:
    """How many vials were filled and where each one is."""

    filled: int
    counts: Mapping[str, int]

    @property
    def balances(self) -> bool:
        """Filled = stored + reserved + thawed + QC + retained + destroyed, at all times."""
        return self.filled == sum(self.counts.values())


def thaw_reasons(lot: LotFacts, upstream: Sequence[Reason], at: Moment) -> list[Reason]:
    """Every reason why a vial of this lot may not be thawed at this moment."""
    return list(dict.fromkeys([*lot_reasons(lot, at), *upstream]))


def position_reasons(position: str, rows: int, columns: int, taken: str | None) -> list[Reason]:
    """Why a vial cannot be put there. Positions are a letter and a number: A1, B7."""
    known = is_position(position, rows, columns)
    return [
        *when(not known, Reason("no-such-position", position=position[:10])),
        *when(
            taken is not None,
            Reason("position-taken", position=position, taken=taken),
        ),
    ]


def disposing_reasons(donor: DonorStanding, others: Sequence[str]) -> list[Reason]:
    """Why these things of a donor are not destroyed: she may be used, or they are not hers."""
    stopped = donor in {DonorStanding.WITHDRAWN, DonorStanding.INELIGIBLE}
    return [
        *when(not stopped, Reason("donor-not-stopped")),
        *(Reason("not-of-this-donor", number=number) for number in others),
    ]


def is_position(position: str, rows: int, columns: int) -> bool:
    """Whether a box of so many rows and columns has this position."""
    letter, digits = position[:1], position[1:]
    plain = position.isascii() and digits.isdigit() and len(digits) < 3
    if not plain or digits != str(int(digits)):  # "A01" would be a second name of A1
        return False
    return 0 <= ord(letter) - ord("A") < rows and 1 <= int(digits) <= columns


def positions(rows: int, columns: int) -> list[str]:
    """All positions of a box, row by row."""
    return [
        f"{chr(ord('A') + row)}{column + 1}" for row in range(rows) for column in range(columns)
    ]
