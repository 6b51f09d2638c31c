"""Takes a backup: one moment of the database, while people work; only what is new is written."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from alembic.runtime.migration import MigrationContext

from lims.backup.manifest import Kept, Manifest, digest_of
from lims.backup.sealed import Closing, LockedError, recipients_of
from lims.backup.snapshot import pieces, tables_in
from lims.backup.store import Store
from lims.settings import Settings
from lims.trust.installation import Site
from lims.trust.trail.anchors import told
from lims.trust.trail.seals import last_seal

PIECES, BACKUPS, NEEDS = "pieces", "backups", "needs"
SECRET_SETTINGS = ("FUNIS_SECRET_KEY", "FUNIS_DATABASE_URL")  # of this machine; they open things


@dataclass(frozen=True)
class Taken:
    """What was written."""

    name: str
    anchor: str
    pieces: int
    new: int
    rows: int


def take(site: Site, store: Store, environment: Mapping[str, str] = os.environ) -> Taken:
    """Write a backup that the recipients of the settings can open, and nobody else."""
    settings, known = site.settings, set(store.names(PIECES))
    if not settings.backup_recipients:
        raise LockedError("FUNIS_BACKUP_RECIPIENTS names nobody who could open it")
    closing = Closing(recipients_of(settings.backup_recipients), settings.key_folder)
    new: set[str] = set()

    def kept(of: str, data: bytes, rows: int = 0) -> Kept:
        name = closing.name(data)
        if name not in known and name not in new:
            store.put(f"{PIECES}/{name}", closing.close(data))
            new.add(name)
        return Kept(of, name, digest_of(data), rows)

    with site.reading() as session:
        connection = session.connection()
        revision = MigrationContext.configure(connection).get_current_revision() or ""
        newest = last_seal(connection)
        cut = pieces(connection, tables_in(connection))
        tables = [kept(one.table, one.data, one.rows) for one in cut]
    manifest = Manifest(
        at=site.clock().isoformat(),
        revision=revision,
        anchor=told(newest) if newest else "",
        pieces=tables,
        files=[kept(name, file.read_bytes()) for name, file in files_of(settings)],
        settings=_settings(environment),
    )
    name = f"{manifest.moment.astimezone(UTC):%Y%m%dT%H%M%SZ}-{newest.number if newest else 0}"
    store.put(f"{NEEDS}/{name}", "\n".join(manifest.names).encode())
    store.put(f"{BACKUPS}/{name}", closing.close(manifest.signed(site.key)))
    return Taken(name, manifest.anchor, len(tables), len(new), sum(one.rows for one in tables))


def files_of(settings: Settings) -> Iterator[tuple[str, Path]]:
    """What lies beside the database and belongs to the record: the protocol, the label masters."""
    yield f"protocol/{settings.protocol_file.name}", settings.protocol_file
    for file in sorted(settings.labels_folder.rglob("*")):
        if file.is_file():
            yield f"labels/{file.relative_to(settings.labels_folder).as_posix()}", file


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in sorted(environment.items())
        if name.startswith("FUNIS_") and name not in SECRET_SETTINGS
    }
