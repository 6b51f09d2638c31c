"""What QA must have gone through before an older copy of the database is used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lims.core.reasons import Reason


@dataclass(frozen=True)
class Registered:
    """A treatment number as the copy has it."""

    stratum: str
    sequence: int
    taken: bool


def handed_out_reasons(
    on_paper: Sequence[str],
    register: Mapping[str, Registered],
    next_in: Mapping[str, int],
) -> list[Reason]:
    """Why these cannot be the treatment numbers that were handed out since the copy was made.

    They are handed out anew in the same order, when those who were randomised are entered: so of
    each stratum they are the next ones, without a gap.
    """
    reasons = [Reason("not-in-register", number=n) for n in on_paper if n not in register]
    since: dict[str, list[int]] = {}
    for number in on_paper:
        if number in register and not register[number].taken:
            since.setdefault(register[number].stratum, []).append(register[number].sequence)
    for stratum, found in sorted(since.items()):
        first = next_in[stratum]
        if sorted(found) != list(range(first, first + len(found))):
            reasons.append(Reason("treatment-gap", stratum=stratum))
    return reasons
