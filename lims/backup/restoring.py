"""Makes a database from a backup: empty before, whole after, and blocked until QA went through it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    MetaData,
    Table,
    func,
    literal,
    make_url,
    select,
)
from sqlalchemy.schema import AddConstraint, DropConstraint

from lims.backup.manifest import ForgedError, Kept, Manifest, digest_of, proved
from lims.backup.sealed import opened
from lims.backup.snapshot import NOT_KEPT, pieces, rows_of, tables_in
from lims.backup.store import Store, StoreError
from lims.backup.taking import BACKUPS, PIECES
from lims.core.db import make_engine, name_before_it_is_there
from lims.migrate import migrate
from lims.trust.context import leave_room


class NotEmptyError(RuntimeError):
    """There is something in the database already: nothing is written over."""


@dataclass(frozen=True)
class Reader:
    """Opens and proves what lies in a store."""

    store: Store
    identity: Any
    key: Ed25519PublicKey

    def newest(self) -> str:
        """The name of the newest backup that is whole: its manifest is written last."""
        names = sorted(self.store.names(BACKUPS))
        if not names:
            raise StoreError("there is no backup")
        return names[-1]

    def manifest(self, name: str) -> Manifest:
        """What a backup says of itself, if this installation signed it."""
        return proved(opened(self.store.get(f"{BACKUPS}/{name}"), self.identity), self.key)

    def read(self, kept: Kept) -> bytes:
        """A piece, if it is what the manifest signs."""
        data = opened(self.store.get(f"{PIECES}/{kept.name}"), self.identity)
        if digest_of(data) != kept.digest:
            raise ForgedError(f"a piece of {kept.of} is not what was kept")
        return data


def restore(reader: Reader, manifest: Manifest, url: str, now: datetime) -> None:
    """Write every row into an empty database, compare, and mark it as an older copy; or nothing.

    What migrations later than the backup brought is added at the end.
    """
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            if any(_has_rows(connection, one) for one in tables_in(connection).tables.values()):
                raise NotEmptyError(make_url(url).render_as_string())
        migrate(url, manifest.revision)
        with engine.begin() as connection:
            tables = tables_in(connection)
            _write(connection, tables, reader, manifest.pieces)
            if different := differences(connection, tables, manifest):
                raise ForgedError(different[0])
            _go_on_after(connection, tables, now)
            _mark(connection, tables, manifest, now)
    finally:
        engine.dispose()
    migrate(url)


def _has_rows(connection: Connection, table: Table) -> bool:
    """Whether there is anything; what a restore that failed left behind is empty."""
    if table.name == NOT_KEPT:
        return False
    return connection.scalar(select(literal(1)).select_from(table).limit(1)) is not None


def _write(connection: Connection, tables: MetaData, reader: Reader, kept: Sequence[Kept]) -> None:
    name_before_it_is_there(connection)
    released = _without_references(connection, tables)
    for piece in kept:
        table = tables.tables[piece.of]
        rows = list(rows_of(table, reader.read(piece), connection.dialect.name))
        connection.execute(table.insert(), rows)
    for constraint in released:  # the database itself looks whether each row is there
        connection.execute(AddConstraint(constraint))


def _without_references(connection: Connection, tables: MetaData) -> list[Any]:
    """Take the foreign keys off while the rows come, where the database looks at each at once."""
    if connection.dialect.name != "postgresql":
        return []
    taken = [
        constraint
        for table in tables.tables.values()
        for constraint in table.foreign_key_constraints
    ]
    for constraint in taken:
        connection.execute(DropConstraint(constraint))
    return taken


def differences(connection: Connection, tables: MetaData, manifest: Manifest) -> list[str]:
    """What of a restored copy is not as the backup was: its tables, by their pieces."""
    there = {(one.table, digest_of(one.data)) for one in pieces(connection, tables)}
    wanted = {(kept.of, kept.digest) for kept in manifest.pieces}
    return sorted(f"{table} is not as it was kept" for table, _ in there ^ wanted)


def _go_on_after(connection: Connection, tables: MetaData, now: datetime) -> None:
    """Count on from what is there; the laboratory's numbers leave room for labels printed since."""
    leave_room(connection, now)
    if connection.dialect.name != "postgresql":
        return
    for table in tables.tables.values():
        for column in table.primary_key.columns:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            if isinstance(column.type, (Integer, BigInteger)) and connection.scalar(
                select(sequence)
            ):
                newest = connection.scalar(select(func.max(column)))
                if newest is not None:
                    connection.execute(select(func.setval(sequence, newest)))
    entries, seals = tables.tables["trail_entry"], tables.tables["seal"]
    batches = (select(func.max(entries.c.batch)), select(func.max(seals.c.below)))
    newest = max(connection.scalar(one) or 1 for one in batches)
    connection.execute(select(func.setval("trail_batch", newest)))


def _mark(connection: Connection, tables: MetaData, manifest: Manifest, now: datetime) -> None:
    marks, of_sqlite = tables.tables["restoration"], connection.dialect.name == "sqlite"
    number = (connection.scalar(select(func.max(marks.c.id))) or 0) + 1
    values: Mapping[str, Any] = {
        "id": number,
        "anchor": f"restored {now.isoformat()} from {manifest.anchor}",
        "taken_at": manifest.moment.replace(tzinfo=None) if of_sqlite else manifest.moment,
        "at": now.replace(tzinfo=None) if of_sqlite else now,
    }
    connection.execute(marks.insert().values(values))


def write_files(reader: Reader, manifest: Manifest, folder: Path) -> None:
    """Write protocol, label masters and settings beside, to be compared with those of the program."""
    for kept in manifest.files:
        file = folder / kept.of
        if not file.resolve().is_relative_to(folder.resolve()):
            raise ForgedError(kept.of)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(reader.read(kept))
    told = "".join(f"{name}={value}\n" for name, value in manifest.settings.items())
    (folder / "settings").write_text(told, encoding="utf-8")
