"""Seals what nobody's next action will seal, and keeps it elsewhere: the last before a quiet night."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

from lims.trust.installation import Site
from lims.trust.trail.seals import last_seal, seal_waiting

EVERY_SECONDS = 1


def keep_sealed(site: Site, every: float = EVERY_SECONDS) -> Callable[[], None]:
    """Seal what waits, again and again, in each process of the server; the answer ends it.

    On SQLite each transaction is sealed with its commit: only its anchor is kept then.
    """
    ended, settings = Event(), site.settings
    thread = Thread(target=_seal_until, args=(site, ended, every), daemon=True, name="seals")
    if settings.seals and (site.engine.dialect.name == "postgresql" or settings.anchors):
        thread.start()

    def end() -> None:
        ended.set()
        if thread.is_alive():
            thread.join()  # its round is over, its connection back

    return end


def _seal_until(site: Site, ended: Event, every: float) -> None:
    while not ended.wait(every):
        try:
            _round(site)
        except SQLAlchemyError as error:  # the database is away: the next round finds it again
            logging.getLogger(__name__).warning("nothing sealed: %s", type(error).__name__)


def _round(site: Site) -> None:
    if site.engine.dialect.name == "postgresql":
        with site.engine.begin() as connection:
            seal_waiting(connection, site.key, site.clock())
    if site.anchors.is_due:  # after the commit: what is kept elsewhere stands here
        with site.engine.connect() as connection:
            site.anchors.look(connection, last_seal(connection))
