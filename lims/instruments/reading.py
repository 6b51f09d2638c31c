"""A file of an instrument read by its declared map: all of it, or every fault by line and column."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from lims.core.reasons import Reason
from lims.core.texts import Text, say
from lims.instruments.formats import Format, Layout, Means, Measures, Place, formats
from lims.instruments.grids import (
    NoGridError,
    cell_name,
    grid_of_text,
    grid_of_workbook,
    is_workbook,
    texts_of,
)
from lims.instruments.numbers import POSSIBLE, Read, UnreadableError, moment_of, number_of
from lims.instruments.places import (
    HEAD,
    Values,
    by_test,
    is_heading,
    values_of_pairs,
    values_of_table,
)
from lims.instruments.plates import values_of_plate

MOST_FAULTS: Final = 20  # that anybody reads
LONGEST_FLAG: Final = 200
T = TypeVar("T")


@dataclass(frozen=True)
class Fault:
    """What is wrong in one place of a file."""

    line: int
    column: str
    says: Text

    @property
    def reason(self) -> Reason:
        """The same as a reason against the file."""
        sentence = say("file-fault", line=self.line, column=self.column, says=self.says)
        return Reason("file-fault", sentence)


@dataclass(frozen=True)
class Row:
    """One measurement: numbers, texts and its moment, by what they mean."""

    line: int
    numbers: dict[Means, Read] = field(default_factory=dict)
    texts: dict[Means, str] = field(default_factory=dict)
    moment: datetime | None = None
    test: str = ""

    def number(self, means: Means) -> Decimal | None:
        """A number, if the file has it."""
        read = self.numbers.get(means)
        return None if read is None else read.value


@dataclass(frozen=True)
class Reading:
    """What a file says, and what is against it: of a file with a fault nothing is taken."""

    form: Format | None
    rows: tuple[Row, ...] = ()
    faults: tuple[Fault, ...] = ()
    against: tuple[Reason, ...] = ()

    @property
    def reasons(self) -> list[Reason]:
        """Everything against the file, the first faults by name and how many more there are."""
        more = len(self.faults) - MOST_FAULTS
        return [
            *self.against,
            *(fault.reason for fault in self.faults[:MOST_FAULTS]),
            *([Reason("more-faults", count=more)] if more > 0 else []),
        ]

    @property
    def serials(self) -> frozenset[str]:
        """The serial numbers that the file names."""
        named = (row.texts.get(Means.SERIAL, "") for row in self.rows)
        return frozenset(serial for serial in named if serial)


def read_file(data: bytes, measures: Measures, zone: ZoneInfo) -> Reading:
    """Read the file of an instrument that measures this; `zone` is what its clock shows."""
    try:
        form, taken = _one_format(data, measures)
        found = [_row(form, line, values, zone) for line, values in taken]
    except NoGridError as error:
        return Reading(None, against=(error.reason,))
    rows = tuple(one for one in found if isinstance(one, Row))
    faults = tuple(fault for one in found if not isinstance(one, Row) for fault in one)
    empty = () if found else (Reason("file-without-rows"),)
    return Reading(form, () if faults else rows, faults, empty)


def _one_format(data: bytes, measures: Measures) -> tuple[Format, list[tuple[int, Values]]]:
    """The one format that knows this file, and its values; NoGridError for none and for two."""
    known = _workbook(data, measures) if is_workbook(data) else _text(data, measures)
    if not known:
        titles = "; ".join(one.title for one in formats() if one.measures is measures)
        raise NoGridError(Reason("file-of-no-format", known=titles))
    if len(known) > 1:
        titles = "; ".join(form.title for form, _ in known)
        raise NoGridError(Reason("file-of-two-formats", known=titles))
    return known[0]


Known = list[tuple[Format, list[tuple[int, Values]]]]


def _workbook(data: bytes, measures: Measures) -> Known:
    grid = grid_of_workbook(data)
    named = {cell_name(cell) for row in grid[:HEAD] for cell in row}
    return [
        (form, _by_test(form, values_of_table(form, grid)))
        for form in formats()
        if form.measures is measures and form.layout is Layout.TABLE and _knows(form, named)
    ]


def _text(data: bytes, measures: Measures) -> Known:
    """In the first charset in which its heading is found: a degree sign may be written in another."""
    missed: NoGridError | None = None
    for text in texts_of(data):
        lines = text.splitlines()
        try:
            found = [
                (form, _values(form, text, lines))
                for form in formats()
                if form.measures is measures and _knows(form, _names(form, lines))
            ]
        except NoGridError as error:
            missed = missed or error
            continue
        if found:
            return found
    if missed:
        raise missed
    return []


def _names(form: Format, lines: Sequence[str]) -> set[str]:
    cells = (cell for line in lines[:HEAD] for cell in line.split(form.separator))
    return {cell_name(cell.strip(' "').rstrip(",")) for cell in cells}


def _values(form: Format, text: str, lines: Sequence[str]) -> list[tuple[int, Values]]:
    if form.layout is Layout.PAIRS:
        return [values_of_pairs(form, lines)]
    grid = grid_of_text(text, form.separator)
    if form.layout is Layout.PLATE:
        return _by_test(form, values_of_plate(form, grid))
    return _by_test(form, values_of_table(form, grid))


def _by_test(form: Format, rows: Iterable[tuple[int, Values]]) -> list[tuple[int, Values]]:
    if form.measures is not Measures.RESULT:
        return list(rows)
    whole = form.layout is Layout.PLATE
    return [(line, one) for line, values in rows for one in by_test(values, whole=whole)]


def _knows(form: Format, named: set[str]) -> bool:
    return all(any(is_heading(n, {cell_name(label)}) for n in named) for label in form.known_by)


def _row(form: Format, line: int, values: Values, zone: ZoneInfo) -> Row | list[Fault]:
    """One measurement, or everything that is wrong with it."""
    sample = next((text for place, text, _ in values if place.means is Means.SAMPLE), "") or ""
    if form.controls and form.is_control(sample):
        return Row(line, texts={Means.SAMPLE: sample})  # the method judges it, and not we
    numbers: dict[Means, Read] = {}
    texts: dict[Means, str] = {}
    faults: list[Fault] = []

    def taken(column: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except UnreadableError as error:
            faults.append(Fault(line, column, error.sentence))
            return None

    for place, text, column in values:
        if fault := _fault(form, place, text):
            faults.append(Fault(line, column, fault))
        elif text and place.means in POSSIBLE:
            if read := taken(column, partial(number_of, text, form, place)):
                numbers[place.means] = read
        elif text:
            texts[place.means] = text
    at = {
        means: taken(_column(values, means), partial(_moment, form, texts, means, zone))
        for means in (Means.MOMENT, Means.AGAIN)
        if means in texts
    }
    if again := at.get(Means.AGAIN):
        texts[Means.AGAIN] = again.isoformat()  # so that the later one can be told
    test = "".join(place.test for place, _, _ in values)
    return faults or Row(line, numbers, texts, at.get(Means.MOMENT), test)


def _moment(form: Format, texts: dict[Means, str], means: Means, zone: ZoneInfo) -> datetime:
    clock = texts.get(Means.CLOCK, "") if means is Means.MOMENT else ""
    return moment_of(f"{texts[means]} {clock}", form, texts.get(Means.OFFSET, ""), zone)


def _column(values: Values, means: Means) -> str:
    return next(printed for place, _, printed in values if place.means is means)


def _fault(form: Format, place: Place, text: str | None) -> Text | None:
    if place.means is Means.FLAG and text is not None:
        return None if text in form.fine else say("file-flag", value=text[:LONGEST_FLAG])
    return say("file-value-is-missing") if place.needed and not text else None
