"""Database triggers that refuse UPDATE, DELETE and TRUNCATE on insert-only tables.

Alembic rebuilds a table on SQLite and silently drops its triggers, so they are installed
after every upgrade, and start-up refuses to serve when one is missing.
"""

from sqlalchemy import Connection, Table, UniqueConstraint, inspect

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
    missing = set(missing_triggers(connection))
    for table in insert_only_tables():
        if table.name not in present:
            continue
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(_REFUSE)
            name = f"{table.name}_only_grows"
            trigger = f"CREATE OR REPLACE TRIGGER {name} {_BEFORE} ON {table.name} {_EXECUTE}"
            connection.exec_driver_sql(trigger)
            continue
        for name, trigger in _sqlite_triggers(table).items():
            if name in missing:
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
                connection.exec_driver_sql(trigger)


def _sqlite_triggers(table: Table) -> dict[str, str]:
    """The triggers of a table by name, as SQLite keeps their text.

    REPLACE deletes without calling a delete trigger unless a pragma is set, so an insert over
    any unique key is refused too.
    """
    name = table.name
    refuse = f"BEGIN SELECT RAISE(ABORT, 'funis: {name} only grows'); END"
    over = " OR ".join(
        f"EXISTS (SELECT 1 FROM {name} WHERE "
        + " AND ".join(f"{column} = NEW.{column}" for column in key)
        + ")"
        for key in _unique_keys(table)
    )
    return {
        f"{name}_no_update": f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} {refuse}",
        f"{name}_no_delete": f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} {refuse}",
        f"{name}_no_replace": (
            f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} WHEN {over} {refuse}"
        ),
    }


def _unique_keys(table: Table) -> list[list[str]]:
    keys = [list(table.primary_key.columns)]
    keys += [list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)]
    keys += [list(index.columns) for index in table.indexes if index.unique]
    return sorted([f'"{column.name}"' for column in key] for key in keys)


def missing_triggers(connection: Connection) -> list[str]:
    """The triggers that should be there and are not, or that sleep, or that say something else."""
    if connection.dialect.name == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
        awake = {name for (name,) in connection.exec_driver_sql(query)}
        names = [f"{table.name}_only_grows" for table in insert_only_tables()]
        return [name for name in names if name not in awake]
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    found = {row[0]: row[1] for row in connection.exec_driver_sql(query)}
    wanted = {k: v for table in insert_only_tables() for k, v in _sqlite_triggers(table).items()}
    return [name for name, text in wanted.items() if found.get(name) != text]
