"""Why something may not be done, in a form that a person and a program can both read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason against: a code that never changes and one sentence for a person."""

    code: str
    sentence: str


def when(condition: object, *reasons: Reason) -> tuple[Reason, ...]:
    """Give the reasons if the condition holds, and nothing otherwise."""
    return reasons if condition else ()
