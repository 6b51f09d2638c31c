"""Numbers and moments as instruments write them: what is not wholly understood is a fault."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from lims.core.days import instants_of
from lims.core.rounding import Qualifier
from lims.core.texts import Text, say
from lims.instruments.formats import Format, Means, Place, Unit

FACTOR: Final = {Unit.MILLIONS: Decimal(1_000_000)}
MOST_CELLS: Final = Decimal(10**10)
POSSIBLE: Final = {
    Means.LIVE: (Decimal(0), MOST_CELLS),
    Means.DEAD: (Decimal(0), MOST_CELLS),
    Means.TOTAL: (Decimal(0), MOST_CELLS),
    Means.VIABILITY: (Decimal(0), Decimal(100)),
    Means.DILUTION: (Decimal("0.0001"), Decimal(10_000)),
    Means.TEMPERATURE: (Decimal(-200), Decimal(150)),
    Means.CHAMBER: (Decimal(-200), Decimal(150)),
    Means.RESULT: (Decimal(-1_000_000), MOST_CELLS),  # the test's own range is judged with its line
    Means.RECOVERY: (Decimal(-1000), Decimal(10_000)),
    Means.EVENTS: (Decimal(0), MOST_CELLS),
}
SIGNS: Final = (Qualifier.LESS, Qualifier.MORE)  # of results below or above what can be told
FINEST: Final = -12  # decimals; nothing is measured more finely
YEARS: Final = range(2000, 2200)
LONGEST: Final = 40  # signs of a number that anybody writes
MOST_OFFSET: Final = Decimal(14)  # hours; no place on earth is further


class UnreadableError(ValueError):
    """A value that is not wholly understood; its sentence says why."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Read:
    """A number and how far its last sign reaches, both in the unit that is kept."""

    value: Decimal
    half: Decimal  # of one in the last sign that was written
    qualifier: Qualifier = Qualifier.EQUAL


def number_of(text: str, form: Format, place: Place) -> Read:
    """A number as this format writes it: 2.45E6, 274 000, 87.00%; nothing is cut off silently.

    Raises UnreadableError for what is no number, and for what cannot be there.
    """
    shown, qualifier = text.strip(), Qualifier.EQUAL
    if place.means is Means.RESULT and shown.startswith(SIGNS):
        shown, qualifier = shown[1:].lstrip(), Qualifier(shown[0])
    if place.unit is Unit.PERCENT:
        shown = shown.removesuffix("%").rstrip()
    plain = _ungrouped(shown, form)
    if plain is None:
        raise UnreadableError(say("file-value-is-no-number", value=text[:LONGEST]))
    value = Decimal(plain)
    lowest_sign = int(value.as_tuple().exponent)
    if form.digits and value:
        lowest_sign = max(lowest_sign, value.adjusted() - form.digits + 1)
    half = Decimal(5).scaleb(lowest_sign - 1)
    read = replace(_in_unit(value, half, place.unit), qualifier=qualifier)
    least, most = POSSIBLE[place.means]
    if not least <= read.value <= most or lowest_sign < FINEST:
        raise UnreadableError(say("file-value-cannot-be", value=text[:LONGEST]))
    return read


def _in_unit(value: Decimal, half: Decimal, unit: Unit) -> Read:
    if unit is Unit.FAHRENHEIT:
        return Read((value - 32) * 5 / 9, half * 5 / 9)
    factor = FACTOR.get(unit, Decimal(1))
    return Read(value * factor, half * factor)


def _ungrouped(text: str, form: Format) -> str | None:
    """Plain digits with a point; None for anything else."""
    grouped = rf"\d{{1,3}}(?:[{form.group}]\d{{3}})+|" if form.group else ""
    pattern = rf"([+-]?)({grouped}\d+)(?:[{form.decimal}](\d+))?([eE][+-]?\d{{1,2}})?"
    found = re.fullmatch(pattern, text, re.ASCII) if len(text) <= LONGEST else None
    if found is None:
        return None
    part = f".{found[3]}" if found[3] else ""
    return f"{found[1]}{re.sub(r'[^0-9]', '', found[2])}{part}{found[4] or ''}"


def moment_of(text: str, form: Format, offset: str, zone: ZoneInfo) -> datetime:
    """An instant as this format writes it; without an offset its clock shows the zone's time."""
    told = " ".join(text.split())
    for pattern in form.times:
        try:
            naive = datetime.strptime(told, pattern)  # noqa: DTZ007 -- its zone follows
        except ValueError:
            continue
        if naive.year not in YEARS:
            break
        if form.is_utc:
            return naive.replace(tzinfo=UTC)
        if offset:
            return naive.replace(tzinfo=offset_of(offset)).astimezone(UTC)
        instants = instants_of(naive, zone)
        if len(instants) != 1:  # the hour that is there twice, or never
            raise UnreadableError(say("file-time-is-twice-or-never", value=told[:LONGEST]))
        return instants[0].astimezone(UTC)
    raise UnreadableError(say("file-value-is-no-time", value=told[:LONGEST]))


def offset_of(text: str) -> timezone:
    """Hours from UTC, as "2", "-7" or "+08:00"."""
    found = re.fullmatch(r"(?:UTC)?([+-]?)(\d{1,2})(?::?([0-5]\d))?", text.strip(), re.ASCII)
    if found is None or Decimal(found[2]) > MOST_OFFSET:
        raise UnreadableError(say("file-value-is-no-offset", value=text[:LONGEST]))
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
