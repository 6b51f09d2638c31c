"""One transaction under way: its connection, what it changed, and how rows are kept in it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from sqlalchemy import Connection, Delete, Insert, Table, Update, event, inspect
from sqlalchemy.orm import ORMExecuteState, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from lims.core.db import Base
from lims.core.prepared import insert_counted, update_row
from lims.trust.trail.entries import Change, changed_row, new_row
from lims.trust.trail.seals import LastSeal, last_seal


class UnrecordedChangeError(RuntimeError):
    """A change to the database outside an action; always a fault in the program."""


class RecordedSession(Session):
    """A session that lets nothing change but through an action, and remembers what did."""

    def flush(self, objects: Any = None) -> None:
        """Write the rows that were changed, each with what changed in it."""
        changes = self.info.get("changes")
        if self.new or self.deleted or changes is None:
            super().flush(objects)
            return
        for row in self.dirty:
            for change in changed_row(row):
                state = inspect(row)
                new = {name: getattr(row, name) for name in change[1]["new"]}
                update_row(self.connection(), row.__table__, state.identity, new)
                for name, value in new.items():
                    set_committed_value(row, name, value)
                changes.append(change)

    def _bulk_save_mappings(self, *_: Any, **__: Any) -> None:
        """What all the bulk methods call: they would go round the unit of work."""
        raise UnrecordedChangeError("a bulk change goes round the trail")


@event.listens_for(RecordedSession, "before_flush")
def _only_in_actions(session: Session, _context: object, _rows: object) -> None:
    if session.deleted:
        raise UnrecordedChangeError("nothing is ever deleted")
    if session.new or any(session.is_modified(row) for row in session.dirty):
        raise UnrecordedChangeError("a change outside an action")


@event.listens_for(RecordedSession, "do_orm_execute")
def _no_bulk_changes(state: ORMExecuteState) -> None:
    if isinstance(state.statement, (Insert, Update, Delete)):
        raise UnrecordedChangeError("a bulk change goes round the trail")


@dataclass
class Transaction:
    """What is written together. `changes` are those that the trail will tell; None: none may be made.

    The session is made when first asked for: most of what is done in haste needs none.
    """

    connection: Connection
    changes: list[Change] | None = None

    @cached_property
    def session(self) -> Session:
        """The rows that can be changed."""
        info = {"changes": self.changes}
        return RecordedSession(self.connection, expire_on_commit=False, info=info)

    @cached_property
    def last_seal(self) -> LastSeal:
        """The newest seal when this transaction first asked."""
        return last_seal(self.connection)

    def keep(self, row: Base) -> None:
        """Write a new row at once, so that whatever is asked next sees it."""
        if self.changes is None:
            raise UnrecordedChangeError("a change outside an action")
        self.flush()  # what was changed before this row was made is written before it
        table = cast("Table", row.__table__)
        values = _values_of(row)
        counted = insert_counted(self.connection, table, values)
        if counted is not None:
            (key,) = table.primary_key
            setattr(row, key.key, counted)
        self.changes.append(new_row(row))
        if not row.insert_only:  # it may be changed yet
            make_transient_to_detached(row)
            self.session.add(row)

    def flush(self) -> None:
        """Write what was changed in rows."""
        if "session" in self.__dict__:
            self.session.flush()

    def take_changes(self) -> list[Change]:
        """What was changed, for the trail; after that nothing may be."""
        self.flush()
        changes, self.changes = self.changes or [], None
        if "session" in self.__dict__:
            self.session.info["changes"] = None
        return changes

    def close(self) -> None:
        """Let the rows go."""
        if "session" in self.__dict__:
            self.session.close()


def _values_of(row: Base) -> dict[str, Any]:
    """A value for each column; what was left out gets its default, on the row too."""
    state = row.__dict__
    values = {}
    for name, column in inspect(type(row)).columns.items():
        if name not in state:
            default = column.default
            setattr(row, name, None if default is None else cast("Any", default).arg)
        values[column.key] = state[name]
    return values
