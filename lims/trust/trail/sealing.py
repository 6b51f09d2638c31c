"""Seals what nobody's next action will seal: the last entries before a quiet night."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

from lims.trust.installation import Site
from lims.trust.trail.seals import seal_waiting

EVERY_SECONDS = 1


def keep_sealed(site: Site, every: float = EVERY_SECONDS) -> Callable[[], None]:
    """Seal what waits, again and again, in each process of the server; the answer ends it.

    On SQLite each transaction is sealed with its commit: there is nothing to do.
    """
    ended = Event()
    thread = Thread(target=_seal_until, args=(site, ended, every), daemon=True, name="seals")
    if site.engine.dialect.name == "postgresql" and site.settings.seals:
        thread.start()

    def end() -> None:
        ended.set()
        if thread.is_alive():
            thread.join()  # its round is over, its connection back

    return end


def _seal_until(site: Site, ended: Event, every: float) -> None:
    while not ended.wait(every):
        try:
            with site.engine.begin() as connection:
                seal_waiting(connection, site.key, site.clock())
        except SQLAlchemyError as error:  # the database is away: the next round finds it again
            logging.getLogger(__name__).warning("nothing sealed: %s", type(error).__name__)
