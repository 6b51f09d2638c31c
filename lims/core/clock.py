"""The only place that reads the time."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The server's time in UTC; no client's clock is ever believed."""
    return datetime.now(UTC)
