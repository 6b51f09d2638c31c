"""Prepared statements answer, and fail, as the same statements do through SQLAlchemy."""

from typing import Any

import pytest
from sqlalchemy import Connection, Table, bindparam, event, select
from sqlalchemy.exc import IntegrityError, StatementError

from lims.bags.models import Bag
from lims.core.db import Base
from lims.core.prepared import Prepared, insert_counted, insert_row, together, update_row
from lims.trust.identity.people import Person, Presence, RoleGrant
from lims.trust.identity.roles import Role
from lims.trust.trail.entries import StreamHead
from tests.support.worlds import World

TABLES = Base.metadata.sorted_tables
BAG: Table = Bag.__table__  # type: ignore[assignment]
HEAD: Table = StreamHead.__table__  # type: ignore[assignment]


def test_every_table_is_read_with_its_types(either_world: World) -> None:
    seen = 0
    with either_world.site.engine.connect() as connection:
        for table in TABLES:
            asked = select(table).order_by(*table.primary_key).limit(40)
            as_sqlalchemy = [tuple(row) for row in connection.execute(asked)]
            assert [tuple(row) for row in Prepared(asked).rows(connection)] == as_sqlalchemy
            seen += len(as_sqlalchemy)
    assert seen > 500


def test_every_column_finds_its_rows_by_a_value_of_its_type(either_world: World) -> None:
    with either_world.site.engine.connect() as connection:
        for table in TABLES:
            row = connection.execute(select(table).limit(1)).first()
            for column in table.columns if row else ():
                value = row._mapping[column]
                if value is None:
                    continue
                asked = select(table).where(column == bindparam("wanted", type_=column.type))
                found = Prepared(asked).rows(connection, wanted=value)
                assert tuple(row) in [tuple(one) for one in found], column


def test_what_is_always_asked_stands_beside_what_changes(either_world: World) -> None:
    asked = select(RoleGrant.id).where(
        RoleGrant.role.in_([Role.TECHNICIAN, Role.QA]), RoleGrant.login == bindparam("login")
    )
    with either_world.site.engine.connect() as connection:
        for login in ("tang", "nora"):
            expected = set(connection.scalars(asked, {"login": login}))
            assert {row.id for row in Prepared(asked).rows(connection, login=login)} == expected
            assert bool(expected) is (login == "tang")


def test_a_new_row_of_a_key_that_is_there_is_refused_as_sqlalchemy_refuses_it(
    either_world: World,
) -> None:
    head = {"name": "a/b/c", "length": 1, "hash": "x"}
    with either_world.site.engine.connect() as connection:
        insert_row(connection, HEAD, head)
        with pytest.raises(IntegrityError):
            insert_row(connection, HEAD, head)


def test_a_row_that_is_not_there_cannot_be_changed(either_world: World) -> None:
    with either_world.site.engine.connect() as connection:
        with pytest.raises(LookupError):
            update_row(connection, HEAD, ("nobody",), {"length": 2})
        insert_row(connection, HEAD, {"name": "a/b/c", "length": 1, "hash": "x"})
        update_row(connection, HEAD, ("a/b/c",), {"length": 2})
        changed = select(StreamHead.length).where(StreamHead.name == "a/b/c")
        assert connection.scalar(changed) == 2


def test_a_key_that_the_database_counts_is_never_given(either_world: World) -> None:
    for table in TABLES:
        column = table.autoincrement_column
        if column is not None and column.autoincrement == "auto":
            with (
                either_world.site.engine.connect() as connection,
                pytest.raises(ValueError, match="counted"),
            ):
                insert_counted(connection, table, {column.key: 5})


def test_a_value_of_the_wrong_type_is_the_programs_fault(either_world: World) -> None:
    asked = Prepared(select(Bag).where(Bag.volume == bindparam("volume", type_=BAG.c.volume.type)))
    with either_world.site.engine.connect() as connection, pytest.raises(StatementError):
        asked.rows(connection, volume="100 mL")


def test_an_error_among_what_leaves_together_is_raised_there(either_world: World) -> None:
    head = {"name": "a/b/c", "length": 1, "hash": "x"}
    with either_world.site.engine.connect() as connection:
        with pytest.raises(IntegrityError):
            _twice_together(connection, head)
        connection.rollback()
        assert connection.scalar(select(StreamHead).where(StreamHead.name == "a/b/c")) is None


def _twice_together(connection: Connection, head: dict[str, object]) -> None:
    with together(connection):
        insert_row(connection, HEAD, head)
        insert_row(connection, HEAD, head)


def test_who_counts_statements_hears_these_too(either_world: World) -> None:
    heard: list[str] = []
    asked = Prepared(select(Person.login))

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    engine = either_world.site.engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        with engine.connect() as connection:
            asked.rows(connection)
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    assert any("person" in statement for statement in heard)


def test_a_statement_by_itself_leaves_no_transaction(either_world: World) -> None:
    alone = Prepared(select(Presence.digest))
    engine = either_world.site.engine
    for _ in range(3):
        alone.rows_alone(engine)
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        if engine.dialect.name == "postgresql":
            assert not driver.autocommit
        else:
            assert not driver.in_transaction
