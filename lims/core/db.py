"""The database floor: column types, engine and pragmas, one code for SQLite and PostgreSQL."""

import enum
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

from sqlalchemy import (
    BigInteger,
    Connection,
    Date,
    DateTime,
    Engine,
    Enum,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator

from lims.core.encrypted import KEY_FILE, encrypt, is_plain, key_in, unlock
from lims.core.prepared import run_on_driver
from lims.core.quantities import Quantity

try:  # SQLite before 3.51.3 can corrupt a write-ahead log; the wheel carries a newer one
    from sqlcipher3 import dbapi2 as sqlite
except ImportError:  # no wheel for this machine: the rollback journal is used instead
    import sqlite3 as sqlite  # type: ignore[no-redef]

SAFE_WAL: Final = (3, 51, 3)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware on the way in, UTC inside and on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "an instant needs its offset"
            raise ValueError(msg)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Exact(TypeDecorator[Decimal]):
    """A Decimal kept as text, because SQLite would turn a NUMERIC into a float."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> str | None:
        del dialect
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: str | None, dialect: Any) -> Decimal | None:
        del dialect
        return None if value is None else Decimal(value)


class Word(TypeDecorator[enum.StrEnum]):
    """One of a closed list, kept as plain text: for a column that was a free text before."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[enum.StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: enum.StrEnum | None, dialect: Any) -> str | None:
        del dialect
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Any) -> enum.StrEnum | None:
        del dialect
        return None if value is None else self.kind(value)


class Who(str):
    """A login as a row has it: pages show the person's name instead."""

    __slots__ = ()


class _Login(TypeDecorator[str]):
    """Who did it, by login."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        del dialect
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Any) -> Who | None:
        del dialect
        return None if value is None else Who(value)


Login = Annotated[str, Who]


class Measured(TypeDecorator[Quantity]):
    """A quantity whose unit is the column's type."""

    impl = String(40)
    cache_ok = True

    def __init__(self, quantity: type[Quantity]) -> None:
        super().__init__()
        self.quantity = quantity

    def process_bind_param(self, value: Quantity | None, dialect: Any) -> str | None:
        del dialect
        if value is None:
            return None
        if not isinstance(value, self.quantity):
            msg = f"{self.quantity.__name__} expected, not {type(value).__name__}"
            raise TypeError(msg)
        return f"{value.value:f}"

    def process_result_value(self, value: str | None, dialect: Any) -> Quantity | None:
        del dialect
        return None if value is None else self.quantity(Decimal(value))


class Base(DeclarativeBase):
    """Every table. `stream` names the trail stream of a row: a kind and the column of its key."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    registry = registry(
        type_annotation_map={
            datetime: UtcDateTime(),
            date: Date(),
            Decimal: Exact(),
            str: Text(),
            Login: _Login(),
            int: BigInteger().with_variant(Integer(), "sqlite"),
            enum.Enum: Enum(
                enum.Enum,
                native_enum=False,
                length=32,
                values_callable=lambda kind: [member.value for member in kind],
            ),
            **{kind: Measured(kind) for kind in Quantity.__subclasses__()},
        }
    )
    stream: ClassVar[tuple[str, str] | None] = None
    insert_only: ClassVar[bool] = False
    secrets: ClassVar[frozenset[str]] = frozenset()  # columns whose values the trail leaves out


def insert_or_update(table: Table, dialect: str) -> Any:
    """INSERT … ON CONFLICT, spelt alike on both databases, but only by their own constructs.

    Only the dialect in use is loaded: the other one costs every process its start.
    """
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)


def make_engine(url: str) -> Engine:
    """An engine whose every transaction is serial on SQLite and read-committed on PostgreSQL."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        bounded = import_module("lims.core.bounded")  # with the driver, which SQLite does not need
        engine = create_engine(
            address,
            pool_size=32,
            max_overflow=32,
            pool_use_lifo=True,
            hide_parameters=True,
            connect_args=bounded.until_gone(address),
        )
        bounded.bind(engine)
        return engine
    if path := address.database:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        address.difference_update_query([KEY_FILE]),
        module=sqlite,
        pool_size=32,
        max_overflow=32,
        pool_use_lifo=True,
        hide_parameters=True,  # what people entered stands in no log
    )
    event.listen(engine, "connect", partial(_prepare_sqlite, key_in(address)))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def name_before_it_is_there(connection: Connection) -> None:
    """On SQLite, ask at the commit whether what a row names is there."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")


def encrypt_if_plain(url: str) -> bool:
    """Encrypt the file of an address that names a key, if it is plain; whether it was."""
    address = make_url(url)
    if (key := key_in(address)) is None or not is_plain(Path(address.database or "")):
        return False
    encrypt(sqlite, Path(address.database or ""), key)
    return True


def must_be_encrypted(url: str) -> str:
    """Why the file of an address cannot be served: it is plain, and a key is named; else nothing."""
    address = make_url(url)
    plain = KEY_FILE in address.query and is_plain(Path(address.database or ""))
    return f"{address.database} is not encrypted yet; run: lims migrate" if plain else ""


def _prepare_sqlite(key: str | None, connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's BEGIN is ours: see _begin_sqlite
    if key is not None:
        unlock(connection, key)
    wal = sqlite.sqlite_version_info >= SAFE_WAL
    for pragma in (
        f"journal_mode={'WAL' if wal else 'TRUNCATE'}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=8000",
        "recursive_triggers=ON",  # else REPLACE goes round the delete triggers
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


def danger_of(connection: Connection) -> str:
    """Why nothing that is acknowledged here would be safe; nothing where it is.

    SQLite reads its own file; PostgreSQL must be the one primary, and commit to the disk.
    """
    if connection.dialect.name == "postgresql":
        if connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar():
            return "this is a replica: verdicts are given by the primary alone"
        kept = connection.exec_driver_sql("SHOW synchronous_commit").scalar()
        safe = kept in {"on", "remote_apply", "remote_write"}
        return "" if safe else f"synchronous_commit is {kept}: what is acknowledged can be lost"
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    return "" if found == "ok" else str(found)


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at the start: a deferred reader that then writes loses updates."""
    reading = connection.get_execution_options().get("reading", False)
    driver = connection.connection.dbapi_connection
    run_on_driver(connection.dialect, driver, "BEGIN" if reading else "BEGIN IMMEDIATE")
