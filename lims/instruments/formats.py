"""The declared maps of instruments' files, one toml for each format."""

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from lims.core import shapes

FOLDER: Final = Path(__file__).parent / "formats"


class Measures(StrEnum):
    """What an instrument measures."""

    COUNT = "count"
    TEMPERATURE = "temperature"
    RESULT = "result"  # of tests, as a specification names them


class Layout(StrEnum):
    """How a file is laid out."""

    PAIRS = "pairs"  # a label and its value on each line: one measurement
    TABLE = "table"  # a heading and rows
    PLATE = "plate"  # wells in rows and columns, once for each thing that is told of them


class Means(StrEnum):
    """What stands in a place of a file."""

    SAMPLE = "sample"  # as somebody typed it at the instrument
    IMAGE = "image"  # the instrument's own name of the measurement
    LIVE = "live"
    DEAD = "dead"
    TOTAL = "total"
    VIABILITY = "viability"
    DILUTION = "dilution"
    TEMPERATURE = "temperature"
    CHAMBER = "chamber"  # of a freezer, where the temperature is that of a vial
    MOMENT = "moment"  # day and time, or the day alone where the time stands apart
    CLOCK = "clock"  # the time, where it stands apart
    OFFSET = "offset"  # of the instrument's clock from UTC, in hours
    SERIAL = "serial"
    FLAG = "flag"  # anything else than what is fine keeps the row out
    AGAIN = "again"  # when it was analysed anew
    RESULT = "result"  # of the place's test
    RECOVERY = "recovery"  # of what was added to the sample, in per cent
    EVENTS = "events"  # in the gate of which the results are per cents
    WELL = "well"  # what a plate calls the content of a well


class Unit(StrEnum):
    """In which unit a number stands, as its heading says."""

    NONE = ""
    CELLS = "cells/mL"
    MILLIONS = "10^6 cells/mL"
    PERCENT = "%"
    ENDOTOXIN = "EU/mL"
    CELSIUS = "°C"
    FAHRENHEIT = "°F"


@dataclass(frozen=True)
class Place:
    """Where a value stands: under or beside a printed name, or in a column that has none."""

    means: Means
    printed: tuple[str, ...] = ()
    column: int = 0
    unit: Unit = Unit.NONE
    test: str = ""  # the specification's code of a result
    needed: bool = True
    above: bool = False  # of a table: beside a label above it, once for all rows


@dataclass(frozen=True)
class Format:
    """One format of a file."""

    code: str
    title: str
    measures: Measures
    layout: Layout
    known_by: tuple[str, ...]
    between: str
    times: tuple[str, ...]
    place: tuple[Place, ...]
    heading_lines: int = 1
    group: str = ""  # what may stand between thousands
    decimal: str = "."
    fine: tuple[str, ...] = ("",)  # of flags
    is_utc: bool = False
    digits: int = 0  # significant ones that it writes; 0: all that are there count
    viability_within: Decimal = Decimal("0.5")  # per cent, as it rounds
    dilution_is_share: bool = False  # 0.5 is one in two, not half as much
    controls: tuple[str, ...] = ()  # the words by which one is known that is no sample
    ends: str = ""  # what stands under the last row of a table; another one may follow
    in_wells: bool = False  # a sample's results are those of its wells, and count by their mean
    fewest_events: int = 0

    def is_control(self, name: str) -> bool:
        """Whether a name is that of a standard, a blank or a control: one of its words says so.

        `POS`, `pos 2` and `STD1` are controls; `post-thaw` is none.
        """
        words = re.split(r"[^0-9a-z]+", name.casefold())
        return any(word.rstrip("0123456789") in self.controls for word in words if word)

    @property
    def separator(self) -> str:
        """What stands between two cells."""
        return {"tab": "\t"}.get(self.between, self.between)

    def places(self, means: Means) -> tuple[Place, ...]:
        """Where this may stand."""
        return tuple(place for place in self.place if place.means is means)


@cache
def formats() -> tuple[Format, ...]:
    """Every format that is declared, by its code."""
    found = [
        shapes.read(Format, tomllib.loads(path.read_text(encoding="utf-8")))
        for path in FOLDER.glob("*.toml")
    ]
    return tuple(sorted(found, key=lambda one: one.code))
