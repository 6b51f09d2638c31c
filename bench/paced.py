"""A clock that many processes read and the bench sets on: weeks of a trial in minutes.

It stands behind a real server: `gunicorn bench.paced:app`, with the file of the time in FUNIS_BENCH_CLOCK.
"""

import os
import struct
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lims import house
from lims.core.clock import system_clock
from lims.settings import Settings
from lims.trust.installation import Site

if TYPE_CHECKING:
    from flask import Flask


@dataclass
class FileClock:
    """This machine's time and what a file adds to it; the bench alone writes the file."""

    file: Path

    @cached_property
    def _descriptor(self) -> int:
        return os.open(self.file, os.O_RDONLY)

    def __call__(self) -> datetime:
        (ahead,) = struct.unpack("<d", os.pread(self._descriptor, 8, 0))
        return system_clock() + timedelta(seconds=ahead)


@dataclass
class Pace:
    """Sets the clock on when everybody waits: to the moment for which the first of them waits."""

    clock: FileClock
    waiting: dict[int, datetime] = field(default_factory=dict)  # by thread
    at_work: int = 0
    jumped: float = 0.0
    changed: threading.Condition = field(default_factory=threading.Condition)
    ahead: float = 0.0

    def __post_init__(self) -> None:
        self._write()

    def _write(self) -> None:
        self.clock.file.touch()
        with self.clock.file.open("r+b") as file:
            file.write(struct.pack("<d", self.ahead + self.jumped))

    def jump(self, seconds: float) -> None:
        """The machine's clock is wrong by so much, until it is set right with 0."""
        with self.changed:
            self.jumped = seconds
            self._write()

    def set_on(self, seconds: float) -> None:
        """So much later, for everybody and for good."""
        with self.changed:
            self.ahead += seconds
            self._write()
            self.changed.notify_all()

    def leave(self) -> None:
        """One less for whom the clock waits."""
        with self.changed:
            self.at_work -= 1
            self.changed.notify_all()

    def wait_until(self, moment: datetime, ended: threading.Event) -> None:
        """Stand by until then, as everybody else does or works."""
        me = threading.get_ident()
        with self.changed:
            self.waiting[me] = moment
            try:
                while self._now() < moment and not ended.is_set():
                    self._go_on()
                    self.changed.wait(0.2)
            finally:
                del self.waiting[me]

    def _now(self) -> datetime:
        return self.clock() - timedelta(seconds=self.jumped)

    def _go_on(self) -> None:
        if len(self.waiting) < self.at_work:
            return
        missing = (min(self.waiting.values()) - self._now()).total_seconds()
        if missing > 0:
            self.ahead += missing
            self._write()
            self.changed.notify_all()


def __getattr__(name: str) -> "Flask":
    if name != "app":
        raise AttributeError(name)
    from wsgi import served

    clock = FileClock(Path(os.environ["FUNIS_BENCH_CLOCK"]))
    return served(Site(Settings.from_environment(), house.REACTIONS, clock), house.DOORS)
