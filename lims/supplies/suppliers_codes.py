"""What a supplier's code says of a delivery: a GS1 code of a trade item, or ISBT 128 of a donation."""

from collections.abc import Sequence
from datetime import date

from lims.identifiers.gs1 import LOT, Gs1, read_gs1
from lims.identifiers.isbt import looks_like_isbt, read_isbt
from lims.identifiers.isbt_structures import Structure
from lims.trust.context import Work

LOTS = ("item_lot", "container_lot", "mpho_lot")  # ST-001 structures 022, 018, 035


def of_code(work: Work, code: str, printed_lot: str) -> Gs1:
    """Item, lot and expiry as a code tells them; nothing of none. Refused with what is wrong with it.

    Of what comes from a donor the lot is the donation's number (ST-001 structure 001).
    """
    if not code:
        return Gs1({})
    if looks_like_isbt(code):
        return _of_isbt(read_isbt(code, work.settings.isbt_facility))
    return read_gs1(code, work.settings.gs1_separators, printed_lot=printed_lot)


def _of_isbt(told: Sequence[Structure]) -> Gs1:
    lots = [one.parts["din"] for one in told if one.name == "din"]
    lots += [one.content for one in told if one.name in LOTS]
    ends = [_day(one) for one in told if one.name in {"expiration_date", "expiration_datetime"}]
    return Gs1({LOT: lots[0]} if lots else {}, ends[0] if ends else None)


def _day(told: Structure) -> date:
    return date.fromisoformat((told.parts.get("date") or told.parts["datetime"])[:10])
