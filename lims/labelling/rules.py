"""Where things stand on a label, in dots; every reason why it cannot be printed so."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Final

from lims.core.reasons import Reason
from lims.core.texts import say


class LabelStanding(StrEnum):
    """What became of a label."""

    ISSUED = "issued"
    ACTIVE = "active"  # scanned back after printing
    SUPERSEDED = "superseded"  # dead; the paper may still exist
    VOIDED = "voided"  # never stuck on anything
    DESTROYED = "destroyed"  # before a witness
    RETURNED = "returned"  # unused, back to whoever keeps labels


class MasterStanding(StrEnum):
    """Whether labels may be printed from a version."""

    IN_FORCE = "in_force"
    OBSOLETE = "obsolete"


class PrinterSide(StrEnum):
    """Where a printer stands."""

    LAB = "lab"
    WARD = "ward"
    HOUSE = "house"  # badges


class JobStanding(StrEnum):
    """How far a label came on its way to a printer."""

    WAITING = "waiting"  # nothing was sent
    SENDING = "sending"  # its bytes may have reached the printer
    PRINTED = "printed"  # the printer says so; only scanning back proves it
    UNKNOWN = "unknown"  # the answer was lost
    ASKED = "asked"  # somebody wants to know what became of it
    GIVEN_UP = "given_up"


# ST-001 §6: Code 128 at least 0.17 mm, aim 0.25; Data Matrix 0.25 to 1 mm. Quiet zones: ten
# modules beside the bars, at least one round a Data Matrix; two are kept.
SMALLEST_MM: Final = {"Data Matrix": 0.25, "Code 128": 0.17}
QUIET: Final = {"Data Matrix": 2, "Code 128": 10}
WIDEST_ARC: Final = 1.35  # radians; what a camera still sees of a symbol wrapped round a tube


@dataclass(frozen=True)
class Area:
    """A rectangle in dots; right and bottom are the first dots outside."""

    left: int
    top: int
    right: int
    bottom: int

    def holds(self, other: "Area") -> bool:
        """Whether the other lies inside."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )

    def meets(self, other: "Area") -> bool:
        """Whether the two share a dot."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True)
class PlacedSymbol:
    """A symbol with its whole-dot module: `columns` × `rows` modules, bars being `tall` dots."""

    name: str
    left: int
    top: int
    module: int
    columns: int
    rows: int = 0
    tall: int = 0

    @property
    def ink(self) -> Area:
        """What is printed."""
        height = self.tall or self.rows * self.module
        return Area(self.left, self.top, self.left + self.columns * self.module, self.top + height)

    @property
    def zone(self) -> Area:
        """What is printed and what must stay white round it; beside bars only left and right."""
        quiet = QUIET[self.name] * self.module
        above = 0 if self.tall else quiet
        ink = self.ink
        return Area(ink.left - quiet, ink.top - above, ink.right + quiet, ink.bottom + above)

    def with_module(self, module: int) -> "PlacedSymbol":
        """The same symbol, smaller or larger."""
        return PlacedSymbol(
            self.name, self.left, self.top, module, self.columns, self.rows, self.tall
        )


@dataclass(frozen=True)
class PlacedText:
    """A line of text as it will stand, the room that it has, and the size that would fit."""

    words: str
    ink: Area
    room: Area
    fits_at_mm: float


@dataclass(frozen=True)
class Layout:
    """A whole label before it is drawn; `diameter` in mm of the tube round which it goes."""

    size: Area
    per_mm: float
    symbols: Sequence[PlacedSymbol]
    texts: Sequence[PlacedText]
    diameter: float = 0


def layout_reasons(at: Layout) -> list[Reason]:
    """Every reason against printing a label so, each with the nearest size that works."""
    reasons: list[Reason] = []
    for symbol in at.symbols:
        reasons += _symbol_reasons(at, symbol)
    for text in at.texts:
        if not text.room.holds(text.ink):
            size = say("shorten-it-or-set-it", fits_at_mm=f"{text.fits_at_mm:.1f}")
            if not text.fits_at_mm:
                size = say("it-begins-outside-its-room")
            reasons.append(Reason("too-long", words=text.words[:40], size=size))
    for number, text in enumerate(at.texts):
        for other in at.texts[number + 1 :]:
            if text.ink.meets(other.ink):
                reasons.append(Reason("overlap", words=text.words[:30], words_2=other.words[:30]))
    return reasons


def _symbol_reasons(at: Layout, symbol: PlacedSymbol) -> list[Reason]:
    least = ceil(SMALLEST_MM[symbol.name] * at.per_mm - 0.1)
    wide = symbol.ink.right - symbol.ink.left
    if symbol.module < least:
        smallest = say("the-smallest-module-here-is", least=f"{least / at.per_mm:.3f}")
        return [Reason("too-small", name=symbol.name, size=smallest)]
    if at.diameter and wide / at.per_mm > WIDEST_ARC * at.diameter / 2:
        module = int(WIDEST_ARC * at.diameter / 2 * at.per_mm / symbol.columns)
        size = _smaller(module, least, at)
        return [Reason("too-wide", name=symbol.name, size=size)]
    if not at.size.holds(symbol.zone):
        return [Reason("no-room", name=symbol.name, way_on=_nearest(at, symbol, least))]
    others = [text.ink for text in at.texts]
    others += [other.zone for other in at.symbols if other is not symbol]
    if any(symbol.zone.meets(area) for area in others):
        return [Reason("quiet-zone", name=symbol.name, way_on=_nearest(at, symbol, least))]
    return []


def _nearest(at: Layout, symbol: PlacedSymbol, least: int) -> str:
    inked = [text.ink for text in at.texts]
    inked += [other.zone for other in at.symbols if other is not symbol]
    for module in range(symbol.module - 1, least - 1, -1):
        tried = symbol.with_module(module).zone
        if at.size.holds(tried) and not any(tried.meets(area) for area in inked):
            return _smaller(module, least, at)
    zone = symbol.with_module(least).zone
    wide, high = zone.right - zone.left, zone.bottom - zone.top
    return say(
        "it-needs-at-least-mm", wide=f"{wide / at.per_mm:.1f}", high=f"{high / at.per_mm:.1f}"
    )


def _smaller(module: int, least: int, at: Layout) -> str:
    if module < least:
        return say("no-size-works-on-this")
    return say("a-module-of-mm-fits", module=f"{module / at.per_mm:.3f}")
