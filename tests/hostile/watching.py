"""Notices whether anything was stored between two moments."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from lims.core.db import Base
from lims.trust.identity.passwords import FAILED
from lims.trust.identity.roles import Side
from lims.trust.identity.sessions import MakeToken, make_token
from lims.trust.trail.entries import TrailEntry
from tests.support.worlds import World

# A wrong password, what was refused and who looked is kept although nothing was done; being seen is
# no record.
NOT_RECORDS = {"failed_login", "presence", "record_look", "refused_act", "seal", "stream_head"}


class Watch:
    """A connection beside the application's that looks at what was committed (SQLite)."""

    def __init__(self, world: World, connection: Connection) -> None:
        self.world = world
        self.connection = connection
        self.version = self._version()
        self.kept = self.stored()

    def _version(self) -> Any:
        found = self.connection.exec_driver_sql("PRAGMA data_version").scalar()
        self.connection.rollback()
        return found

    def stored(self) -> dict[str, Any]:
        """How many rows each table has, and how long the trail is."""
        told = (
            (func.instr(TrailEntry.payload, FAILED.encode()) == 0)
            & TrailEntry.stream_name.not_like("%/refusal/%")
            & TrailEntry.stream_name.not_like("%/look/%")
        )
        tables = [
            t for t in Base.metadata.sorted_tables if t.name not in {*NOT_RECORDS, "trail_entry"}
        ]
        counts = select(
            *(select(func.count()).select_from(t).scalar_subquery().label(t.name) for t in tables),
            select(func.max(TrailEntry.id)).where(told).scalar_subquery().label("last entry"),
        )
        found = dict(self.connection.execute(counts).mappings().one())
        self.connection.rollback()
        return found

    def changed(self) -> bool:
        """Whether a record was stored since the last look."""
        if (version := self._version()) == self.version:
            return False  # nothing at all was committed: no need to count
        before, self.version, self.kept = self.kept, version, self.stored()
        return before != self.kept


@contextmanager
def watching(world: World) -> Iterator[Watch]:
    """Watch a SQLite world."""
    with world.site.engine.connect().execution_options(reading=True) as connection:
        yield Watch(world, connection)


def bearer(world: World, login: str, door: Side | None = None) -> dict[str, str]:
    """The header of a script with this person's rights, at one door."""
    wanted = MakeToken("a hostile script", 90, door=door, writes=True)
    made = world.story.do(login, make_token, wanted)
    return {"Authorization": f"Bearer {made.token}"}
