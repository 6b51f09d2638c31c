"""Statements that are compiled once and then run on the driver.

To interpret a statement costs SQLAlchemy more than SQLite takes to answer it; where every action
or a waiting nurse asks the same, that is most of the time.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Engine, Table, bindparam, insert, update
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.sql.expression import ClauseElement

Convert = Callable[[Any], Any]


class _Compiled:
    """One statement as one kind of database wants it."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        asked = {name: None for bind, name in compiled.bind_names.items() if bind.required}
        whole = compiled.construct_expanded_state(asked)
        self.sql: str = whole.statement
        self.names: list[str] | None = whole.positiontup
        self.always = {name: value for name, value in whole.parameters.items() if name not in asked}
        converts = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for bind, name in compiled.bind_names.items()
        } | dict(whole.processors)
        self.binds = [(name, convert) for name, convert in converts.items() if convert]
        for name, convert in self.binds:
            if name in self.always:
                self.always[name] = convert(self.always[name])
        self.binds = [(name, convert) for name, convert in self.binds if name in asked]
        columns = compiled._result_columns  # noqa: SLF001 -- nothing public has the types
        self.row = namedtuple("Row", [column.keyname for column in columns])  # type: ignore[misc]  # noqa: PYI024
        reads = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        self.reads = [(place, read) for place, read in enumerate(reads) if read]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """The driver's parameters for these values."""
        given = {**self.always, **values}
        for name, convert in self.binds:
            given[name] = convert(given[name])
        return given if self.names is None else [given[name] for name in self.names]

    def read(self, found: Iterable[Any]) -> Any:
        """A row of the driver's, as the columns' types have it."""
        values = list(found)
        for place, read in self.reads:
            values[place] = read(values[place])
        return self.row(*values)


class Prepared:
    """A statement of which nothing changes but its values. Answers and errors are SQLAlchemy's."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, **values: Any) -> list[Any]:
        """Every row that is found."""
        compiled = self._for(connection.dialect)
        cursor = _run(connection, compiled, values)
        return [compiled.read(row) for row in cursor.fetchall()]

    def stream(self, connection: Connection) -> Iterator[Any]:
        """Every row as the driver has it, some at a time: for what has millions."""
        compiled = self._for(connection.dialect)
        driver: Any = connection.connection.dbapi_connection
        named = {"name": "stream"} if connection.dialect.name == "postgresql" else {}
        cursor = driver.cursor(**named)
        try:
            cursor.execute(compiled.sql, compiled.parameters({}))
            while some := cursor.fetchmany(5000):
                yield from some
        finally:
            cursor.close()

    def first(self, connection: Connection, **values: Any) -> Any:
        """The first row; None without one."""
        compiled = self._for(connection.dialect)
        row = _run(connection, compiled, values).fetchone()
        return None if row is None else compiled.read(row)

    def value(self, connection: Connection, **values: Any) -> Any:
        """The first column of the first row; None without one."""
        row = self.first(connection, **values)
        return None if row is None else row[0]

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Change something; gives the driver's cursor."""
        return _run(connection, self._for(connection.dialect), values)

    def rows_alone(self, engine: Engine, **values: Any) -> list[Any]:
        """Every row that is found by a statement that is a transaction by itself."""
        compiled = self._for(engine.dialect)
        for listener in engine.dispatch.before_cursor_execute:
            listener(None, None, compiled.sql, values, None, False)
        pooled = _connected(engine)
        driver: Any = pooled.dbapi_connection
        opens_unasked = engine.dialect.name == "postgresql"
        try:
            if opens_unasked:
                driver.autocommit = True
            found = _on_driver(engine.dialect, driver, compiled, values).fetchall()
            if opens_unasked:
                driver.autocommit = False
        except BaseException:
            pooled.invalidate()  # never back into the pool as one that commits by itself
            raise
        finally:
            pooled.close()
        return [compiled.read(row) for row in found]

    def _for(self, dialect: Dialect) -> _Compiled:
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return self._compiled[dialect.name]


def _connected(engine: Engine) -> Any:
    """A connection of the pool; that there is none to be had is SQLAlchemy's error, not the driver's."""
    dialect: Any = engine.dialect
    try:
        return engine.raw_connection()
    except dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(
            "", None, error, dialect.loaded_dbapi.Error,
            hide_parameters=True, connection_invalidated=True, dialect=dialect,
        ) from error  # fmt: skip


