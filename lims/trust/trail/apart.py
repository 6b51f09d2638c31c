"""What is no action and yet stays: who failed to come in, what was refused, who looked."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Select

from lims.core.db import Base
from lims.core.trouble import trouble_of
from lims.trust.identity.roles import Side
from lims.trust.installation import Site
from lims.trust.trail.recording import record, seal

LOG = logging.getLogger("lims")
PATIENCE_SECONDS = 1.0  # a page waits for it


def keep_apart(
    site: Site,
    side: Side,
    row_at: Callable[[datetime], Base],
    about: dict[str, str],
    patience: float | None = None,
) -> None:
    """Keep a row and its entry in a transaction of its own.

    Neither is dated before the newest entry: whoever tries things does not set the time back.
    """
    with site.writing([], patience) as transaction:
        last = transaction.last_seal
        at = max(site.clock(), last.at) if last else site.clock()
        transaction.keep(row_at(at))
        seal(site, transaction, at, record(transaction, side, at, {**about, "signatures": []}))


def keep_if_possible(
    site: Site,
    side: Side,
    row_at: Callable[[datetime], Base],
    about: dict[str, str],
    unless: Select[Any] | None = None,
) -> None:
    """The same, unless this finds that it was kept already.

    Where the machine cannot, the server's log has it, and nobody is kept from anything.
    """
    try:
        if unless is not None:
            with site.reading() as session:
                if session.scalar(unless.limit(1)) is not None:
                    return
        keep_apart(site, side, row_at, about, PATIENCE_SECONDS)
    except Exception as error:
        if trouble_of(error) is None:
            raise
        LOG.warning("not kept (%s): %s", error, about)
