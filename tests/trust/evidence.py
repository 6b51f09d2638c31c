"""What lies in the database, and an attacker who may do anything to it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from lims.core.db import Base
from lims.trust.trail.entries import StreamHead, TrailEntry
from lims.trust.trail.seals import Seal
from lims.trust.trail.triggers import insert_only_tables
from lims.trust.trail.verify import verify_trail
from tests.support.worlds import World


def contents(world: World, *but: str) -> dict[str, list[str]]:
    """Every row of every table, but for some tables."""
    reading = world.site.engine.connect().execution_options(reading=True)
    with reading as connection:
        return {
            table.name: sorted(map(repr, connection.exec_driver_sql(f"SELECT * FROM {table.name}")))
            for table in Base.metadata.sorted_tables
            if table.name not in but
        }


def faults_seen(connection: Connection, world: World) -> tuple[str, ...]:
    """What verification says about the database as this connection sees it."""
    with Session(connection) as session:
        return verify_trail(session, world.site.key.public_key()).faults


@contextmanager
def attacker(world: World) -> Iterator[Connection]:
    """A connection of somebody who owns the database and drops its guards; undone at the end."""
    with world.site.engine.connect() as connection:
        for table in insert_only_tables():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
            else:
                for verb in trigger_names(connection, table.name):
                    connection.exec_driver_sql(f"DROP TRIGGER {verb}")
        yield connection
        connection.rollback()


def trigger_names(connection: Connection, table: str) -> list[str]:
    """The triggers on an SQLite table."""
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
    return [name for (name,) in connection.exec_driver_sql(query, (table,))]


def entries(connection: Connection, stream: str | None = None) -> list[TrailEntry]:
    """Trail entries in their order, of all streams or of one."""
    with Session(connection, expire_on_commit=False) as session:
        found = select(TrailEntry).order_by(TrailEntry.id)
        if stream is not None:
            found = found.where(TrailEntry.stream_name == stream)
        rows = list(session.scalars(found))
        session.expunge_all()
        return rows


def long_stream(connection: Connection) -> str:
    """The name of a stream with a good many entries."""
    longest = select(StreamHead.name).order_by(StreamHead.length.desc(), StreamHead.name)
    return connection.execute(longest).scalars().first() or ""


def sealed_by(connection: Connection, entry: TrailEntry) -> int:
    """The number of the seal that covers an entry; 0 if none does."""
    covering = select(Seal.number).where(Seal.below > entry.batch).order_by(Seal.number)
    return connection.execute(covering).scalars().first() or 0
