"""A fair queue in front of SQLite's single writer; nothing to wait for on PostgreSQL."""

import fcntl
import logging
import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import IO

from sqlalchemy import Engine

from lims.core.trouble import BusyError

PATIENCE_SECONDS = 8.0  # a page gives up after ten (scan.js)


class Turn:
    """Whose turn it is to write: among this process's threads, then among the processes."""

    def __init__(self, engine: Engine) -> None:
        path = engine.url.database if engine.dialect.name == "sqlite" else None
        self._path = Path(f"{path}.turn") if path and path != ":memory:" else None
        self._lock = threading.Lock()
        self._door: IO[bytes] | None = None
        self._bell = threading.Condition()
        self._knocking = self._expected = self._open = False

    @property
    def is_one_at_a_time(self) -> bool:
        """Whether there is a queue at all."""
        return self._path is not None

    @contextmanager
    def __call__(self, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
        """Wait for the turn; BusyError when the patience, in seconds, is at its end."""
        if self._path is None:
            yield
            return
        until = monotonic() + patience
        if not self._lock.acquire(timeout=patience):
            raise self._busy(self._path)
        try:
            if self._door is None:  # opened after a fork, so that no two processes share it
                self._door = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT), "r+b", 0)
                weakref.finalize(self, self._door.close)
            if not self._enter(self._door, until):
                raise self._busy(self._path)
            try:
                os.pwrite(self._door.fileno(), b"%-10d" % os.getpid(), 0)
                yield
            finally:
                fcntl.flock(self._door, fcntl.LOCK_UN)
        finally:
            self._lock.release()

    def _enter(self, door: IO[bytes], until: float) -> bool:
        """Whether the door opened in time. A thread knocks, because flock waits without end."""
        with self._bell:
            if not self._knocking:
                try:
                    fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    self._knocking = True
                    threading.Thread(target=self._knock, args=(door,), daemon=True).start()
                else:
                    return True
            self._expected = True
            opened = self._bell.wait_for(lambda: self._open, until - monotonic())
            self._expected = self._open = False
            return opened

    def _knock(self, door: IO[bytes]) -> None:
        fcntl.flock(door, fcntl.LOCK_EX)
        with self._bell:
            self._knocking = False
            self._open = self._expected
            if not self._open:  # whoever waited has gone
                fcntl.flock(door, fcntl.LOCK_UN)
            self._bell.notify()

    def _busy(self, path: Path) -> BusyError:
        holder = path.read_text().strip()
        logging.getLogger("lims").error("the turn to write is held by process %s", holder)
        return BusyError(f"process {holder} holds {path}")
