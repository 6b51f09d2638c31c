"""Quantities with their unit in the type. All are Decimal; none is ever a float."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import ClassVar, Self

WIDE = Context(prec=80, rounding=ROUND_HALF_UP)  # quantize fails on more digits than it has


@dataclass(frozen=True, order=True, slots=True)
class Quantity:
    """A number of one unit; two units never mix without being told how.

    `least` and `most` are what can be entered at all; what is computed (a deviation, a
    recovery) may lie outside.
    """

    value: Decimal
    unit: ClassVar[str] = ""
    least: ClassVar[Decimal] = Decimal(0)
    most: ClassVar[Decimal] = Decimal(10**15)

    def __post_init__(self) -> None:
        if not isinstance(self.value, Decimal):
            raise TypeError("a quantity is a Decimal")
        if not self.value.is_finite():
            raise ValueError("a quantity is a finite number")

    def __str__(self) -> str:
        return f"{self.value:f} {self.unit}".strip()

    def __add__(self, other: Self) -> Self:
        return type(self)(self.value + self._same(other))

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.value - self._same(other))

    def times(self, factor: Decimal | int) -> Self:
        """The same unit, so many times as much."""
        return type(self)(self.value * factor)

    def per(self, other: Self) -> Decimal:
        """The ratio of two quantities of one unit."""
        return self.value / self._same(other)

    def rounded(self, places: int) -> Self:
        """Half up, for display and for what a syringe can draw; never before a comparison."""
        return type(self)(WIDE.quantize(self.value, Decimal(1).scaleb(-places)))

    def _same(self, other: Self) -> Decimal:
        if type(other) is not type(self):
            msg = f"{type(other).__name__} is not {type(self).__name__}"
            raise TypeError(msg)
        return other.value


class Kilograms(Quantity):
    """Mass of a person, kg."""

    unit = "kg"
    most = Decimal(500)


class Grams(Quantity):
    """Mass of a cord or of DMSO, g."""

    unit = "g"
    most = Decimal(10000)


class Millilitres(Quantity):
    """Volume, mL."""

    unit = "mL"
    most = Decimal(100000)


class CellCount(Quantity):
    """Number of cells."""

    unit = "cells"
    most = Decimal(10000000000000)


class CellsPerMillilitre(Quantity):
    """Concentration of cells, cells/mL."""

    unit = "cells/mL"
    most = Decimal(10000000000)


class SquareCentimetres(Quantity):
    """Growth area of a vessel, cm²."""

    unit = "cm²"
    most = Decimal(1000000)


class Centimetres(Quantity):
    """Length of a cord, cm."""

    unit = "cm"
    most = Decimal(1000)


class Percent(Quantity):
    """Per cent."""

    unit = "%"
    most = Decimal(100)


class Celsius(Quantity):
    """Temperature, °C."""

    unit = "°C"
    least = Decimal(-273)
    most = Decimal(200)


class Hours(Quantity):
    """Time span, h."""

    unit = "h"
    most = Decimal(175320)


class Minutes(Quantity):
    """Time span, min."""

    unit = "min"
    most = Decimal(100000)


class EndotoxinPerMillilitre(Quantity):
    """Endotoxin concentration, EU/mL."""

    unit = "EU/mL"
    most = Decimal(100000)


class InsulinUnits(Quantity):
    """Insulin per day, U."""

    unit = "U"
    most = Decimal(500)
