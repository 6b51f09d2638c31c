"""Trouble of the machine, told apart from a person's mistake and from a fault of the program."""

import errno
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from lims.core.reasons import Reason

BUSY: Final = Reason("busy")
FULL: Final = Reason("disk-full")
READ_ONLY: Final = Reason("read-only")
AWAY: Final = Reason("database-away")
DAMAGED: Final = Reason("database-damaged")
STANDBY: Final = Reason("standby-away")


class BusyError(Exception):
    """Somebody else writes and does not end, or what is written reaches one server only."""

    def __init__(self, said: str, trouble: Reason = BUSY) -> None:
        super().__init__(said)
        self.trouble = trouble


_SQLITE: Final = {
    "SQLITE_BUSY": BUSY,
    "SQLITE_LOCKED": BUSY,
    "SQLITE_FULL": FULL,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_IOERR": AWAY,
    "SQLITE_CANTOPEN": AWAY,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
}
# PostgreSQL, Appendix A: lock not available, statement or session ended for waiting, disk full,
# read-only, too many connections; classes 08 and 57P: the server or the connection went away.
_POSTGRESQL: Final = {
    "55P03": BUSY,
    "40001": BUSY,
    "40P01": BUSY,
    "25P03": BUSY,
    "53100": FULL,
    "25006": READ_ONLY,
    "53300": BUSY,
    "XX001": DAMAGED,
    "XX002": DAMAGED,
}
_SYSTEM: Final = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: READ_ONLY,
    errno.EACCES: READ_ONLY,
}


def trouble_of(error: BaseException) -> Reason | None:
    """What is wrong with the machine, and what to do; None if the machine is not to blame."""
    if isinstance(error, BusyError):
        return error.trouble
    if isinstance(error, PoolTimeoutError):  # of the connection pool
        return BUSY
    if isinstance(error, OSError):
        return _SYSTEM.get(error.errno or 0)
    if not isinstance(error, DBAPIError):
        return None
    if name := getattr(error.orig, "sqlite_errorname", None):
        return next((told for code, told in _SQLITE.items() if name.startswith(code)), None)
    if told := getattr(error.orig, "trouble", None):
        return told  # type: ignore[no-any-return]
    state = getattr(error.orig, "sqlstate", None) or ""
    if error.connection_invalidated or state[:2] == "08" or state[:3] == "57P":
        return AWAY
    return _POSTGRESQL.get(state) or (None if state else _without_state(error))


def _without_state(error: DBAPIError) -> Reason | None:
    """No answer at all from PostgreSQL: it could not be reached."""
    return AWAY if type(error.orig).__name__ == "OperationalError" else None


_UNIQUE_PG = "23505"
_UNIQUE_SQLITE = {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}


def is_taken(error: IntegrityError) -> bool:
    """Whether something of the same kind is there already; every other breach is a fault."""
    original: Any = error.orig
    if (state := getattr(original, "sqlstate", None)) is not None:
        return bool(state == _UNIQUE_PG)
    if (name := getattr(original, "sqlite_errorname", None)) is not None:
        return name in _UNIQUE_SQLITE
    return str(original).startswith("UNIQUE constraint failed")
