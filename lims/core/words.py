"""Plain values as people read them: instants with their offset, digits in threes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from lims.core.quantities import Quantity
from lims.core.texts import say, unit_of

MOST_DECIMALS = 6


def as_words(value: Any, zone: ZoneInfo) -> str:
    """A plain value for reading: instants with their offset, quantities with their unit."""
    match value:
        case None | "" | () | []:
            return "–"
        case bool():
            return say("answer.yes") if value else say("answer.no")
        case datetime():
            local = value.astimezone(zone)
            offset = local.strftime("%z")
            return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:]}"
        case date():
            return value.isoformat()
        case Quantity():
            return say("quantity", value=grouped(value.value), unit=unit_of(value.unit))
        case Decimal():
            return grouped(value)
        case _:
            return str(value)


def time_left(due: datetime, now: datetime) -> str:
    """How long until then, or how long ago it was, in the two units that matter."""
    minutes = int(abs((due - now).total_seconds())) // 60
    days, hours = minutes // (24 * 60), minutes // 60
    if days >= 2:
        span = say("span.days", count=days)
    elif hours:
        span = say("span.hours", hours=hours, minutes=minutes % 60)
    else:
        span = say("span.minutes", minutes=minutes)
    return say("time.left" if due >= now else "time.ago", span=span)


def grouped(value: Decimal) -> str:
    """Digits in threes, with a space that does not break."""
    if isinstance(exponent := value.as_tuple().exponent, int) and exponent < -MOST_DECIMALS:
        value = round(value, MOST_DECIMALS)  # what was computed is kept whole, and read in part
    return f"{value:,f}".replace(",", "\N{NO-BREAK SPACE}")
