"""Tells the witnesses of the newest checkpoint, again and again, beside the server."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from lims.trust.installation import Site

EVERY_SECONDS = 5.0


def tell_witnesses(site: Site) -> None:
    """Tell every witness once; one that cannot be reached stops nobody."""
    for one in site.anchors.witnesses:
        try:
            with site.engine.connect().execution_options(reading=True) as connection:
                one.tell(connection, site.key)
        except Exception as error:  # noqa: BLE001 -- whatever it is: the next round must come
            if not one.trouble:
                logging.getLogger(__name__).warning("witness %s: %r", one.name, error)
            one.trouble = f"{one.name}: {type(error).__name__}"


def keep_witnessed(site: Site, every: float = EVERY_SECONDS) -> Callable[[], None]:
    """Tell the witnesses again and again, in each process of the server; the answer ends it."""
    ended = Event()

    def tell() -> None:
        while True:
            tell_witnesses(site)
            if ended.wait(every):
                return

    thread = Thread(target=tell, daemon=True, name="witnesses")
    if site.anchors.witnesses:
        thread.start()

    def end() -> None:
        ended.set()
        if thread.is_alive():
            thread.join()

    return end
