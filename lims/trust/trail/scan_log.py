"""What was scanned or typed for each action, as it came in; kept for ever, typed ones marked."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import Mapped, mapped_column

from lims.core import shapes
from lims.core.db import Base, Login, Word
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.prepared import insert_row
from lims.identifiers.reading import HowRead, Unscanned, Via
from lims.identifiers.scans import Scanned, read_scan
from lims.trust.context import Work
from lims.trust.identity.roles import Side
from lims.trust.keys import IDENTITY


class ScanRead(Base):
    """One code as it was read for one entry of an action that was then done."""

    __tablename__ = "scan_read"
    stream = None
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    side: Mapped[Side]
    action: Mapped[str]
    field: Mapped[str]
    raw: Mapped[str] = mapped_column(comment="as it came in, symbology identifier and all")
    via: Mapped[Via]
    by_hand: Mapped[bool]
    milliseconds: Mapped[int | None] = mapped_column(comment="from its first to its last sign")
    began_at: Mapped[datetime | None] = mapped_column(comment="by the page's own clock")
    why: Mapped[Unscanned | None] = mapped_column(
        Word(Unscanned), comment="it was typed and not scanned"
    )
    by: Mapped[Login] = mapped_column(index=True)
    station: Mapped[str]
    at: Mapped[datetime]


_READS = cast("Table", ScanRead.__table__)


def scans_in(command: object) -> Iterator[tuple[str, Scanned]]:
    """The numbers of a command that were read from labels, by entry."""
    for name, value in vars(command).items():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Scanned):
                yield name, one


def raw_reads(
    shape: type[Any], data: Mapping[str, Any], how: Mapping[str, HowRead]
) -> dict[str, tuple[str, HowRead]]:
    """The entries of a request that are scans: the text as it came in, and how."""
    found = {}
    for name, declared in shapes.schema(shape).fields.items():
        about = declared.metadata.get("about") or About()
        given = data.get(name)
        if isinstance(given, list):
            given = "\n".join(line for line in given if isinstance(line, str))
        if about.scan and name in how and isinstance(given, str) and given:
            found[name] = given[:2000], how[name]
    return found


def nobody_in_clear(raw: str, keyed: Callable[[str], str]) -> str:
    """A scan as it may be kept: our own numbers as they are, anything else as a keyed digest.

    What is not ours may be a hospital's number of a person.
    """
    return "\n".join(line if _is_ours(line) else _digest(line, keyed) for line in raw.split("\n"))


def _is_ours(raw: str) -> bool:
    try:
        return bool(read_scan(raw))
    except Refused:
        return False


def _digest(raw: str, keyed: Callable[[str], str]) -> str:
    return f"digest {keyed(raw.strip())}"


def keep_reads(
    work: Work,
    side: Side,
    action: str,
    command: type[Any],
    reads: Mapping[str, tuple[str, HowRead]],
) -> None:
    """Write the reads of one action, in its transaction.

    They are kept as they came in; a person's number that is not ours is kept as a digest.
    """
    apart, foreign = shapes.kept_apart(command), shapes.foreign_codes(command)
    for name, (raw, how) in reads.items():
        keyed = partial(work.keyed, apart.get(name, IDENTITY))
        row = {
            "side": side,
            "action": action,
            "by": work.actor.login,
            "station": work.actor.station,
            "at": work.entered,
            "field": name,
            "raw": raw if name in foreign else nobody_in_clear(raw, keyed),
            "via": how.via,
            "by_hand": how.by_hand(raw),
            "milliseconds": how.milliseconds,
            "began_at": how.began_at,
            "why": how.why if how.by_hand(raw) else None,
        }
        insert_row(work.connection, _READS, row)
