"""An installation at work: its database, clock, chance, settings, key and reactions."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session

from lims.core.chance import Chance, SystemChance
from lims.core.clock import Clock, system_clock
from lims.core.db import make_engine
from lims.core.trouble import STANDBY, BusyError
from lims.core.turn import PATIENCE_SECONDS, Turn
from lims.core.writes import WriteWatch
from lims.settings import Settings
from lims.trust.context import Reactions
from lims.trust.keys import keyed_digest, signing_key
from lims.trust.trail.anchors import AnchorWatch
from lims.trust.trail.entries import Change
from lims.trust.trail.witnesses import witnesses_of
from lims.trust.transaction import RecordedSession, Transaction


def really_write(connection: Connection) -> None:
    """On PostgreSQL, let the commit wait for the standby: of nothing written it waits for nobody."""
    if connection.dialect.name == "postgresql":
        connection.execute(_WRITES_NOTHING)


_WRITES_NOTHING = text("SELECT pg_logical_emit_message(true, 'funis', '')")
_STILL_WAITS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = current_user"
)


@dataclass
class Site:
    """Everything that an action needs and that does not change from action to action."""

    settings: Settings
    reactions: Reactions = field(default_factory=dict)
    clock: Clock = system_clock
    chance: Chance = field(default_factory=SystemChance)
    patience: float = PATIENCE_SECONDS  # seconds that a writer waits for the turn
    newest: datetime | None = None  # when the newest entry was written that this process has seen
    watch: WriteWatch = field(default_factory=WriteWatch, init=False, repr=False)
    _kept: tuple[int, Connection | None] = field(default=(0, None), init=False, repr=False)

    @cached_property
    def engine(self) -> Engine:
        """The database."""
        engine = make_engine(self.settings.database_url)
        event.listen(engine, "connect", lambda *_: self.anchors.forget())  # it may be another one
        return engine

    @cached_property
    def turn(self) -> Turn:
        """The queue of writers."""
        return Turn(self.engine)

    @cached_property
    def key(self) -> Ed25519PrivateKey:
        """What seals the trail."""
        return signing_key(self.settings.key_folder)

    @property
    def now(self) -> datetime:
        """Now, for what is shown: never before what was recorded, whatever the clock says."""
        now = self.clock()
        return now if self.newest is None else max(now, self.newest)

    @property
    def behind(self) -> timedelta:
        """By how much the clock is behind what was recorded."""
        return self.now - self.clock()

    @cached_property
    def anchors(self) -> AnchorWatch:
        """What is kept elsewhere of the trail."""
        own = self.settings
        return AnchorWatch(own.anchors, witnesses_of(own.witnesses), keeps=own.seals)

    def keyed(self, key: str, text: str) -> str:
        """The digest of a text that could be guessed, under one of the keys."""
        return keyed_digest(self.settings.key_folder, key, text)

    @property
    def _one_moment(self) -> dict[str, Any]:
        if self.engine.dialect.name == "postgresql":
            return {"isolation_level": "REPEATABLE READ"}
        return {"reading": True}

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment and cannot change anything."""
        with self.engine.connect().execution_options(**self._one_moment) as connection:
            yield RecordedSession(connection, expire_on_commit=False, autoflush=False)

    @contextmanager
    def writing(
        self, changes: list[Change] | None = None, patience: float | None = None
    ) -> Iterator[Transaction]:
        """One transaction: committed at the end, rolled back by any exception.

        Rows may be changed only by who gives a list for the `changes`, to be told to the trail.
        """
        with (
            self.watch() as asks,
            self.turn(self.patience if patience is None else patience),
            self._writer() as connection,
            connection.begin(),
        ):
            if asks:  # what was let go keeps its place at the server until the standby is back
                if connection.dialect.name == "postgresql" and connection.scalar(_STILL_WAITS):
                    raise BusyError("the standby does not answer", STANDBY)
                really_write(connection)
            transaction = Transaction(connection, changes)
            try:
                yield transaction
                transaction.flush()
            finally:
                transaction.close()

    @contextmanager
    def _writer(self) -> Iterator[Connection]:
        """The connection to write with.

        SQLite has one writer at a time, so each process keeps one connection for it: what another
        commits would empty its cache.
        """
        if not self.turn.is_one_at_a_time:
            with self.engine.connect() as connection:
                yield connection
            return
        process, kept = self._kept
        if process != os.getpid() or kept is None or kept.closed or kept.invalidated:
            kept = self.engine.connect()
            kept.detach()  # so that it ends with the engine, and not in the pool
            event.listen(self.engine, "engine_disposed", lambda _, it=kept: it.close(), once=True)
            self._kept = (os.getpid(), kept)
        yield kept
