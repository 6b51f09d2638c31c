"""Where the boxes of a genealogy drawing lie: one column for each kind, in the material's order."""

from collections.abc import Sequence
from dataclasses import dataclass

from lims.genealogy.queries import Edge, Trace
from lims.identifiers.numbers import Kind, kind_of

ORDER = (
    Kind.DONOR,
    Kind.CORD,
    Kind.MATERIAL,
    Kind.EQUIPMENT,
    Kind.FLASK,
    Kind.HARVEST,
    Kind.LOT,
    Kind.VIAL,
    Kind.SESSION,
    Kind.BAG,
    Kind.SAMPLE,
)
MOST_DRAWN = 160
ACROSS, DOWN, WIDE, HIGH = 216, 62, 194, 54


@dataclass(frozen=True)
class Drawing:
    """Boxes (x, y, number) and lines (x1, y1, x2, y2) in a frame; empty when there are too many."""

    width: int
    height: int
    boxes: tuple[tuple[int, int, str], ...]
    lines: tuple[tuple[int, int, int, int], ...]


def lay_out(found: Trace, edges: Sequence[Edge]) -> Drawing | None:
    """The drawing of a genealogy, or None for one too large to look at."""
    numbers = sorted({found.number, *(n.number for n in (*found.upstream, *found.downstream))})
    if not 1 < len(numbers) <= MOST_DRAWN:
        return None
    kinds = [kind for kind in ORDER if any(kind_of(number) is kind for number in numbers)]
    place: dict[str, tuple[int, int]] = {}
    for column, kind in enumerate(kinds):
        members = [number for number in numbers if kind_of(number) is kind]
        for row, number in enumerate(members):
            place[number] = (10 + column * ACROSS, 10 + row * DOWN)
    boxes = tuple((x, y, number) for number, (x, y) in sorted(place.items()))
    lines = tuple(
        (*_right(place[edge.parent]), *_left(place[edge.child]))
        for edge in edges
        if edge.parent in place and edge.child in place
    )
    height = max(y for _, y, _ in boxes) + DOWN + 10
    return Drawing(20 + len(kinds) * ACROSS, height, boxes, lines)


def _right(at: tuple[int, int]) -> tuple[int, int]:
    return at[0] + WIDE, at[1] + HIGH // 2


def _left(at: tuple[int, int]) -> tuple[int, int]:
    return at[0], at[1] + HIGH // 2
