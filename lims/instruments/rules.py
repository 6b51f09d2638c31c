"""A temperature over time: extremes, mean kinetic temperature, time out of range, silences."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum
from itertools import pairwise

from lims.core.quantities import Celsius, Minutes
from lims.core.reasons import Reason, when


class CountStanding(StrEnum):
    """What became of an instrument's count."""

    COUNTED = "counted"
    TAKEN = "taken"  # a harvest rests on it
    ANALYSED_ANEW = "analysed_anew"  # another count of the same image stands in its place
    STRUCK_OUT = "struck_out"


ZERO_CELSIUS = Decimal("273.15")  # K
ACTIVATION = Decimal(10000)  # ΔH/R in K: 83.144 kJ/mol over 8.3144 J/(mol K), USP <1079.2>
PRECISION = 28
MOST_POINTS = 200  # of a curve that anybody looks at
SILENT = 2  # intervals without a reading


@dataclass(frozen=True)
class TemperatureAt:
    """One reading."""

    at: datetime
    celsius: Celsius


@dataclass(frozen=True)
class TemperatureRun:
    """What a logger says of a span of time; the limits are those of what lay beside it."""

    lowest: Celsius
    highest: Celsius
    kinetic: Celsius
    outside: Minutes
    silent: Minutes  # the longest time without a reading
    usual: Minutes  # the time that mostly lies between two


def within(
    readings: Sequence[TemperatureAt], since: datetime, until: datetime
) -> list[TemperatureAt]:
    """The readings of a span, the oldest first; before and after, the logger lay elsewhere."""
    inside = [reading for reading in readings if since <= reading.at <= until]
    return sorted(inside, key=lambda reading: reading.at)


def serial_reasons(serial: str, named: Collection[str]) -> list[Reason]:
    """Why a file is not this instrument's: it names another serial number."""
    others = sorted({name for name in named if serial_of(name) != serial_of(serial)})
    return list(when(others and serial, Reason("serial-differs", named=", ".join(others))))


def serial_of(text: str) -> str:
    """A serial number as it is compared: without "S/N", blanks and size of letters."""
    return "".join(text.casefold().removeprefix("s/n").lstrip(":").split())


def run_reasons(
    readings: Sequence[TemperatureAt], since: datetime, until: datetime, now: datetime
) -> list[Reason]:
    """Why a file says nothing of this span: no reading, two of one moment, or one of the future."""
    inside = within(readings, since, until)
    twice = any(
        one.at == other.at and one.celsius != other.celsius for one, other in pairwise(inside)
    )
    return [
        *when(len(inside) < 2, Reason("logger-was-elsewhere")),
        *when(twice, Reason("logger-says-two-things")),
        *when(any(one.at > now for one in readings), Reason("file-of-the-future")),
    ]


def run_of(
    readings: Sequence[TemperatureAt],
    since: datetime,
    until: datetime,
    lowest: Celsius,
    highest: Celsius,
) -> TemperatureRun:
    """What the readings of a span say against these limits; at least two are needed."""
    inside = within(readings, since, until)
    values = [reading.celsius for reading in inside]
    return TemperatureRun(
        lowest=min(values),
        highest=max(values),
        kinetic=mean_kinetic(inside),
        outside=_outside(inside, lowest, highest),
        silent=_silence(inside, since, until),
        usual=_usual(inside),
    )


def mean_kinetic(readings: Sequence[TemperatureAt]) -> Celsius:
    """The one temperature that does as much harm as all of them, each weighed by its time."""
    with localcontext(prec=PRECISION):
        harm = time = Decimal(0)
        for reading, after in pairwise(readings):
            span = minutes(after.at - reading.at)
            harm += span * (_harm(reading.celsius) + _harm(after.celsius)) / 2
            time += span
        if not time:
            return readings[0].celsius
        return Celsius(ACTIVATION / -(harm / time).ln() - ZERO_CELSIUS)


