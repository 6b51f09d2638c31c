"""What must always hold, checked where it could break: a broken one stops the act, not the server."""

import logging

from lims.core.errors import Refused
from lims.core.reasons import Reason

LOG = logging.getLogger("lims.invariants")


def must_hold(condition: object, what: str) -> None:
    """Stop the act whose rules let an invariant break; it is named in the log, not to the ward."""
    if not condition:
        LOG.critical("broken invariant: %s", what)
        raise Refused(Reason("invariant"))
