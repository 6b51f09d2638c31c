"""PostgreSQL at the other end of a cable: nobody waits without end, whatever has gone there."""

from functools import partial
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg.errors import OperationalError
from sqlalchemy import URL, Engine, event
from sqlalchemy.exc import DisconnectionError

from lims.core.trouble import STANDBY

PATIENCE_SECONDS: Final = 8.0  # for a standby to say that it has what is committed
LONGEST_REST_SECONDS: Final = 1.0  # after which a connection is tried before it is used
# A server that is gone without a word is noticed within some ten seconds, not within hours (libpq).
UNTIL_GONE: Final = {
    "connect_timeout": "3",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}


class NotOnBothError(OperationalError):
    """The standby did not answer: what was committed may come to be, or not."""

    trouble = STANDBY


class Bounded(psycopg.Connection[Any]):
    """A connection whose commit waits for the standby for some seconds only.

    It is never cancelled: the server would then call it committed though no standby has it. It is
    let go, and who sends it again learns what became of it.
    """

    patience: float | None = None

    def commit(self) -> None:
        """Commit, or NotOnBothError."""
        self.patience = PATIENCE_SECONDS
        try:
            super().commit()
        except OperationalError as error:
            if type(error).__name__ != "_WaitTimeout":
                raise
            self.pgconn.finish()
            msg = "the standby does not answer"
            raise NotOnBothError(msg) from error
        finally:
            self.patience = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As long as it may last."""
        return super().wait(gen, interval, self.patience if timeout is None else timeout)


def bind(engine: Engine) -> None:
    """Let an engine open such connections, and ask those that have rested whether they still lead on."""
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", partial(_ask_after_rest, engine.dialect))


def until_gone(address: URL) -> dict[str, str]:
    """How soon a server that is gone is noticed, where the address does not say it."""
    return {name: value for name, value in UNTIL_GONE.items() if name not in address.query}


def _connect(_dialect: Any, _record: Any, arguments: Any, named: dict[str, Any]) -> Bounded:
    return Bounded.connect(*arguments, **named)


def _prepare(connection: Any, _record: Any) -> None:
    """Nobody waits without end: neither for a row, nor for a process that hangs with one."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '8s'")
        cursor.execute("SET idle_in_transaction_session_timeout = '5min'")
    connection.commit()


def _note_rest(_connection: Any, record: Any) -> None:
    record.info["resting_since"] = monotonic()


def _ask_after_rest(dialect: Any, connection: Any, record: Any, _proxy: Any) -> None:
    """A connection that has rested may lead to a server that has gone: the pool takes another."""
    if monotonic() - record.info.get("resting_since", monotonic()) < LONGEST_REST_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise DisconnectionError from error
