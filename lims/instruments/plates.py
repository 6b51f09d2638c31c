"""Where the wells of a plate's report stand: rows A to P, columns 1 to 24, once for each thing told."""

from collections.abc import Iterator
from typing import Final

from lims.core.reasons import Reason
from lims.instruments.formats import Format, Means, Place
from lims.instruments.grids import Grid, NoGridError, cell_name
from lims.instruments.places import HEAD, Values, beside

ROWS: Final = "ABCDEFGHIJKLMNOP"
Well = tuple[str, int]  # its row and its column
Told = dict[Well, tuple[int, str]]  # in which line, and what


def values_of_plate(form: Format, grid: Grid) -> Iterator[tuple[int, Values]]:
    """Each well that holds a sample, told or not; NoGridError where a report lacks what is needed."""
    told = _wells(grid)
    above: Values = [(p, beside(grid[:HEAD], p), p.printed[0]) for p in form.place if p.above]
    places = [place for place in form.place if not place.above]
    found = {place: _of(told, place) for place in places}
    for place in places:
        if place.needed and not found[place]:
            raise NoGridError(Reason("file-lacks-column", label=" / ".join(place.printed)))
    for well in _sample_wells(form, found):
        line = max(told[well][0] for told in found.values() if well in told)
        values: Values = [
            (place, found[place][well][1] if well in found[place] else None, _name(place, well))
            for place in places
        ]
        yield line, [*above, *values]


def _sample_wells(form: Format, found: dict[Place, Told]) -> list[Well]:
    """The wells that have a name and hold no standard, blank or control."""
    names: dict[Well, str] = {}
    for place, told in found.items():
        if place.means is Means.WELL:
            names |= {well: text for well, (_, text) in told.items()}
    return sorted(well for well, name in names.items() if not form.is_control(name))


def _name(place: Place, well: Well) -> str:
    return f"{place.printed[0]} {well[0]}{well[1]}"


def _of(told: dict[str, Told], place: Place) -> Told:
    """What the first label that tells of a well says of it."""
    found: Told = {}
    for label in reversed(place.printed):
        found |= told.get(cell_name(label), {})
    return found


def _wells(grid: Grid) -> dict[str, Told]:
    """What is told of each well, by what stands behind its row; rows without a letter go on."""
    told: dict[str, Told] = {}
    width, row = 0, ""
    for line, cells in enumerate(grid, 1):
        shown = [cell.strip() for cell in cells]
        numbers = [cell for cell in shown[1:] if cell]
        if numbers and numbers == [str(n + 1) for n in range(len(numbers))] and not shown[0]:
            width, row = len(numbers), ""
            continue
        row = shown[0] or row
        label = shown[width + 1] if width and width + 1 < len(shown) else ""
        if row not in ROWS or not row or not label:
            width = width if any(shown) else 0
            continue
        mine = told.setdefault(cell_name(label), {})
        for column, text in enumerate(shown[1 : width + 1], 1):
            if text and (row, column) in mine:
                raise NoGridError(Reason("file-says-it-twice", label=f"{label} {row}{column}"))
            if text:
                mine[row, column] = line, text
    return told
