"""How a code came in: by a scanner's keys, a camera, a hand; judged from what the page saw."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

SLOWEST_SCANNER: Final = 110  # milliseconds a character; scanners take 5 to 100
LONGEST_READ: Final = 3_600_000  # milliseconds; a page that says more is not believed


class Via(StrEnum):
    """The way a code took to the server."""

    KEYS = "keys"  # a keyboard: a scanner's or a person's, the times tell which
    CAMERA = "camera"
    HAND = "hand"  # typed, pasted, or from a page that could not tell
    PROGRAM = "program"  # a script at the API, by its own word


class Unscanned(StrEnum):
    """Why a code was typed and not scanned."""

    UNREADABLE = "unreadable"  # smeared, torn, wet
    MISSING = "missing"  # no band, no label
    NO_SCANNER = "no_scanner"
    SCANNER_FAULT = "scanner_fault"
    OUT_OF_REACH = "out_of_reach"  # under a blanket, in a sleeve
    OTHER = "other"


class ScannerSetUp(StrEnum):
    """What scans at a station; it decides what counts as typed there."""

    ANY = "any"  # the pace of the keys tells
    FRAMED = "framed"  # each scanner sends the site's prefix or suffix
    NONE = "none"  # only the camera, if that


@dataclass(frozen=True)
class HowRead:
    """How one code was read; `began_at` is the page's own clock and proves nothing."""

    via: Via
    milliseconds: int | None = None
    framed: bool = False
    began_at: datetime | None = None
    why: Unscanned | None = None  # it was typed

    def by_hand(self, raw: str) -> bool:
        """Whether a person typed it: marked so for ever, and asked for twice at the bedside."""
        if self.via is not Via.KEYS:
            return self.via is Via.HAND
        if self.framed:
            return False
        return self.milliseconds is None or self.milliseconds > SLOWEST_SCANNER * len(raw)

    def at(self, scanner: ScannerSetUp) -> "HowRead":
        """The same reading at a station: keys that no scanner there can have sent are a hand's."""
        typed = scanner is ScannerSetUp.NONE or (scanner is ScannerSetUp.FRAMED and not self.framed)
        return replace(self, via=Via.HAND) if typed and self.via is Via.KEYS else self


BY_HAND: Final = HowRead(Via.HAND)


def how_read(said: object) -> HowRead:
    """What a page says of one reading; whatever cannot be believed counts as typed by hand."""
    if not isinstance(said, Mapping):
        return BY_HAND
    told: Mapping[str, Any] = said
    if not isinstance(via := told.get("via"), str) or via not in set(Via):
        return BY_HAND
    took = told.get("ms")
    known = isinstance(took, int) and not isinstance(took, bool) and 0 <= took <= LONGEST_READ
    why = told.get("why")
    return HowRead(
        Via(via),
        took if known else None,
        told.get("framed") is True,
        _when(told.get("at")),
        Unscanned(why) if isinstance(why, str) and why in set(Unscanned) else None,
    )


def _when(said: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(said) if isinstance(said, str) and len(said) < 40 else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo and 2000 < moment.year < 2200 else None
