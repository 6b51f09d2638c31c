"""Proves the trail: each chain, each seal, and that nothing is missing between them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.trust.seals import Seal, merkle_root, settled_below
from lims.trust.trail import GENESIS, StreamHead, TrailEntry, entry_hash

LATEST_SEAL = timedelta(seconds=30)


@dataclass(frozen=True)
class TrailReport:
    """What verification found: how much was read and every fault, by its place."""

    entries: int
    streams: int
    seals: int
    unsealed: int
    faults: tuple[str, ...]


def verify_trail(session: Session, key: Ed25519PublicKey) -> TrailReport:
    """Read the whole trail in the session's one moment; what was altered, moved or taken is named."""
    late = list(_tail_faults(session))  # first: it asks who writes, which no snapshot holds
    faults = [*_chain_faults(session), *_seal_faults(session, key), *late]
    last = session.scalar(select(func.max(Seal.below))) or 0
    count = select(func.count()).select_from
    return TrailReport(
        entries=session.scalar(count(TrailEntry)) or 0,
        streams=session.scalar(count(StreamHead)) or 0,
        seals=session.scalar(count(Seal)) or 0,
        unsealed=session.scalar(count(TrailEntry).where(TrailEntry.batch >= last)) or 0,
        faults=tuple(faults),
    )


def _chain_faults(session: Session) -> Iterator[str]:
    heads = {
        name: (length, digest)
        for name, length, digest in session.execute(
            select(StreamHead.name, StreamHead.length, StreamHead.hash)
        )
    }
    columns: tuple[Any, ...] = (
        TrailEntry.stream_name,
        TrailEntry.seq,
        TrailEntry.batch,
        TrailEntry.payload,
        TrailEntry.previous,
        TrailEntry.hash,
    )
    ordered = select(*columns).order_by(TrailEntry.stream_name, TrailEntry.seq)
    tails: dict[str, tuple[int, str]] = {}
    for stream, seq, batch, payload, previous, digest in session.execute(
        ordered.execution_options(yield_per=5000)
    ):
        length, before = tails.get(stream, (0, GENESIS))
        if not isinstance(seq, int) or not isinstance(payload, bytes):
            yield f"{stream}: entry {seq} is damaged"
            tails[stream] = (length + 1, digest)
            continue
        if seq != length + 1:
            yield f"{stream}: entry {length + 1} is missing"
        elif previous != before:
            yield f"{stream}: entry {seq} does not follow entry {length}"
        if entry_hash((stream, seq, batch), previous, payload) != digest:
            yield f"{stream}: entry {seq} was altered"
        tails[stream] = (seq, digest)
    for stream, tail in sorted(heads.items()):
        if tails.get(stream, (0, GENESIS)) != tail:
            yield f"{stream}: ends at entry {tails.get(stream, (0, ''))[0]}, not at {tail[0]}"
    for stream in sorted(tails.keys() - heads.keys()):
        yield f"{stream}: has entries but no head"


def _tail_faults(session: Session) -> Iterator[str]:
    """Entries that should have been sealed long ago: their seals were taken away."""
    connection = session.connection()
    by_commit = connection.dialect.name != "postgresql"
    settled = None if by_commit else settled_below(connection)
    last = session.scalar(select(func.max(Seal.below))) or 0
    waiting = select(TrailEntry.payload).where(TrailEntry.batch >= last).order_by(TrailEntry.id)
    if settled is not None:
        waiting = waiting.where(TrailEntry.batch < settled)
    at = [moment for found in session.scalars(waiting) if (moment := _moment_of(found))]
    late = len(at) if by_commit else _overdue(at)
    below_all = session.scalar(select(func.count()).where(TrailEntry.batch < 1))
    if below_all:
        yield f"{below_all} entries have a batch that no seal covers"
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


def _seal_faults(session: Session, key: Ed25519PublicKey) -> Iterator[str]:
    start, number, previous = 0, 0, GENESIS
    for there in session.scalars(select(Seal.number).order_by(Seal.number)).all():
        try:
            seal = session.get_one(Seal, there)
        except (TypeError, ValueError):
            yield f"seal {there} is damaged"
            continue
        if seal.number != number + 1 or seal.previous != previous:
            yield f"seal {seal.number} does not follow seal {number}"
        if not _is_genuine(seal, key):
            yield f"seal {seal.number} is not signed by this installation"
        covered = (
            select(TrailEntry.hash)
            .where(TrailEntry.batch >= start, TrailEntry.batch < seal.below)
            .order_by(TrailEntry.id)
        )
        hashes = list(session.scalars(covered))
        if len(hashes) != seal.count:
            yield f"seal {seal.number} covers {seal.count} entries; {len(hashes)} are there"
        elif merkle_root(hashes) != seal.root:
            yield f"seal {seal.number}: its entries are not those that were sealed"
        start, number = seal.below, seal.number
        previous = sha256(seal.signature.encode()).hexdigest()


def _is_genuine(seal: Seal, key: Ed25519PublicKey) -> bool:
    """Whether this installation signed it; the older form needs the same key, so it opens no door."""
    for signed in (seal.signed, seal.signed_before_times):
        try:
            key.verify(bytes.fromhex(seal.signature), signed.encode())
        except (InvalidSignature, ValueError):
            continue
        return True
    return False
