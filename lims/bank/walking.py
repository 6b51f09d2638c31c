"""The order in which one walks along tanks, racks, boxes and positions."""

import re

_PARTS = re.compile(r"(\d+)")


Key = tuple[tuple[int, int, str], ...]
_BETWEEN = ((-1, 0, ""),)


def walking_order(where: str, position: str, number: str) -> Key:
    """A key to sort by: names with their numbers as numbers, so that Box 2 comes before Box 10."""
    return _natural(where) + _BETWEEN + _natural(position) + _BETWEEN + _natural(number)


def _natural(text: str) -> Key:
    return tuple(
        (1, int(part), "") if part.isdigit() else (0, 0, part)
        for part in _PARTS.split(text.casefold())
        if part
    )
