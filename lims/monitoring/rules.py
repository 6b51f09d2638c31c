"""What a place's temperature may be, and what an excursion is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from lims.core.quantities import Celsius, Minutes
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.instruments.rules import TemperatureAt, minutes

MISSED = 3  # readings: a sensor that is silent for so long is an alarm too


class ExcursionKind(StrEnum):
    """What was noticed."""

    ALARM = "alarm"  # somebody heard or saw it
    TOO_WARM = "too_warm"
    TOO_COLD = "too_cold"
    SILENT = "silent"


class ExcursionStanding(StrEnum):
    """How far it is."""

    GOING_ON = "going_on"
    OVER = "over"


@dataclass(frozen=True)
class Limits:
    """What a place's temperature may be, and how often its sensor says it."""

    lowest: Celsius
    highest: Celsius
    every: Minutes


@dataclass(frozen=True)
class Found:
    """A span of time in which something was wrong; `worst` is empty for a silence.

    One that `goes_on` was not over at the last reading.
    """

    kind: ExcursionKind
    since: datetime
    until: datetime
    worst: Celsius | None
    goes_on: bool = False


def is_known(
    standing: ExcursionStanding, span: tuple[datetime, datetime | None], found: Found
) -> bool:
    """Whether a span was read before: it lies in an excursion that is over, and is over itself."""
    since, until = span
    covered = until is not None and since <= found.since and found.until <= until
    return standing is ExcursionStanding.OVER and covered and not found.goes_on


def worse(found: Found, before: Celsius | None) -> Celsius | None:
    """The worst of what was known and of what is found: a silence knows nothing, and takes nothing back."""
    if found.worst is None or before is None:
        return found.worst if before is None else before
    return (
        min(found.worst, before)
        if found.kind is ExcursionKind.TOO_COLD
        else max(found.worst, before)
    )


def limits_reasons(lowest: Celsius, highest: Celsius) -> list[Reason]:
    """Why these are no limits."""
    return list(when(lowest >= highest, Reason("limits-swapped")))


def excursions_in(
    readings: Sequence[TemperatureAt], limits: Limits, until: datetime
) -> list[Found]:
    """Every span beyond the limits, and every silence, the oldest first.

    A span lasts from the last reading that was good to the first one that is good again: nobody
    knows when in between it began and ended. The readings are in their order; after the last one
    it may have been silent `until` then.
    """
    found: list[Found] = []
    going: Found | None = None
    before: TemperatureAt | None = None
    for reading in readings:
        since = before.at if before else reading.at
        found += silence(since, reading.at, limits)
        kind = _kind(reading, limits)
        if going:
            going = replace(going, until=reading.at)
            if kind is going.kind:
                going = replace(going, worst=_worse(kind, going.worst, reading.celsius))
            else:
                found.append(replace(going, goes_on=False))
                going = None
        if kind and not going:
            going = Found(kind, since, reading.at, reading.celsius, goes_on=True)
        before = reading
    if going:
        found.append(going)
    if before:
        found += silence(before.at, until, limits)
    return sorted(found, key=lambda one: (one.since, one.until))


def _kind(reading: TemperatureAt, limits: Limits) -> ExcursionKind | None:
    if reading.celsius > limits.highest:
        return ExcursionKind.TOO_WARM
    return ExcursionKind.TOO_COLD if reading.celsius < limits.lowest else None


def _worse(kind: ExcursionKind, one: Celsius | None, other: Celsius) -> Celsius:
    if one is None:
        return other
    return max(one, other) if kind is ExcursionKind.TOO_WARM else min(one, other)


def silence(since: datetime, until: datetime, limits: Limits) -> list[Found]:
    """A time in which a sensor missed three readings."""
    if minutes(until - since) <= MISSED * limits.every.value:
        return []
    return [Found(ExcursionKind.SILENT, since, until, None)]


def told(found: Found, limits: Limits) -> str:
    """What an excursion is, in one sentence."""
    if found.kind is ExcursionKind.SILENT:
        return say(
            "sensor-was-silent", minutes=Minutes(minutes(found.until - found.since)).rounded(0)
        )
    worst = found.worst.rounded(1) if found.worst else None
    ends = {"lowest": limits.lowest, "highest": limits.highest}
    return say("was-at-worst", worst=worst, **ends)


def next_reading(last: datetime, hours: int) -> datetime:
    """When the sensor's file is due again."""
    return last + timedelta(hours=hours)


def judging_reasons(others: Sequence[str], *, going_on: bool, fit: bool) -> list[Reason]:
    """Why these vials are not judged: it is not over yet, or nothing holds them."""
    return [
        *when(going_on and fit, Reason("excursion-is-going-on")),
        *(Reason("nothing-holds-it", number=number) for number in others),
    ]
