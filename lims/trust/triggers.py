"""Database triggers that refuse UPDATE, DELETE and TRUNCATE on insert-only tables.

Alembic rebuilds a table on SQLite and silently drops its triggers, so they are installed
after every upgrade, and start-up refuses to serve when one is missing.
"""

from sqlalchemy import Connection, Table, inspect

from lims.core.db import Base

_REFUSE = (
    "CREATE OR REPLACE FUNCTION funis_insert_only() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'funis: %% only grows', TG_TABLE_NAME; END $$"
)
_BEFORE = "BEFORE UPDATE OR DELETE OR TRUNCATE"
_EXECUTE = "FOR EACH STATEMENT EXECUTE FUNCTION funis_insert_only()"


def insert_only_tables() -> list[Table]:
    """The tables that only ever grow, of the models loaded in this process."""
    names = {m.class_.__tablename__ for m in Base.registry.mappers if m.class_.insert_only}
    return [Base.metadata.tables[name] for name in sorted(names)]


def install_triggers(connection: Connection) -> None:
    """Install every missing trigger; doing it twice changes nothing."""
    present = set(inspect(connection).get_table_names())
    for table in insert_only_tables():
        if table.name in present:
            for statement in _statements(connection.dialect.name, table.name):
                connection.exec_driver_sql(statement)


def _statements(dialect: str, table: str) -> list[str]:
    if dialect == "postgresql":
        return [
            _REFUSE,
            f"CREATE OR REPLACE TRIGGER {table}_only_grows {_BEFORE} ON {table} {_EXECUTE}",
        ]
    refuse = f"BEGIN SELECT RAISE(ABORT, 'funis: {table} only grows'); END"
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} {refuse}"
        for verb in ("UPDATE", "DELETE")
    ]


def missing_triggers(connection: Connection) -> list[str]:
    """The names of triggers that should be there and are not."""
    if connection.dialect.name == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"
        wanted = [f"{table.name}_only_grows" for table in insert_only_tables()]
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        verbs = ("update", "delete")
        wanted = [f"{table.name}_no_{verb}" for table in insert_only_tables() for verb in verbs]
    found = {name for (name,) in connection.exec_driver_sql(query)}
    return [name for name in wanted if name not in found]
