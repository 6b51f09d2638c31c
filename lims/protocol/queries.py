"""Which protocol governs at a moment, and the file that is offered as the next version."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    ScalarSelect,
    Table,
    bindparam,
    case,
    select,
)
from sqlalchemy.orm import Session

from lims.core.db import UtcDateTime
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.prepared import Prepared
from lims.core.reasons import Reason
from lims.core.telling import Told
from lims.protocol.models import ProtocolVersion
from lims.protocol.reading import digest_of_file, read_trial
from lims.protocol.sections import Trial

V = ProtocolVersion
_VERSIONS = cast("Table", V.__table__)


class At(Protocol):
    """Where and when something is asked: an action's work or a page's context."""

    @property
    def session(self) -> Session:
        """The database."""
        ...

    @property
    def connection(self) -> Connection:
        """The database, for what needs no rows."""
        ...

    @property
    def now(self) -> datetime:
        """The moment."""
        ...


@dataclass(frozen=True)
class Asked:
    """A session and the moment for which it is asked."""

    session: Session
    now: datetime

    @property
    def connection(self) -> Connection:
        """The session's."""
        return self.session.connection()


@dataclass(frozen=True)
class Governing:
    """The version in force and what it says."""

    version: int
    digest: str
    trial: Trial


@dataclass(frozen=True)
class VersionFacts:
    """A version as it is read."""

    version: int
    digest: str
    change: str
    effective_at: datetime
    signed_by: str
    signed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    says: Told = ""


_TEXTS: dict[str, Trial] = {}  # by digest; a version's text never changes
_IN_FORCE = Prepared(
    select(_VERSIONS.c.version, _VERSIONS.c.digest)
    .where(
        _VERSIONS.c.approved_at.is_not(None),
        _VERSIONS.c.effective_at <= bindparam("now", type_=UtcDateTime()),
    )
    .order_by(_VERSIONS.c.version.desc())
    .limit(1)
)


def protocol_in_force(at: At) -> Governing:
    """The newest version that two people signed and whose moment has come; refused without one."""
    found = _IN_FORCE.first(at.connection, now=at.now)
    if found is None:
        raise Refused(Reason("no-protocol"))
    return Governing(found.version, found.digest, trial_of_digest(at.connection, found.digest))


def trial_in_force(at: At) -> Trial:
    """What the protocol in force says."""
    return protocol_in_force(at).trial


def trial_of_version(connection: Connection, version: int) -> Trial:
    """What an earlier version said: what it judged is carried on by it.

    What was judged before versions were kept is carried on by the first.
    """
    return trial_of_digest(connection, _DIGEST.value(connection, version=version) or "")


def governing_of_version(connection: Connection, version: int) -> Governing:
    """An earlier version and what it said."""
    digest = _DIGEST.value(connection, version=version) or ""
    return Governing(version, digest, trial_of_digest(connection, digest))


def digest_of(version: ColumnElement[int]) -> ScalarSelect[str]:
    """The digest of a version's text, for a statement that has the version."""
    first = case((version < 1, 1), else_=version)
    return select(_VERSIONS.c.digest).where(_VERSIONS.c.version == first).scalar_subquery()


_DIGEST = Prepared(select(digest_of(bindparam("version", type_=Integer()))))


def trial_of_digest(connection: Connection, digest: str) -> Trial:
    """What the text of this digest says."""
    if digest not in _TEXTS:
        text = connection.scalar(select(V.text).where(V.digest == digest)) or ""
        if digest_of_file(text) != digest:
            raise Refused(Reason("protocol-altered"))
        _TEXTS[digest] = read_trial(text)
    return _TEXTS[digest]


def versions(session: Session) -> list[VersionFacts]:
    """All versions, the newest first."""
    return [
        facts(VersionFacts, row, says="")
        for row in session.scalars(select(V).order_by(V.version.desc()))
    ]


def is_approved(session: Session, digest: str) -> bool:
    """Whether two people signed this text."""
    found = select(V.version).where(V.digest == digest, V.approved_at.is_not(None))
    return session.scalar(found) is not None


def text_in_force(session: Session, now: datetime) -> str:
    """The text of the version in force; empty before the first."""
    found = select(V.text).where(V.approved_at.is_not(None), V.effective_at <= now)
    return session.scalar(found.order_by(V.version.desc()).limit(1)) or ""


def offered_text(path: Path) -> str:
    """The file that lies on this machine as the next version; empty if there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


@dataclass(frozen=True)
class Beside:
    """One line of two texts side by side."""

    line: int
    before: str
    after: str


def side_by_side(before: str, after: str) -> Sequence[Beside]:
    """The lines in which two texts differ."""
    old, new = before.splitlines(), after.splitlines()
    found = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            continue
        for k in range(max(i2 - i1, j2 - j1)):
            left = old[i1 + k] if i1 + k < i2 else ""
            right = new[j1 + k] if j1 + k < j2 else ""
            found.append(Beside(min(j1 + k, j2) + 1, left, right))
    return found
