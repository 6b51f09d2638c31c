"""A standby that does not answer: one at a time asks whether it is back, all others are told at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from lims.core.trouble import STANDBY, BusyError

REST_SECONDS: Final = 10.0


class StandbyWatch:
    """Whether commits are answered; a worker's threads would all wait for one that is away."""

    def __init__(self) -> None:
        self._again = 0.0  # when somebody asks; 0 while all is well

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Go on if commits are answered; BusyError at once while they are known not to be."""
        if self._again:
            if monotonic() < self._again:
                raise BusyError("the standby does not answer", STANDBY)
            self._again = monotonic() + REST_SECONDS  # this one asks, the others wait for it
        try:
            yield
        except BaseException as error:
            away = getattr(getattr(error, "orig", None), "trouble", None) is STANDBY
            if away or self._again:  # refused by a rule, it has not found out
                self._again = monotonic() + (REST_SECONDS if away else 0)
            raise
        self._again = 0.0
