"""Alembic's environment: every model of every door, then the triggers, in one transaction."""

from typing import Any

from alembic import context

from lims import house
from lims.core.db import Base, Exact, Measured, UtcDateTime, Word, make_engine
from lims.settings import Settings
from lims.trust.trail.triggers import install_triggers

# Loading the doors loads every model.
TARGET = Base.metadata if house.DOORS else None


def plain_type(kind: str, item: Any, _context: Any) -> str | bool:
    """A migration names the column types of its own day, never ours of today."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Word):
        return "sa.Text()"
    if kind == "type" and isinstance(item, (Exact, Measured)):
        return "sa.String(40)"
    return False


def run() -> None:
    """Migrate the database that the caller or the environment names."""
    url = context.config.attributes.get("url") or Settings.from_environment().database_url
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=TARGET,
                render_as_batch=True,
                transactional_ddl=True,  # our engine really begins; SQLite can roll tables back
                render_item=plain_type,
                compare_type=False,
            )
            with context.begin_transaction():
                context.run_migrations()
                install_triggers(connection)
            connection.commit()
    finally:
        engine.dispose()


run()
