"""Vials: what they may become, and that they always reconcile."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lims.core.days import Moment
from lims.core.quantities import Minutes
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
    MISSING = "missing"  # whoever fetched it did not find it: its box is counted
    LOST = "lost"  # two people did not find it


class BoxCountStanding(StrEnum):
    """What became of the count of a box."""

    TO_CONFIRM = "to_confirm"  # it differs: a second person counts
    CONFIRMED = "confirmed"
    APART = "apart"  # the two differ from each other: it is counted anew


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


def warmth_reasons(number: str, minutes: Minutes, most: Minutes) -> list[Reason]:
    """Why a vial may not be thawed or put back: it was out of the cold for too long."""
    told_ = minutes.rounded(1)
    return list(
        when(minutes > most, Reason("too-long-out", number=number, minutes=told_, most=most))
    )


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


def free_positions(rows: int, columns: int, taken: Collection[str]) -> list[str]:
    """The positions of a box that hold nothing, row by row."""
    return [where for where in positions(rows, columns) if where not in taken]


def room_reasons(first: str, free: Sequence[str], vials: int) -> list[Reason]:
    """Why so many vials do not go into a box from this position on."""
    known = not first or first in free
    room = len(free[free.index(first) :]) if first and known else len(free)
    return [
        *when(not known, Reason("position-not-free", position=first[:10])),
        *when(known and room < vials, Reason("box-has-no-room", room=room, vials=vials)),
    ]


def storing_reasons(number: str, standing: VialStanding) -> list[Reason]:
    """Why this vial is not put anywhere: it is held for a bag, or is no vial in store any more."""
    may = standing in {VialStanding.FILLED, VialStanding.STORED}
    return list(when(not may, Reason("vial-is-not-stored", number=number, standing=standing)))


def destroying_reasons(number: str, standing: VialStanding) -> list[Reason]:
    """Why this vial is not destroyed: it is gone already. One that is held for a bag can break too."""
    gone = {VialStanding.THAWED, VialStanding.QC, VialStanding.DESTROYED, VialStanding.LOST}
    may = standing not in gone
    return list(when(not may, Reason("vial-is-not-destroyed", number=number, standing=standing)))


INSIDE = {PlaceLevel.BOX: PlaceLevel.RACK, PlaceLevel.RACK: PlaceLevel.TANK}


def moving_reasons(what: PlaceLevel, where: PlaceLevel, is_there: object) -> list[Reason]:
    """Why a place does not go into another: a box goes into racks, a rack into tanks."""
    return [
        *when(INSIDE.get(what) is not where, Reason("wrong-place")),
        *when(is_there, Reason("is-there-already")),
    ]


def differences(expected: set[str], found: set[str]) -> tuple[set[str], set[str]]:
    """What should lie in a box and does not, and what lies there and should not."""
    return expected - found, found - expected


def counting_reasons(
    level: PlaceLevel, counted_by: str | None, who: str, *, scanned: int, is_empty: bool
) -> list[Reason]:
    """Why this person does not count this place, or has not counted it."""
    return [
        *when(bool(scanned) == is_empty, Reason("scan-or-say-empty")),
        *when(level is not PlaceLevel.BOX, Reason("not-a-box")),
        *when(counted_by == who, Reason("same-person.somebody")),
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
