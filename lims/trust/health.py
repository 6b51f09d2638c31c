"""Whether the machine lets people work: the database answers and can be written, the disk has room."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic

from sqlalchemy import text

from lims.core.reasons import Reason
from lims.core.trouble import FULL, READ_ONLY, trouble_of
from lims.trust.installation import Site, really_write

LEAST_ROOM = 50_000_000  # bytes; a day's work of a busy site is less
PATIENCE_SECONDS = 2.0


REMEMBERED_SECONDS = 1.0  # however many ask, one turn to write is taken


@dataclass
class Health:
    """What was found last, for all who ask within a second."""

    site: Site
    found: Reason | None = None
    _asked: float = field(default=float("-inf"), repr=False)
    _alone: Lock = field(default_factory=Lock, repr=False)

    def trouble(self) -> Reason | None:
        """What keeps people from working."""
        with self._alone:
            if monotonic() - self._asked > REMEMBERED_SECONDS:
                self.found = trouble_at(self.site)
                self._asked = monotonic()
            return self.found


def trouble_at(site: Site) -> Reason | None:
    """What keeps people from working, found by taking a turn to write."""
    try:
        with site.writing(patience=PATIENCE_SECONDS) as transaction:
            connection = transaction.connection
            if connection.dialect.name == "postgresql":
                if connection.scalar(text("SHOW transaction_read_only")) == "on":
                    return READ_ONLY
                really_write(connection)
    except Exception as error:
        if (reason := trouble_of(error)) is None:
            raise
        return reason
    if site.engine.dialect.name == "postgresql":
        return FULL if site.watch.found_full else None
    folder = Path(site.engine.url.database or ".").resolve().parent
    return FULL if shutil.disk_usage(folder).free < LEAST_ROOM else None
