"""A freezing run judged by its curve: pure; what is out of limits opens a deviation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from lims.core.quantities import Celsius, Minutes
from lims.core.reasons import Reason, when
from lims.core.rounding import told
from lims.instruments.rules import TemperatureAt, minutes
from lims.protocol.sections import FreezingRules

SAME_DAY = timedelta(hours=24)  # vials are frozen when they were filled


@dataclass(frozen=True)
class Run:
    """What follows from a curve."""

    contact: Minutes
    rate: Decimal | None
    coldest: Celsius
    held: Minutes


def run_of(medium_at: datetime, readings: Sequence[TemperatureAt], rules: FreezingRules) -> Run:
    """The contact, the mean rate between two temperatures, the coldest, and the time held there.

    The readings are in their order, at least two.
    """
    begin = _crossed(readings, rules.rate_from_c)
    end = _crossed(readings, rules.rate_to_c)
    rate = None
    if begin is not None and end is not None and end > begin:
        rate = (rules.rate_from_c.value - rules.rate_to_c.value) / (end - begin)
    return Run(
        contact=Minutes(max(minutes(cooling_at(readings) - medium_at), Decimal(0))),
        rate=rate,
        coldest=min(reading.celsius for reading in readings),
        held=Minutes(_held(readings, rules.end_c)),
    )


def cooling_at(readings: Sequence[TemperatureAt]) -> datetime:
    """When it began to cool: until then it waits as warm as it was, but for a degree."""
    first = readings[0]
    coldest = min(range(len(readings)), key=lambda n: readings[n].celsius)
    warm = [r.at for r in readings[:coldest] if r.celsius.value >= first.celsius.value - 1]
    return warm[-1] if warm else first.at


def run_reasons(
    medium_at: datetime, readings: Sequence[TemperatureAt], filled_at: datetime, now: datetime
) -> list[Reason]:
    """Why this cannot be the run of vials that were filled then."""
    if len(readings) < 2:
        return [Reason("file-without-rows")]
    begin, end = cooling_at(readings), readings[-1].at
    other = end < filled_at or abs(begin - filled_at) > SAME_DAY
    return [
        *when(end > now, Reason("file-of-the-future")),
        *when(medium_at > begin, Reason("medium-after-the-run")),
        *when(other, Reason("run-before-filling")),
    ]


def run_findings(run: Run, rules: FreezingRules) -> list[Reason]:
    """What was not as it has to be."""
    most = Decimal(rules.contact_minutes)
    rate = run.rate
    ends = (rules.slowest_c_per_min, rules.fastest_c_per_min)
    shown = "–" if rate is None else told(rate, *ends)
    return [
        *when(
            run.contact.value > most,
            Reason("medium-contact", shown=told(run.contact.value, most, places=0), most=most),
        ),
        *when(
            rate is None or not ends[0] <= rate <= ends[1],
            Reason("freezing-rate", shown=shown, slowest=ends[0], fastest=ends[1]),
        ),
        *when(
            run.coldest > rules.end_c or run.held.value < rules.hold_minutes,
            Reason("freezing-end", coldest=run.coldest.rounded(1), end=rules.end_c),
        ),
    ]


def _crossed(readings: Sequence[TemperatureAt], at: Celsius) -> Decimal | None:
    """After how many minutes it was as cold as this for the last time from above."""
    found = None
    for before, after in pairwise(readings):
        if before.celsius > at >= after.celsius:
            span = minutes(after.at - before.at)
            part = (before.celsius.value - at.value) / (before.celsius.value - after.celsius.value)
            found = minutes(before.at - readings[0].at) + span * part
    return found


def _held(readings: Sequence[TemperatureAt], at: Celsius) -> Decimal:
    """For how long it stayed as cold as this, at a stretch; then somebody opened the freezer."""
    longest = Decimal(0)
    since: datetime | None = None
    for reading in readings:
        if reading.celsius > at:
            since = None
            continue
        since = since or reading.at
        longest = max(longest, minutes(reading.at - since))
    return longest
