"""What only grows refuses every other change in the database itself, for whoever connects."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from lims.migrate import migrate
from lims.trust.trail.triggers import insert_only_tables, install_triggers
from tests.support.worlds import World
from tests.trust.evidence import contents, trigger_names

ON_SQLITE = pytest.mark.parametrize("either_world", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize("either_world", ["postgresql"], indirect=True)
PLAIN: dict[str, Any] = {
    "INTEGER": 1, "BIGINT": 1, "DATE": "2026-01-01", "DATETIME": "2026-01-01 00:00:00",
    "BOOLEAN": 0, "BLOB": b"x",
}  # fmt: skip
MUST_GROW = {
    "answer", "failed_login", "seal", "sealed_list", "sealed_row", "signature", "trail_entry",
    "code_break", "look", "bedside_check",
}  # fmt: skip


def key_of(table: Table) -> str:
    return table.primary_key.columns[0].name


def fill_if_empty(connection: sqlite3.Connection, table: Table) -> None:
    """Row triggers of SQLite fire only where there is a row."""
    if connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]:
        return
    kinds = [c.type.compile(sqlite.dialect()).split("(")[0] for c in table.columns]  # type: ignore[no-untyped-call]
    names, marks = ", ".join(c.name for c in table.columns), ", ".join("?" for _ in kinds)
    row = [PLAIN.get(kind, "x") for kind in kinds]
    connection.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", row)


@pytest.fixture
def outsider(either_world: World) -> Iterator[sqlite3.Connection]:
    """The database file opened with plain sqlite3, without any setting of ours."""
    path = str(either_world.site.engine.url.database)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for table in insert_only_tables():
            fill_if_empty(connection, table)
        yield connection


def test_everything_that_must_only_grow_is_guarded() -> None:
    assert {table.name for table in insert_only_tables()} >= MUST_GROW


@ON_SQLITE
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {t} SET {k} = {k}",
        "UPDATE OR REPLACE {t} SET {k} = {k}",
        "UPDATE OR IGNORE {t} SET {k} = NULL",
        "DELETE FROM {t}",
        "DELETE FROM {t} WHERE rowid = (SELECT min(rowid) FROM {t})",
        "INSERT INTO {t} SELECT * FROM {t} WHERE true ON CONFLICT DO UPDATE SET {k} = excluded.{k}",
        "REPLACE INTO {t} SELECT * FROM {t} LIMIT 1",
        "INSERT OR REPLACE INTO {t} SELECT * FROM {t}",
    ],
)
def test_a_stranger_with_the_file_cannot_change_what_only_grows(
    either_world: World, outsider: sqlite3.Connection, statement: str
) -> None:
    before = contents(either_world)
    allowed = []
    for table in insert_only_tables():
        with suppress(sqlite3.IntegrityError):
            outsider.execute(statement.format(t=table.name, k=key_of(table)))
            allowed.append(table.name)
    assert allowed == []
    assert contents(either_world) == before


@ON_SQLITE
def test_our_own_connection_cannot_replace_what_only_grows(
    either_world: World, outsider: sqlite3.Connection
) -> None:
    outsider.close()
    for table in insert_only_tables():
        with either_world.site.engine.connect() as connection:
            refused(connection, f"REPLACE INTO {table.name} SELECT * FROM {table.name} LIMIT 1")


def refused(connection: Connection, statement: str) -> None:
    with pytest.raises(DBAPIError, match="only grows"):
        connection.exec_driver_sql(statement)


@ON_POSTGRES
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {t} SET {k} = {k}",
        "UPDATE {t} SET {k} = {k} WHERE false",
        "DELETE FROM {t}",
        "TRUNCATE {t} CASCADE",
        "INSERT INTO {t} SELECT * FROM {t} ON CONFLICT ({keys}) DO UPDATE SET {k} = excluded.{k}",
        "MERGE INTO {t} a USING {t} b ON false WHEN MATCHED THEN DELETE",
        "WITH gone AS (DELETE FROM {t} RETURNING 1) SELECT count(*) FROM gone",
    ],
)
def test_the_owner_of_the_database_cannot_change_what_only_grows(
    either_world: World, statement: str
) -> None:
    before = contents(either_world)
    for table in insert_only_tables():
        keys = ", ".join(column.name for column in table.primary_key.columns)
        with either_world.site.engine.connect() as connection:
            refused(connection, statement.format(t=table.name, k=key_of(table), keys=keys))
    assert contents(either_world) == before


@ON_POSTGRES
def test_emptying_the_people_cannot_take_their_signatures_along(either_world: World) -> None:
    before = contents(either_world)
    with either_world.site.engine.connect() as connection:
        refused(connection, "TRUNCATE person CASCADE")
    assert contents(either_world) == before


def guards(connection: Connection, table: str) -> list[str]:
    if connection.dialect.name == "postgresql":
        query = (
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            f" WHERE relname = '{table}' AND NOT tgisinternal"
        )
        return [name for (name,) in connection.exec_driver_sql(query)]
    return trigger_names(connection, table)


def drop(connection: Connection, name: str, table: str) -> None:
    where = f" ON {table}" if connection.dialect.name == "postgresql" else ""
    connection.exec_driver_sql(f"DROP TRIGGER {name}{where}")


def test_it_refuses_to_serve_when_any_guard_is_missing(either_world: World) -> None:
    engine = either_world.site.engine
    for table in insert_only_tables():
        with engine.begin() as connection:
            names = guards(connection, table.name)
            assert names
            drop(connection, names[0], table.name)
        with pytest.raises(SystemExit, match=names[0]):
            either_world.app()
        with engine.begin() as connection:
            install_triggers(connection)
    assert either_world.app()


def test_migrating_again_brings_a_missing_guard_back(either_world: World) -> None:
    with either_world.site.engine.begin() as connection:
        for name in guards(connection, "signature"):
            drop(connection, name, "signature")
    migrate(either_world.site.settings.database_url)
    assert either_world.app()


@ON_POSTGRES
@pytest.mark.parametrize("mode", ["DISABLE TRIGGER", "ENABLE REPLICA TRIGGER"])
def test_it_refuses_to_serve_when_a_guard_sleeps(either_world: World, mode: str) -> None:
    with either_world.site.engine.begin() as connection:
        (name,) = guards(connection, "signature")
        connection.exec_driver_sql(f"ALTER TABLE signature {mode} {name}")
    with pytest.raises(SystemExit, match=name):
        either_world.app()


@ON_SQLITE
def test_it_refuses_to_serve_when_a_guard_of_the_right_name_has_no_teeth(
    either_world: World,
) -> None:
    with either_world.site.engine.begin() as connection:
        name = guards(connection, "signature")[0]
        drop(connection, name, "signature")
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE UPDATE ON signature BEGIN SELECT 1; END"
        )
    with pytest.raises(SystemExit, match=name):
        either_world.app()
