"""What is done once an answer has left: one thing after the other, in a thread of its own."""

import logging
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread

Errand = Callable[[], object]


def at_once(errand: Errand) -> None:
    """Do it now: for a command line and for tests, which wait for it."""
    errand()


class Errands:
    """A server's errands; what a process leaves undone at its end stays as it was noted."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Errand] = SimpleQueue()
        self._starting = Lock()
        self._runner: Thread | None = None

    def __call__(self, errand: Errand) -> None:
        """Do it soon. The thread is begun by the first errand, after any fork."""
        self._waiting.put(errand)
        with self._starting:
            if self._runner is None:
                self._runner = Thread(target=self._run, daemon=True, name="errands")
                self._runner.start()

    def _run(self) -> None:
        while True:
            errand = self._waiting.get()
            try:
                errand()
            except Exception:
                logging.getLogger("lims").exception("an errand failed")
