"""One pass over the entries: each chain followed, and each entry put under the seal that covers it."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import Any

from lims.trust.trail.entries import GENESIS, entry_hash
from lims.trust.trail.seals import leaf_hash

LATEST_SEAL = timedelta(seconds=30)
_BEGIN = (0, GENESIS)


@dataclass
class Chains:
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


class Sealed:
    """The entries by the seal that covers them, and those that no seal covers yet."""

    def __init__(self, below: Sequence[int]) -> None:
        self.below = list(accumulate(below, max))  # ascending, whatever stands there
        self.leaves: list[list[bytes]] = [[] for _ in self.below]
        self.waiting: list[tuple[int, Any]] = []
        self.beyond = 0

    def around(self, batch: int) -> tuple[int, int, list[bytes]]:
        """The span of batches of one seal in which this one is, and its leaves; empty beyond."""
        place = bisect_right(self.below, batch)
        if batch < 1 or place == len(self.below):
            return 0, 0, []
        return max(1, self.below[place - 1] if place else 1), self.below[place], self.leaves[place]

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


def follow_all(
    entries: Iterable[tuple[Any, ...]],
    chains: Chains,
    sealed: Sealed,
    take: Callable[[str, int, bytes], None] | None,
) -> int:
    """Hold each entry against its chain and put it under its seal; how many.

    What stands as it must is judged here, in few steps; whatever does not goes the long way.
    """
    tails, read = chains.tails, 0
    first, last, leaves = sealed.around(0)
    for stream, seq, batch, payload, previous, digest in entries:
        read += 1
        length, before = tails.get(stream, _BEGIN)
        try:
            written = f"{stream}\n{seq}\n{batch}\n{previous}\n".encode() + payload
            whole = sha256(written).hexdigest() == digest
            follows = seq == length + 1 and previous == before
        except TypeError:
            whole = follows = False
        if whole and follows:
            tails[stream] = (seq, digest)
        else:
            whole = chains.follow(stream, seq, batch, payload, previous, digest)
        if whole and take:
            take(stream, seq, payload)
        if whole and not first <= batch < last:
            first, last, leaves = sealed.around(batch)
        if whole and first <= batch < last:
            leaves.append(sha256(b"\0" + digest.encode()).digest())
        else:
            sealed.sort_in(batch, payload, digest)
    return read
