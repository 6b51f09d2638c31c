"""What kept the last writes from a disk or from the standby: others need not find it out again."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from lims.core.trouble import FULL, STANDBY, BusyError, trouble_of

REST_SECONDS: Final = 10.0


class WriteWatch:
    """How the last writes went; a worker's threads would all wait for a standby that is away."""

    def __init__(self) -> None:
        self._again = 0.0  # when somebody asks for the standby; 0 while all is well
        self._full_at = float("-inf")

    @property
    def is_away(self) -> bool:
        """Whether the standby did not answer last."""
        return self._again > 0

    @property
    def found_full(self) -> bool:
        """Whether somebody has just found the disk full: the database's may be another machine's."""
        return monotonic() - self._full_at < REST_SECONDS

    @contextmanager
    def __call__(self) -> Iterator[bool]:
        """Go on if commits are answered; BusyError at once while they are known not to be.

        One at a time finds out (True): it must write, or its commit waits for nobody.
        """
        asks = self.is_away
        if asks:
            if monotonic() < self._again:
                raise BusyError("the standby does not answer", STANDBY)
            self._again = monotonic() + REST_SECONDS  # this one asks, the others wait for it
        try:
            yield asks
        except BaseException as error:
            trouble = trouble_of(error)
            if trouble is FULL:
                self._full_at = monotonic()
            if asks or trouble is STANDBY:  # refused by a rule, it has not found out
                self._again = monotonic() + (REST_SECONDS if trouble is STANDBY else 0)
            raise
        if asks:
            self._again = 0.0
