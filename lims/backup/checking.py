"""The drill: a backup restored into a scratch database, compared, verified, and refused its GO."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from lims.backup.restoring import Reader, restore
from lims.core.errors import Refused
from lims.trust.installation import Site
from lims.trust.trail.copies import NOT_TAKEN_BACK
from lims.trust.trail.seals import last_seal
from lims.trust.trail.verify import verify_trail


@dataclass(frozen=True)
class Drill:
    """What the drill found."""

    name: str
    taken_at: datetime
    rows: int
    entries: int
    seal: int
    faults: tuple[str, ...]


def check(site: Site, reader: Reader, name: str, url: str, anchor: str = "") -> Drill:
    """Restore a backup into the scratch database at `url`, and prove it.

    The `anchor` is the newest seal that was kept elsewhere when the backup was taken, or before.
    """
    manifest = reader.manifest(name)
    restore(reader, manifest, url, site.clock())
    for kept in manifest.files:
        reader.read(kept)
    scratch = Site(replace(site.settings, database_url=url, anchors=None), {}, site.clock)
    try:
        with scratch.reading() as session:
            report = verify_trail(session, reader.key, anchor or manifest.anchor)
            connection = session.connection()
            last = last_seal(connection)
            faults = (*report.faults, *_let_through(scratch, connection))
    finally:
        scratch.engine.dispose()
    rows = sum(one.rows for one in manifest.pieces)
    number = last.number if last else 0
    return Drill(name, manifest.moment, rows, report.entries, number, faults)


def _let_through(scratch: Site, connection: Connection) -> Iterator[str]:
    """What a restored copy would do before QA has gone through it: nothing of this."""
    for may in sorted(NOT_TAKEN_BACK, key=str):
        try:
            scratch.anchors.must_be_here(may, connection, None)
        except Refused:
            continue
        yield f"a restored copy would allow {may}"