def _harm(celsius: Celsius) -> Decimal:
    return (-ACTIVATION / (celsius.value + ZERO_CELSIUS)).exp()


def _outside(readings: Sequence[TemperatureAt], lowest: Celsius, highest: Celsius) -> Minutes:
    """Between two readings it was out for as long as the straight line between them is."""
    total = Decimal(0)
    for reading, after in pairwise(readings):
        span = minutes(after.at - reading.at)
        inside = _share_inside(
            reading.celsius.value, after.celsius.value, lowest.value, highest.value
        )
        total += span * (1 - inside)
    return Minutes(total)


def _share_inside(begin: Decimal, end: Decimal, lowest: Decimal, highest: Decimal) -> Decimal:
    low, high = sorted((begin, end))
    if low == high:
        return Decimal(lowest <= low <= highest)
    return max(min(high, highest) - max(low, lowest), Decimal(0)) / (high - low)


def _silence(readings: Sequence[TemperatureAt], since: datetime, until: datetime) -> Minutes:
    """The longest time without a reading, the ends of the span included."""
    moments = [since, *(reading.at for reading in readings), until]
    return Minutes(max(minutes(after - before) for before, after in pairwise(moments)))


def _usual(readings: Sequence[TemperatureAt]) -> Minutes:
    gaps = sorted(after.at - before.at for before, after in pairwise(readings))
    return Minutes(minutes(gaps[len(gaps) // 2]))


def is_silent(run: TemperatureRun) -> bool:
    """Whether more than two intervals passed without a reading."""
    return run.silent.value > SILENT * run.usual.value


def thinned(readings: Sequence[TemperatureAt]) -> list[TemperatureAt]:
    """So few that they can be drawn; of each part its coldest and its warmest stay."""
    size = -(-len(readings) * 2 // MOST_POINTS) or 1
    if len(readings) <= MOST_POINTS:
        return list(readings)
    kept: set[TemperatureAt] = {readings[0], readings[-1]}
    for begin in range(0, len(readings), size):
        part = readings[begin : begin + size]
        kept |= {min(part, key=_celsius), max(part, key=_celsius)}
    return sorted(kept, key=lambda reading: reading.at)


def _celsius(reading: TemperatureAt) -> Decimal:
    return reading.celsius.value


def curve_of(readings: Sequence[TemperatureAt], since: datetime) -> str:
    """So many readings as can be drawn, as minutes since the beginning and °C."""
    return " ".join(
        f"{minutes(one.at - since).quantize(Decimal(1)):f}:{one.celsius.rounded(2).value:f}"
        for one in thinned(readings)
    )


def points_of(curve: str) -> list[tuple[Decimal, Decimal]]:
    """The points of such a curve: minutes and °C."""
    pairs = (point.split(":") for point in curve.split())
    return [(Decimal(at), Decimal(celsius)) for at, celsius in pairs]


def minutes(span: timedelta) -> Decimal:
    """How many minutes a span is."""
    return Decimal(span // timedelta(microseconds=1)) / Decimal(60_000_000)


# As counters' users name what is not a sample: beads, blanks, controls.
NOT_A_SAMPLE = re.compile(
    r"\b(?:pos(?:itive)?|neg(?:ative)?)?[ _-]*(?:control|ctrl|ctl)\b|\b(?:qc|beads?|blank|calibrat\w*)\b"
    r"|对照|质控|空白|微球",
    re.IGNORECASE,
)


def assigning_reasons(sample: str, seen: Sequence[str], of: str) -> list[Reason]:
    """Why a count is not of this vessel: its sample is a control, or the vessel's name on it is another's.

    `seen` are the numbers of ours that stand in the sample's name.
    """
    others = [number for number in seen if number != of]
    return [
        *when(
            NOT_A_SAMPLE.search(sample.replace("_", " ")),
            Reason("count-of-a-control", sample=sample),
        ),
        *when(others, Reason("count-names-another", sample=sample, number=of)),
    ]
