"""Why something may not be done, in a form that a person and a program can both read."""

from dataclasses import dataclass
from typing import Any

from lims.core.texts import say


@dataclass(frozen=True, slots=True, init=False)
class Reason:
    """One reason against: a code that never changes and one sentence for a person.

    The code is what stands before the point in the sentence's name: two sentences with one code
    are `expired` and `expired.in-transit`.
    """

    code: str
    sentence: str

    def __init__(self, name: str, sentence: str = "", /, **values: Any) -> None:
        object.__setattr__(self, "code", name.partition(".")[0])
        object.__setattr__(self, "sentence", sentence or say(name, **values))


def when(condition: object, *reasons: Reason) -> tuple[Reason, ...]:
    """Give the reasons if the condition holds, and nothing otherwise."""
    return reasons if condition else ()
