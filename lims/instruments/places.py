"""Where the values of a format stand in a file: beside labels downwards, or under a heading."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lims.core.reasons import Reason
from lims.instruments.formats import Format, Means, Measures, Place, Unit
from lims.instruments.grids import Grid, NoGridError, cell_name
from lims.instruments.numbers import POSSIBLE

HEAD: Final = 60  # lines in which a heading stands
Values = list[tuple[Place, str | None, str]]  # place, text if there is a place for it, column


def values_of_pairs(form: Format, lines: Sequence[str]) -> tuple[int, Values]:
    """The one measurement of a file of labels; NoGridError where a label has two values."""
    told: dict[str, list[str]] = {}
    for line in lines:
        label, between, value = line.rstrip(",").partition(form.separator)
        if between:
            shown = value.strip().rstrip(form.separator + ",").strip()
            told.setdefault(cell_name(label), []).append(shown)
    values: Values = []
    for place in form.place:
        found = [value for label in place.printed for value in told.get(cell_name(label), [])]
        if len(set(found)) > 1:
            raise NoGridError(Reason("file-says-it-twice", label=place.printed[0]))
        values.append((place, found[0] if found else None, place.printed[0]))
    return 1, values


def values_of_table(form: Format, grid: Grid) -> Iterator[tuple[int, Values]]:
    """Each row under the heading; NoGridError where the heading lacks what is needed."""
    begin = 0
    while begin < len(grid):
        try:
            top, columns = _heading(form, grid[begin:])
        except NoGridError:
            if begin:
                return  # what follows the last table
            raise
        below = begin + top + form.heading_lines
        _no_other_unit(form, grid[begin:below], columns)
        yield from _rows(form, grid, below, columns)
        begin = _end(form, grid, below)


def _rows(
    form: Format, grid: Grid, below: int, columns: Mapping[Place, int]
) -> Iterator[tuple[int, Values]]:
    above: Values = [(p, beside(grid[:below], p), p.printed[0]) for p in form.place if p.above]
    for line, cells in enumerate(grid[below : _end(form, grid, below)], below + 1):
        if sum(1 for cell in cells if cell.strip()) < 2:  # nothing, or the name of a section
            continue
        values: Values = [
            (place, cells[at].strip(), _printed(place)) for place, at in columns.items()
        ]
        yield line, [*above, *values]


def _end(form: Format, grid: Grid, below: int) -> int:
    """Where a table ends: below it another one may begin."""
    ends = (n for n, cells in enumerate(grid[below:], below) if cells[0].strip() == form.ends)
    return next(ends, len(grid)) if form.ends else len(grid)


def _no_other_unit(form: Format, head: Grid, columns: Mapping[Place, int]) -> None:
    """Some name °F above only: NoGridError where the format would read it as °C."""
    fahrenheit = any(place.unit is Unit.FAHRENHEIT for place in columns)
    told = any("°f" in cell_name(cell) for row in head for cell in row)
    if form.measures is Measures.TEMPERATURE and told and not fahrenheit:
        raise NoGridError(Reason("file-in-fahrenheit"))


def _printed(place: Place) -> str:
    return place.printed[0] if place.printed else str(place.column)


def _heading(form: Format, grid: Grid) -> tuple[int, dict[Place, int]]:
    """Where the heading begins, and in which column each place is."""
    asked = [place for place in form.place if not place.above]
    labels = {cell_name(label) for place in asked for label in place.printed}
    nearest: list[Reason] = []
    for top in range(min(len(grid), HEAD)):
        stack = grid[top : top + form.heading_lines]
        names = [{cell_name(row[n]) for row in stack} for n in range(len(stack[0]))]
        if not any(is_heading(cell, labels) for cell in set().union(*names)):
            continue
        columns, reasons = _columns(asked, names)
        if not reasons:
            return top, columns
        nearest = min(nearest or reasons, reasons, key=len)
    raise NoGridError(nearest[0] if nearest else Reason("file-without-heading"))


def _columns(
    asked: Sequence[Place], names: Sequence[set[str]]
) -> tuple[dict[Place, int], list[Reason]]:
    columns: dict[Place, int] = {}
    reasons = []
    for place in asked:
        wanted = {cell_name(label) for label in place.printed}
        found = (
            [place.column - 1]
            if place.column
            else [
                n
                for n, cells in enumerate(names)
                if any(is_heading(cell, wanted) for cell in cells)
            ]
        )
        if len(found) > 1:
            reasons.append(Reason("file-heading-twice", label=place.printed[0]))
        elif found:
            columns[place] = found[0]
    for means, test in dict.fromkeys((p.means, p.test) for p in asked if p.needed):
        there = [place for place in columns if (place.means, place.test) == (means, test)]
        label = " / ".join(
            name for p in asked if (p.means, p.test) == (means, test) for name in p.printed
        )
        if not there:
            reasons.append(Reason("file-lacks-column", label=label))
        elif len(there) > 1 and means in POSSIBLE:
            reasons.append(Reason("file-heading-twice", label=label))
    return columns, reasons


def is_heading(cell: str, wanted: set[str]) -> bool:
    """Whether a heading is one of these; of a gate's path the last steps are told."""
    return cell in wanted or any(cell.endswith(f"/{name}") for name in wanted if " | " in name)


def by_test(values: Values, *, whole: bool = False) -> Iterator[Values]:
    """The results of a row one by one, each with all else that the row says; of none, none.

    A row that has to be `whole` gives those that are empty too: they are missed.
    """
    results = [one for one in values if one[0].means is Means.RESULT and (one[1] or whole)]
    others = [one for one in values if one[0].means is not Means.RESULT]
    for result in results:
        yield [result, *others]


def beside(head: Grid, place: Place) -> str:
    """The value beside a label: in the next filled cell, or behind a sign in the same one."""
    for row in head:
        label = row[0].strip()
        for printed in place.printed:
            if cell_name(label) == cell_name(printed):
                return next((cell.strip() for cell in row[1:] if cell.strip()), "")
            for sign in ("=", ":"):
                front, between, value = label.partition(sign)
                if between and cell_name(front) == cell_name(printed):
                    return value.strip()
    return ""
