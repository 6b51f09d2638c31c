"""An installation at work: its database, clock, chance, settings, key and reactions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Delete, Engine, Insert, Update, event
from sqlalchemy.orm import ORMExecuteState, Session

from lims.core.chance import Chance, SystemChance
from lims.core.clock import Clock, system_clock
from lims.core.db import make_engine
from lims.core.turn import PATIENCE_SECONDS, Turn
from lims.settings import Settings
from lims.trust import trail
from lims.trust.errands import Errand, at_once
from lims.trust.keys import keyed_digest, signing_key
from lims.trust.work import Reactions


class UnrecordedChangeError(RuntimeError):
    """A change to the database outside an action; always a fault in the program."""


class RecordedSession(Session):
    """A session that lets nothing change but through an action, and remembers what did."""

    def _bulk_save_mappings(self, *_: Any, **__: Any) -> None:
        """What all the bulk methods call: they would go round the unit of work."""
        raise UnrecordedChangeError("a bulk change goes round the trail")


@event.listens_for(RecordedSession, "before_flush")
def _only_in_actions(session: Session, _context: object, _rows: object) -> None:
    if session.deleted:
        raise UnrecordedChangeError("nothing is ever deleted")
    if (session.new or session.dirty) and "changes" not in session.info:
        raise UnrecordedChangeError("a change outside an action")


@event.listens_for(RecordedSession, "after_flush")
def _remember(session: Session, _context: object) -> None:
    session.info["changes"].extend(trail.changes_of(session))


@event.listens_for(RecordedSession, "do_orm_execute")
def _no_bulk_changes(state: ORMExecuteState) -> None:
    if isinstance(state.statement, (Insert, Update, Delete)):
        raise UnrecordedChangeError("a bulk change goes round the trail")


@dataclass
class Site:
    """Everything that an action needs and that does not change from action to action."""

    settings: Settings
    reactions: Reactions = field(default_factory=dict)
    clock: Clock = system_clock
    chance: Chance = field(default_factory=SystemChance)
    later: Callable[[Errand], None] = at_once  # what is done after a commit
    patience: float = PATIENCE_SECONDS  # seconds that a writer waits for the turn

    @cached_property
    def engine(self) -> Engine:
        """The database."""
        return make_engine(self.settings.database_url)

    @cached_property
    def turn(self) -> Turn:
        """The queue of writers."""
        return Turn(self.engine)

    @cached_property
    def key(self) -> Ed25519PrivateKey:
        """What seals the trail."""
        return signing_key(self.settings.key_folder)

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
        self, info: dict[str, Any] | None = None, patience: float | None = None
    ) -> Iterator[Session]:
        """A session in one transaction: committed at the end, rolled back by any exception."""
        with (
            self.turn(self.patience if patience is None else patience),
            RecordedSession(self.engine, expire_on_commit=False, info=info or {}) as session,
            session.begin(),
        ):
            yield session
