"""Which sample a name at an instrument stands for: our number in it, or what two people say."""

import re
from collections.abc import Mapping, Sequence

from lims.core.reasons import Reason, when
from lims.identifiers.numbers import Kind, copy_of, kind_of


def sample_named(name: str, named: Mapping[str, str]) -> str | None:
    """Our number of a sample: as the plate's map has it, or the only one that stands in its name."""
    if mapped := named.get(name.casefold()):
        return mapped
    found = {ours[0] for word in _words(name) if (ours := copy_of(word))}
    samples = {number for number in found if kind_of(number) is Kind.SAMPLE}
    return samples.pop() if len(samples) == 1 == len(found) else None


def map_reasons(lines: Sequence[tuple[str, str]]) -> list[Reason]:
    """Why a plate's map cannot be: a line without a name or a whole number, or a name that is there twice."""
    reasons: list[Reason] = []
    seen: set[str] = set()
    for name, number in lines:
        ours = copy_of(number)
        sample = ours is not None and kind_of(ours[0]) is Kind.SAMPLE
        reasons += when(not name or not sample, Reason("map-line-unread", line=f"{name} {number}"))
        reasons += when(name.casefold() in seen, Reason("map-says-it-twice", name=name))
        contained = {found[0] for word in _words(name) if (found := copy_of(word))}
        other = ours is not None and contained - {ours[0]}
        reasons += when(other, Reason("map-names-another", name=name, number=number))
        seen.add(name.casefold())
    return reasons


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^0-9A-Za-z]+", text) if word]
