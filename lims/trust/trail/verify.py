"""Proves the trail: each chain, each seal, and that nothing is missing between them."""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.trust.trail.anchors import told
from lims.trust.trail.entries import GENESIS, StreamHead, TrailEntry, entry_hash
from lims.trust.trail.replay import Replay, Row, tables_of
from lims.trust.trail.seals import Seal, leaf_hash, root_of, settled_below

LATEST_SEAL = timedelta(seconds=30)


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
    they tell them (unless not `replayed`). The `anchor` is a seal that was kept off this machine.
    """
    seals = source.seals()
    chains, sealed = _Chains(), _Sealed([seal.below for seal in seals if seal])
    read, replay = 0, Replay()
    for stream, seq, batch, payload, previous, digest in source.entries():
        read += 1
        if chains.follow(stream, seq, batch, payload, previous, digest) and replayed:
            replay.take(stream, seq, payload)
        sealed.sort_in(batch, payload, digest)
    heads = source.heads()
    faults = [
        *chains.faults,
        *chains.ends(heads),
        *_seal_faults(seals, sealed.leaves, key),
        *sealed.tail_faults(source.settled),
        *_anchor_faults(seals, anchor),
        *(replay.compare(source.tables()) if replayed else ()),
        *replay.faults,
    ]
    counts = (len(seals), len(sealed.waiting), replay.compared, replay.untold, replay.unproved)
    return TrailReport(read, len(heads), *counts, tuple(faults))


class Database:
    """The trail of a database, in the one moment of a session."""

    def __init__(self, session: Session) -> None:
        self.session, connection = session, session.connection()
        by_commit = connection.dialect.name != "postgresql"
        self.settled = None if by_commit else settled_below(connection)  # no snapshot holds locks

    def seals(self) -> Sequence[Seal | None]:
        return list(_seals(self.session))

    def entries(self) -> Iterable[tuple[Any, ...]]:
        return (tuple(row) for row in self.session.execute(_EVERY_ENTRY))

    def heads(self) -> dict[str, tuple[int, str]]:
        columns = select(StreamHead.name, StreamHead.length, StreamHead.hash)
        return {name: (length, digest) for name, length, digest in self.session.execute(columns)}

    def tables(self) -> Iterable[tuple[str, Iterable[Row]]]:
        return tables_of(self.session.connection())


_COLUMNS: tuple[Any, ...] = (
    TrailEntry.stream_name,
    TrailEntry.seq,
    TrailEntry.batch,
    TrailEntry.payload,
    TrailEntry.previous,
    TrailEntry.hash,
)
_EVERY_ENTRY = select(*_COLUMNS).order_by(TrailEntry.id).execution_options(yield_per=5000)


@dataclass
class _Chains:
    """Each stream's chain, followed entry by entry."""

    tails: dict[str, tuple[int, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def follow(
        self, stream: str, seq: Any, batch: Any, payload: Any, previous: str, digest: str
    ) -> bool:
        """Take the next entry; whether it stands as it was written."""
        length, before = self.tails.get(stream, (0, GENESIS))
        if not isinstance(seq, int) or not isinstance(payload, bytes):
            self.faults.append(f"{stream}: entry {seq} is damaged")
            self.tails[stream] = (length + 1, digest)
            return False
        if seq != length + 1:
            self.faults.append(f"{stream}: entry {length + 1} is missing")
        elif previous != before:
            self.faults.append(f"{stream}: entry {seq} does not follow entry {length}")
        whole = entry_hash((stream, seq, batch), previous, payload) == digest
        if not whole:
            self.faults.append(f"{stream}: entry {seq} was altered")
        self.tails[stream] = (seq, digest)
        return whole

    def ends(self, heads: dict[str, tuple[int, str]]) -> Iterator[str]:
        """What the heads say of the chains' ends."""
        for stream, tail in sorted(heads.items()):
            if self.tails.get(stream, (0, GENESIS)) != tail:
                there = self.tails.get(stream, (0, ""))[0]
                yield f"{stream}: ends at entry {there}, not at {tail[0]}"
        for stream in sorted(self.tails.keys() - heads.keys()):
            yield f"{stream}: has entries but no head"


class _Sealed:
    """The entries by the seal that covers them, and those that no seal covers yet."""

    def __init__(self, below: Sequence[int]) -> None:
        self.below = list(accumulate(below, max))  # ascending, whatever stands there
        self.leaves: list[list[bytes]] = [[] for _ in self.below]
        self.waiting: list[tuple[int, Any]] = []
        self.beyond = 0

    def sort_in(self, batch: Any, payload: Any, digest: str) -> None:
        """Take the next entry; one of no possible batch is its chain's fault."""
        if not isinstance(batch, int):
            return
        self.beyond += batch < 1
        place = bisect_right(self.below, batch)
        if place < len(self.leaves):
            self.leaves[place].append(leaf_hash(digest))
        else:
            self.waiting.append((batch, payload))

    def tail_faults(self, settled: int | None) -> Iterator[str]:
        """Entries that should have been sealed long ago: their seals were taken away."""
        there = [payload for batch, payload in self.waiting if settled is None or batch < settled]
        at = [moment for payload in there if (moment := _moment_of(payload))]
        late = len(there) if settled is None else _overdue(at)  # SQLite: sealed with each commit
        if self.beyond:
            yield f"{self.beyond} entries have a batch that no seal covers"
        if late:
            yield f"{late} entries are not sealed: the seals over them are missing"


def _moment_of(payload: Any) -> datetime | None:
    """When an entry was written; None if it is damaged, which its chain tells."""
    try:
        return datetime.fromisoformat(json.loads(payload)["at"])
    except (TypeError, ValueError, KeyError):
        return None


def _overdue(at: Sequence[datetime]) -> int:
    """How many of the settled entries, in their order, later commits should have sealed.

    Time is counted along the entries: a clock that was set back, or ran ahead, is not late.
    """
    passed, late = timedelta(0), 0
    for moment, after in reversed(list(pairwise(at))):
        passed += max(after - moment, timedelta(0))
        late += passed > LATEST_SEAL
    return late


def _seals(session: Session) -> Iterator[Seal | None]:
    """Every seal in order; None for one that cannot be read."""
    for number in session.scalars(select(Seal.number).order_by(Seal.number)).all():
        try:
            seal = session.get_one(Seal, number)
            whole = all(isinstance(part, int) for part in (seal.below, seal.count))
            yield seal if whole else None
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
            yield f"seal {seal.number} is not signed by this installation"
        there = next(covered)
        if len(there) != seal.count:
            yield f"seal {seal.number} covers {seal.count} entries; {len(there)} are there"
        elif root_of(there) != seal.root:
            yield f"seal {seal.number}: its entries are not those that were sealed"
        number, previous = seal.number, sha256(seal.signature.encode()).hexdigest()


def _anchor_faults(seals: Sequence[Seal | None], anchor: str) -> Iterator[str]:
    """What an anchor knows and the seals do not: a cut tail, a fork, an old copy put back."""
    if not anchor:
        return
    kept = anchor.strip()
    number = kept.partition("/")[0]
    known = {str(seal.number): told(seal) for seal in seals if seal}
    if number not in known:
        yield f"the anchor knows seal {number[:20]}, which is not here: the tail was cut off or a copy put back"
    elif known[number] != kept:
        yield f"seal {number} is not the one that the anchor knows: the trail was rewritten"


def _is_genuine(seal: Seal, key: Ed25519PublicKey) -> bool:
    """Whether this installation signed it; the older form needs the same key, so it opens no door."""
    for signed in (seal.signed, seal.signed_before_times):
        try:
            key.verify(bytes.fromhex(seal.signature), signed.encode())
        except (InvalidSignature, ValueError):
            continue
        return True
    return False
