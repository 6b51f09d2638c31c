"""The trail of the laboratory, read by people: the newest first, searched by what an entry says."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core import listing
from lims.core.days import day_of
from lims.core.errors import Missing
from lims.core.listing import EVERYTHING, Asked, Listed, Listing
from lims.core.texts import LANGUAGES, retold, said_or, say
from lims.trust.trail.entries import TrailEntry

MOST_READ = 5000  # entries that one page looks through; a search that found too few goes on
AT_ONCE = 100
LAB = "lab/"
TRAIL = Listing((TrailEntry.id,), finds=(TrailEntry.stream_name,))
UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True)
class WrittenEntry:
    """One entry as it was written; of a damaged one, nothing but its place."""

    id: int
    stream: str
    seq: int
    action: str
    by: str
    at: datetime | None
    signatures: int
    damaged: bool
    written: str  # the JSON, letter by letter


def laboratory_trail(
    session: Session, asked: Asked = EVERYTHING, *, zone: ZoneInfo = UTC_ZONE
) -> Listed[WrittenEntry]:
    """The laboratory's entries, the newest first.

    A word of a search finds a person, a day of the site, a thing's number, what was done, or
    `signed`; together they find what has all of them.
    """
    if asked.sort or asked.standing:
        raise Missing
    found: list[WrittenEntry] = []
    last = 0
    for row in _newest_first(session, asked.after):
        if len(found) == listing.PAGE:
            return Listed(found, str(last), TRAIL)
        last = row.id
        entry = _entry(row)
        if _has(entry, asked, zone):
            found.append(entry)
    return Listed(found, str(last) if _is_more(session, last) else "", TRAIL)


def laboratory_entry(session: Session, entry: str) -> WrittenEntry:
    """One entry of the laboratory."""
    row = session.get(TrailEntry, _place(entry))
    if row is None or not row.stream_name.startswith(LAB):
        raise Missing
    return _entry(row)


def _place(told: str) -> int:
    """An entry's place as an address names it."""
    if not (told.isascii() and told.isdigit() and len(told) < 19):
        raise Missing
    return int(told)


def _newest_first(session: Session, after: str) -> Iterator[TrailEntry]:
    """The entries before a place, some at a time, and no more than one page may look through."""
    mine = select(TrailEntry).where(TrailEntry.stream_name.startswith(LAB))
    last = _place(after) if after else None
    for _ in range(0, MOST_READ, AT_ONCE):
        older = mine if last is None else mine.where(TrailEntry.id < last)
        rows = session.scalars(older.order_by(TrailEntry.id.desc()).limit(AT_ONCE)).all()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].id


def _is_more(session: Session, last: int) -> bool:
    older = select(TrailEntry.id).where(
        TrailEntry.stream_name.startswith(LAB), TrailEntry.id < last
    )
    return session.scalar(older.limit(1)) is not None


def _entry(row: TrailEntry) -> WrittenEntry:
    read = row.read
    place = (row.id, row.stream_name, row.seq)
    if read is None:
        return WrittenEntry(*place, "", "", None, 0, damaged=True, written="")
    at = datetime.fromisoformat(read["at"]).astimezone(UTC)
    signatures = len(read["signatures"])
    return WrittenEntry(
        *place,
        read["action"],
        read["by"],
        at,
        signatures,
        damaged=False,
        written=row.payload.decode(),
    )


def _has(entry: WrittenEntry, asked: Asked, zone: ZoneInfo) -> bool:
    """Whether every word stands somewhere in what the entry says."""
    if not asked.words:
        return True
    did = said_or(f"action.{entry.action}", entry.action)
    written = json.loads(entry.written or "{}")
    said = [
        entry.stream, entry.action, entry.by, written.get("name", ""),
        day_of(entry.at, zone).isoformat() if entry.at else "",
        *(retold(did, language) for language in LANGUAGES),
        *(str(change["row"]) for change in written.get("changes", ())),
        *(retold(say("signed"), language) for language in LANGUAGES if entry.signatures),
        *(retold(say("damaged"), language) for language in LANGUAGES if entry.damaged),
    ]  # fmt: skip
    whole = "\n".join(said).lower()
    return all(any(way.lower() in whole for way in ways) for ways in asked.words)
