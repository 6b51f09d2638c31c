"""Curves on pages: where each point lies on the paper; the template draws, and a table says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from lims.web.tables import Table

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 260, 56, 48, 26, 44
Place = date | Decimal | int
# Shape and dash tell two curves apart, never colour alone.
LOOKS: Final = ("one", "two", "three")


@dataclass(frozen=True)
class Point:
    """One point of a curve: where, how much, and what it says of itself."""

    across: Place
    up: Decimal
    says: str = ""


@dataclass(frozen=True)
class Curve:
    """What was measured, in its order."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Picture:
    """Curves over one axis; `across` and `up` name the axes with their units.

    `limits` are lines that must not be crossed, each with its words; `today` stands on an axis of
    days; `whole` axes have whole numbers only.
    """

    title: str
    across: str
    up: str
    curves: Sequence[Curve]
    limits: Sequence[tuple[Decimal, str]] = ()
    today: date | None = None
    whole: bool = False

    width, height = WIDTH, HEIGHT
    left, bottom, right, top = LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, TOP

    @cached_property
    def places(self) -> list[tuple[float, str]]:
        """The ticks along the bottom, with their words."""
        return [(self.x(at), self._told(at)) for at in self._across_ticks]

    @cached_property
    def heights(self) -> list[tuple[float, str]]:
        """The ticks up the side, with their words."""
        return [(self.y(at), f"{at:g}") for at in self._up_ticks]

    @cached_property
    def drawn(self) -> list[tuple[str, Curve, list[tuple[float, float, Point]]]]:
        """Each curve with its look and with where its points lie."""
        return [
            (
                look,
                curve,
                [(self.x(_plain(p.across)), self.y(float(p.up)), p) for p in curve.points],
            )
            for look, curve in zip(LOOKS, self.curves, strict=False)
        ]

    @property
    def now(self) -> float | None:
        """Where today lies; None where that is off the paper."""
        if self.today is None:
            return None
        at = self.x(_plain(self.today))
        return at if LEFT <= at <= WIDTH - RIGHT else None

    @property
    def table(self) -> Table:
        """The same in rows."""
        columns = (self.across, *(curve.name for curve in self.curves))
        places = sorted(
            {point.across for curve in self.curves for point in curve.points}, key=_plain
        )
        rows = [
            (at, *(next((p.up for p in c.points if p.across == at), None) for c in self.curves))
            for at in places
        ]
        return Table(self.title, columns, rows)

    def x(self, at: float) -> float:
        """How far from the left."""
        low, high = self._across_ticks[0], self._across_ticks[-1]
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (at - low) / (high - low), 1)

    def y(self, at: float) -> float:
        """How far from the top."""
        low, high = self._up_ticks[0], self._up_ticks[-1]
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (at - low) / (high - low), 1)

    @cached_property
    def _points(self) -> list[Point]:
        return [point for curve in self.curves for point in curve.points]

    @cached_property
    def _across_ticks(self) -> list[float]:
        places = [_plain(point.across) for point in self._points]
        if self.today is not None:
            places.append(_plain(self.today))
        whole = self.whole or any(isinstance(p.across, date) for p in self._points)
        return _ticks(min(places), max(places), whole=whole)

    @cached_property
    def _up_ticks(self) -> list[float]:
        heights = [float(point.up) for point in self._points]
        heights += [float(limit) for limit, _ in self.limits]
        return _ticks(min(heights), max(heights))

    def _told(self, at: float) -> str:
        if any(isinstance(point.across, date) for point in self._points):
            return date.fromordinal(int(at)).isoformat()
        return f"{at:g}"


def picture_of(picture: Picture) -> list[Picture]:
    """The picture, where there is something to be seen."""
    return [picture] if any(curve.points for curve in picture.curves) else []


def _plain(at: Any) -> float:
    return float(at.toordinal() if isinstance(at, date) else at)


def _ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Round numbers that reach from the least to the greatest."""
    from reportlab.graphics.charts.utils import ticks  # noqa: PLC0415 -- of those who look at one

    if low == high:
        high = low + 1
    places, _ = ticks(low, high, n=(3, 4, 5, 6))
    found = sorted({float(round(at)) if whole else float(at) for at in places})
    step = found[1] - found[0]
    return [*([found[0] - step] if low < found[0] else []), *found,
            *([found[-1] + step] if high > found[-1] else [])]  # fmt: skip
