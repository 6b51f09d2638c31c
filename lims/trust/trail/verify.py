"""Proves the trail: each chain, each seal, and that nothing is missing between them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.prepared import Prepared
from lims.trust.contents import every_content
from lims.trust.keys import key_id
from lims.trust.trail.anchors import told, whole_lines
from lims.trust.trail.chains import Chains, Sealed, follow_all
from lims.trust.trail.entries import GENESIS, StreamHead, TrailEntry
from lims.trust.trail.replay import Replay, Row, tables_of
from lims.trust.trail.seals import Seal, root_of, settled_below


@dataclass(frozen=True)
class TrailReport:
    """What verification found: how much was read and every fault, by its place."""

    entries: int
    streams: int
    seals: int
    unsealed: int
    rows: int  # of all tables that have a stream, held against what the trail tells
    untold: int  # values of columns that came after their row: the trail cannot tell them
    unproved: int  # signatures of before their entry held what was signed
    faults: tuple[str, ...]
    lost: int = 0  # seals that anchors know, lost with an older copy that QA took into use


class Source(Protocol):
    """Where a trail is read: a database in one moment, or an archive of one."""

    settled: int | None  # the batch below which all is committed; None where each commit seals

    def seals(self) -> Sequence[Seal | None]:
        """Every seal in order; None for one that cannot be read."""

    def entries(self) -> Iterable[tuple[Any, ...]]:
        """Stream, number, batch, payload, previous and hash of each entry, in their order."""

    def heads(self) -> dict[str, tuple[int, str]]:
        """How long each stream is, and how it ends."""

    def tables(self) -> Iterable[tuple[str, Iterable[Row]]]:
        """Each table that has a stream, with its rows."""

    def contents(self) -> Iterable[tuple[str, str, bytes]]:
        """Side, digest and content of each file."""


def verify_trail(
    session: Session, key: Ed25519PublicKey, anchor: str = "", *, replayed: bool = True
) -> TrailReport:
    """Read the whole trail in the session's one moment; what was altered, moved or taken is named."""
    return verify(Database(session), key, anchor, replayed=replayed)


def verify(
    source: Source, key: Ed25519PublicKey, anchor: str = "", *, replayed: bool = True
) -> TrailReport:
    """Read a whole trail; what was altered, moved or taken is named.

    One pass over the entries, in the order of their ids: chains, leaves, what waits, and the rows as
    they tell them (unless not `replayed`). The `anchor` is what was kept off this machine: a seal a line.
    """
    seals = source.seals()
    chains, sealed = Chains(), Sealed([seal.below for seal in seals if seal])
    replay = Replay()
    read = follow_all(source.entries(), chains, sealed, replay.take if replayed else None)
    heads = source.heads()
    known = {str(seal.number): told(seal) for seal in seals if seal}
    lost = _lost(known, anchor, replay.rows.get("restored_copy", {}).values())
    faults = [
        *chains.faults,
        *chains.ends(heads),
        *_seal_faults(seals, sealed.leaves, key),
        *sealed.tail_faults(source.settled),
        *_anchor_faults(known, lost, anchor),
        *(replay.compare(source.tables()) if replayed else ()),
        *(replay.files(source.contents()) if replayed else ()),
        *replay.faults,
    ]
    counts = (len(seals), len(sealed.waiting), replay.compared, replay.untold, replay.unproved)
    return TrailReport(read, len(heads), *counts, tuple(faults), len(lost))


class Database:
    """The trail of a database, in the one moment of a session."""

    def __init__(self, session: Session) -> None:
        self.session, connection = session, session.connection()
        by_commit = connection.dialect.name != "postgresql"
        self.settled = None if by_commit else settled_below(connection)  # no snapshot holds locks

    def seals(self) -> Sequence[Seal | None]:
        return list(_seals(self.session))

    def entries(self) -> Iterable[tuple[Any, ...]]:
        return _EVERY_ENTRY.stream(self.session.connection())

    def heads(self) -> dict[str, tuple[int, str]]:
        columns = select(StreamHead.name, StreamHead.length, StreamHead.hash)
        return {name: (length, digest) for name, length, digest in self.session.execute(columns)}

    def tables(self) -> Iterable[tuple[str, Iterable[Row]]]:
        return tables_of(self.session.connection())

    def contents(self) -> Iterable[tuple[str, str, bytes]]:
        return every_content(self.session.connection())


