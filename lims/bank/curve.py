"""A freezing run judged by its curve: pure; what is out of limits opens a deviation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from lims.core.quantities import Celsius, Minutes
from lims.core.reasons import Reason, when
from lims.core.rounding import told
from lims.instruments.rules import TemperatureAt, minutes
from lims.protocol.sections import FreezingRules


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
        contact=Minutes(max(minutes(readings[0].at - medium_at), Decimal(0))),
        rate=rate,
        coldest=min(reading.celsius for reading in readings),
        held=Minutes(_held(readings, rules.end_c)),
    )


def run_reasons(
    medium_at: datetime, readings: Sequence[TemperatureAt], filled_at: datetime, now: datetime
) -> list[Reason]:
    """Why this cannot be the run of vials that were filled then."""
    return [
        *when(len(readings) < 2, Reason("file-without-rows")),
        *when(readings and readings[-1].at > now, Reason("file-of-the-future")),
        *when(readings and medium_at > readings[0].at, Reason("medium-after-the-run")),
        *when(readings and readings[-1].at < filled_at, Reason("run-before-filling")),
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
    """For how long at its end it stayed as cold as this."""
    warm = [n for n, reading in enumerate(readings) if reading.celsius > at]
    first = warm[-1] + 1 if warm else 0
    return minutes(readings[-1].at - readings[first].at) if first < len(readings) else Decimal(0)
