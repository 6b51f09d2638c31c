"""The site's day: the one owner of both directions, an instant's day and a day's end.

"Expires on 10 March" means the end of 10 March where the thing stands. No other file makes a
date of an instant (tests/shape holds it).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The date on the wall, in this zone, at this instant."""
    return moment.astimezone(zone).date()


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which this day of the zone is over: the first one of the next day, UTC."""
    following = day + timedelta(days=1)
    midnight = datetime(following.year, following.month, following.day, tzinfo=zone)
    return midnight.astimezone(UTC)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of this day of the zone, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant and the zone in which it is judged: what rules get that depend on time."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The site's day at this instant."""
        return day_of(self.now, self.zone)


def instants_of(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants that a time without an offset can mean here: none, one or two.

    None where the clock was put forward over it, two where it was put back over it.
    """
    found = []
    if not 1 < local.year < 9999:  # the offset would lead out of the calendar
        return [local.replace(tzinfo=zone)]
    for fold in (0, 1):
        instant = local.replace(tzinfo=zone, fold=fold)
        if instant.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == local:
            found.append(instant)
    return found[:1] if len({instant.utcoffset() for instant in found}) == 1 else found
