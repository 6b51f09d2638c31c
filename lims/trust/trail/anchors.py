"""Anchors: the newest seal, kept where this machine's copies do not reach.

A copy of yesterday is whole in itself: every chain, every seal, every row. Only somebody else knows
that there was a today. So the newest seal is written to a file on another machine or disk
(FUNIS_ANCHORS), and what the file knows and the database does not stops whatever cannot be taken
back, until QA has gone through what is missing.
"""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from sqlalchemy import Connection, select

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.trust.identity.roles import Permission
from lims.trust.trail.copies import NOT_TAKEN_BACK, is_accepted, restored_from
from lims.trust.trail.seals import LastSeal, Seal
from lims.trust.trail.witnesses import Watched

EVERY_SECONDS: Final = 5.0
LONGEST_LINE: Final = 4096


def told(seal: LastSeal) -> str:
    """A seal as it is kept elsewhere."""
    return f"{seal.number}/{seal.root}/{seal.signature}"


def newest_kept(file: Path) -> str:
    """The last whole anchor of the file; empty if there is none yet."""
    try:
        with file.open("rb") as kept:
            kept.seek(0, os.SEEK_END)
            kept.seek(max(0, kept.tell() - LONGEST_LINE))
            end = kept.read().decode("ascii", "replace")
    except FileNotFoundError:
        return ""
    return next(reversed(whole_lines(end) if "\n" in end else []), "")


def whole_lines(kept: str) -> list[str]:
    """The anchors of a file, or one that was copied; a line that a power cut tore is none."""
    lines = kept.split("\n")
    whole = lines[:-1] if len(lines) > 1 else lines
    return [line.strip() for line in whole if line.strip()]


def keep(file: Path, anchor: str) -> None:
    """Write an anchor behind the others, through to the disk."""
    with file.open("a+b") as kept:
        torn = kept.tell() and kept.seek(-1, os.SEEK_END) and kept.read(1) != b"\n"
        kept.write((b"\n" if torn else b"") + anchor.encode() + b"\n")
        kept.flush()
        os.fsync(kept.fileno())


def is_here(connection: Connection, anchor: str) -> bool:
    """Whether the database has this very seal, or QA has taken it into use without."""
    number = anchor.partition("/")[0]
    columns = select(Seal.number, Seal.root, Seal.signature).where(Seal.number == _whole(number))
    found = connection.execute(columns).first()
    if found is not None and told(found) == anchor:
        return True
    return is_accepted(connection, anchor)


def _whole(number: str) -> int:
    return int(number) if number.isascii() and number.isdigit() and len(number) < 16 else -1


@dataclass
class AnchorWatch:
    """Keeps the newest seal elsewhere, and knows whether what is kept there is here."""

    file: Path | None
    witnesses: Sequence[Watched] = ()
    keeps: bool = True  # a door that does not seal only compares: it need not write there
    missing: str = ""  # the anchor that the database does not know
    trouble: str = ""  # why nothing can be kept
    every: float = EVERY_SECONDS
    _settled: bool = field(default=False, repr=False)
    _looked: float = field(default=float("-inf"), repr=False)

    @property
    def is_due(self) -> bool:
        """Whether it is time to compare again."""
        return self.file is not None and monotonic() - self._looked >= self.every

    def look(self, connection: Connection, last: LastSeal) -> None:
        """Compare, and keep what is new; at most every few seconds."""
        if self.file is None or not self.is_due:
            return
        self._looked = monotonic()
        try:
            kept = newest_kept(self.file)
            self.missing = "" if not kept or is_here(connection, kept) else kept
            if self.keeps and last is not None and not self.missing and told(last) != kept:
                keep(self.file, told(last))
            self.trouble = ""
        except OSError as error:
            if not self.trouble:
                logging.getLogger(__name__).exception("anchors cannot be kept")
            self.trouble = error.strerror or type(error).__name__

    def not_gone_through(self, connection: Connection, last: LastSeal) -> tuple[str, ...]:
        """By what it is known that this is an older copy, which QA has not gone through yet."""
        self.look(connection, last)
        restored = ""
        if not self._settled:
            restored = restored_from(connection)
            self._settled = not restored
        told = [one.missing for one in self.witnesses if one.missing]
        told = [one for one in told if not is_accepted(connection, one)]
        return tuple(filter(None, (restored, self.missing, *told)))

    def must_be_here(self, may: Permission, connection: Connection, last: LastSeal) -> None:
        """Refuse what cannot be taken back while an older copy stands here for the present."""
        self.look(connection, last)
        if may in NOT_TAKEN_BACK and self.not_gone_through(connection, last):
            raise Refused(Reason("older-copy.reason"))

    def forget(self) -> None:
        """Ask anew whether this is a restored database."""
        self._settled = False

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why something is not kept elsewhere."""
        return tuple(filter(None, (self.trouble, *(one.trouble for one in self.witnesses))))