_COLUMNS: tuple[Any, ...] = (
    TrailEntry.stream_name,
    TrailEntry.seq,
    TrailEntry.batch,
    TrailEntry.payload,
    TrailEntry.previous,
    TrailEntry.hash,
)
_EVERY_ENTRY = Prepared(select(*_COLUMNS).order_by(TrailEntry.id))


def _seals(session: Session) -> Iterator[Seal | None]:
    """Every seal in order; None for one that cannot be read."""
    try:
        for seal in session.scalars(select(Seal).order_by(Seal.number)).all():
            yield _readable(seal)
    except (TypeError, ValueError):  # one of them is damaged: each by itself
        yield from _seals_one_by_one(session)


def _readable(seal: Seal) -> Seal | None:
    whole = all(isinstance(part, int) for part in (seal.below, seal.count))
    return seal if whole else None


def _seals_one_by_one(session: Session) -> Iterator[Seal | None]:
    for number in session.scalars(select(Seal.number).order_by(Seal.number)).all():
        try:
            seal = session.get_one(Seal, number)
            yield _readable(seal)
        except (TypeError, ValueError):
            yield None


def _seal_faults(
    seals: Sequence[Seal | None], leaves: Sequence[list[bytes]], key: Ed25519PublicKey
) -> Iterator[str]:
    number, previous, covered = 0, GENESIS, iter(leaves)
    for seal in seals:
        if seal is None:
            number += 1
            yield f"seal {number} is damaged"
            continue
        if seal.number != number + 1 or seal.previous != previous:
            yield f"seal {seal.number} does not follow seal {number}"
        if not _is_genuine(seal, key):
            yield f"seal {seal.number} is not signed by this installation{_other_key(seal, key)}"
        there = next(covered)
        if len(there) != seal.count:
            yield f"seal {seal.number} covers {seal.count} entries; {len(there)} are there"
        elif root_of(there) != seal.root:
            yield f"seal {seal.number}: its entries are not those that were sealed"
        number, previous = seal.number, sha256(seal.signature.encode()).hexdigest()


def _anchor_faults(known: Mapping[str, str], lost: set[str], anchor: str) -> Iterator[str]:
    """What anchors know and the seals do not: a cut tail, a fork, an old copy put back."""
    for kept in whole_lines(anchor):
        number = kept.partition("/")[0]
        if kept in lost:
            continue
        if number not in known:
            yield f"the anchor knows seal {number[:20]}, which is not here: the tail was cut off or a copy put back"
        elif known[number] != kept:
            yield f"seal {number} is not the one that the anchor knows: the trail was rewritten"


def _lost(known: Mapping[str, str], anchor: str, copies: Iterable[Mapping[str, Any]]) -> set[str]:
    """The anchors of what older copies lost that QA took into use, as the trail tells.

    From the one that QA named back to the first that is here: what is missing before that is a fault,
    and where none is here, the whole trail was rewritten.
    """
    lines, found = whole_lines(anchor), set()
    for copy in copies:
        named = lines.index(copy["anchor"]) if copy["anchor"] in lines else -1
        gone: set[str] = set()
        for line in reversed(lines[: named + 1]):
            if known.get(line.partition("/")[0]) == line:
                found |= gone
                break
            gone.add(line)
    return found


def _other_key(seal: Seal, key: Ed25519PublicKey) -> str:
    """Of which other key a seal says that it signed it: other keys were put in place of the lost ones."""
    if seal.key in (None, key_id(key)):
        return ""
    return f": it names the key {seal.key}, and this one is {key_id(key)}"


def _is_genuine(seal: Seal, key: Ed25519PublicKey) -> bool:
    """Whether this installation signed it; the older form needs the same key, so it opens no door."""
    for signed in (seal.signed, seal.signed_before_times):
        try:
            key.verify(bytes.fromhex(seal.signature), signed.encode())
        except (InvalidSignature, ValueError):
            continue
        return True
    return False