def _run(connection: Connection, compiled: _Compiled, values: Mapping[str, Any]) -> Any:
    if not connection.in_transaction():
        connection.begin()
    for listener in connection.dispatch.before_cursor_execute:  # tests count what is asked
        listener(connection, None, compiled.sql, values, None, False)
    pooled = connection.connection
    try:
        return _on_driver(connection.dialect, pooled.dbapi_connection, compiled, values)
    except DBAPIError as error:
        if error.connection_invalidated:
            connection.invalidate(error)
        raise


def _on_driver(
    dialect: Dialect, driver: Any, compiled: _Compiled, values: Mapping[str, Any]
) -> Any:
    try:
        parameters = compiled.parameters(values)
    except (ValueError, TypeError, LookupError) as error:
        raise StatementError(str(error), compiled.sql, None, error, hide_parameters=True) from error
    return run_on_driver(dialect, driver, compiled.sql, parameters)


def run_on_driver(dialect: Any, driver: Any, sql: str, parameters: Any = ()) -> Any:
    """Run a text on the driver's own connection; its errors are raised as SQLAlchemy's."""
    try:
        return driver.execute(sql, parameters)
    except dialect.loaded_dbapi.Error as error:
        raise _as_sqlalchemys(dialect, driver, sql, error) from error


def _as_sqlalchemys(dialect: Any, driver: Any, sql: str, error: Any) -> Any:
    return DBAPIError.instance(
        sql, None, error, dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=dialect.is_disconnect(error, driver, None),
        dialect=dialect,
    )  # fmt: skip


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Prepared statements that ask nothing back: to PostgreSQL they go in one message at the end.

    Whichever of them fails, its error is raised no later than here. Nothing else may be executed
    meanwhile: SQLAlchemy takes an answer that is on its way for no answer.
    """
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "postgresql":
        yield
        return
    dialect: Any = connection.dialect
    try:
        with driver.pipeline():
            yield
    except dialect.loaded_dbapi.Error as error:
        told = _as_sqlalchemys(dialect, driver, "", error)
        if told.connection_invalidated:
            connection.invalidate(told)
        raise told from error


@cache
def _insert(table: Table, *, tells: bool) -> Prepared:
    """A row with a value for every column; but for a key that the database counts, and tells."""
    counted = _counted_key(table)
    given = [column for column in table.columns if column is not counted]
    made = insert(table).values({c.key: bindparam(c.key, type_=c.type) for c in given})
    return Prepared(made.returning(counted) if tells and counted is not None else made)


@cache
def _counted_key(table: Table) -> Column[Any] | None:
    key = table.autoincrement_column
    return key if key is not None and key.autoincrement in {True, "auto"} else None


def insert_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert a row of which nothing is asked back."""
    _insert(table, tells=False).run(connection, values)


def insert_counted(connection: Connection, table: Table, values: Mapping[str, Any]) -> Any:
    """Insert a row; gives its key where the database counts it, and None elsewhere."""
    counted = _counted_key(table)
    if counted is not None and values.get(counted.key) is not None:
        msg = f"{table.name}.{counted.key} is counted by the database"
        raise ValueError(msg)
    cursor = _insert(table, tells=True).run(connection, values)
    return None if counted is None else cursor.fetchone()[0]


@cache
def _update(table: Table, changed: frozenset[str]) -> Prepared:
    found = [c == bindparam(f"of_{c.key}", type_=c.type) for c in table.primary_key]
    new = {name: bindparam(name, type_=table.columns[name].type) for name in changed}
    return Prepared(update(table).where(*found).values(new))


def update_row(
    connection: Connection, table: Table, key: Sequence[Any], changed: Mapping[str, Any]
) -> None:
    """Change columns of the row of this primary key; LookupError if it is not there."""
    of = {f"of_{column.key}": value for column, value in zip(table.primary_key, key, strict=True)}
    if _update(table, frozenset(changed)).run(connection, {**of, **changed}).rowcount != 1:
        msg = f"{table.name} has no row {key}"
        raise LookupError(msg)
