"""What a page tells after an action: the type of a result's field says it, never its name."""

from collections.abc import Mapping
from enum import Enum, auto
from functools import cache
from typing import Annotated, Any, get_type_hints


class Telling(Enum):
    """How a page tells a field of a result."""

    SENTENCE = auto()  # at the head of the next page
    ONCE = auto()  # on a page of its own, never again; no answer to a retry keeps it
    ALREADY = auto()  # whether it had been done before
    MADE = auto()  # the number of what was made, whose page may be next


Told = Annotated[str, Telling.SENTENCE]
ToldOnce = Annotated[str, Telling.ONCE]
DoneBefore = Annotated[bool, Telling.ALREADY]
Made = Annotated[str, Telling.MADE]


@cache
def _tellings(result: type) -> Mapping[Telling, str]:
    hints = get_type_hints(result, include_extras=True)
    return {
        how: name
        for name, hint in hints.items()
        for how in getattr(hint, "__metadata__", ())
        if isinstance(how, Telling)
    }


def tells(result: Any, how: Telling) -> str | None:
    """The name of the field that a result of this kind tells in this way; None without one."""
    return _tellings(result).get(how)


def told(result: Any, how: Telling) -> Any:
    """What this result tells in this way; None if nothing."""
    name = tells(type(result), how)
    return None if name is None else getattr(result, name)
