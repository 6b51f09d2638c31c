"""The whole trail in one file, for whoever has no database: entries, seals, heads, and every row.

A line of JSON for each, gzipped. It holds everything but secrets, so it tells the arms.
"""

import gzip
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lims.core.db import Base
from lims.trust.trail.replay import Row
from lims.trust.trail.seals import Seal
from lims.trust.trail.verify import Source

FORMAT: Final = "funis trail 1"


class NoArchiveError(ValueError):
    """A file that is no archive of a trail."""


def write_archive(source: Source, key: Ed25519PublicKey, target: Path) -> int:
    """Write a trail into a new file that only its owner reads; how many lines."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    written = 0
    with os.fdopen(handle, "wb") as raw, gzip.open(raw, "wt", encoding="utf-8") as file:
        for line in _lines(source, key):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            written += 1
    return written


def _lines(source: Source, key: Ed25519PublicKey) -> Iterator[dict[str, Any]]:
    public = key.public_bytes_raw().hex()
    yield {"format": FORMAT, "key": public, "settled": source.settled}
    for seal in source.seals():
        yield {"seal": _plain(seal) if seal else None}
    for stream, seq, batch, payload, previous, digest in source.entries():
        data = payload if isinstance(payload, bytes) else str(payload).encode()
        told = b64encode(data).decode()
        yield {"entry": [stream, seq, batch, told, previous, digest]}
    for stream, (length, digest) in source.heads().items():
        yield {"head": [stream, length, digest]}
    for table, rows in source.tables():
        for number, row in rows:
            yield {"row": [table, number, row]}
    for side, digest, data in source.contents():
        yield {"content": [side, digest, b64encode(data).decode()]}


def _plain(seal: Seal) -> dict[str, Any]:
    columns = ("number", "below", "count", "root", "previous", "signature", "key")
    return {**{name: getattr(seal, name) for name in columns}, "at": seal.at.isoformat()}


class Archive:
    """A trail in such a file, read as often as it is asked."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            head = next(self._read())
            if head["format"] != FORMAT:
                raise NoArchiveError(str(file))
            self.key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head["key"]))
            self.settled: int | None = head["settled"]
        except (OSError, EOFError, ValueError, LookupError, TypeError, StopIteration) as error:
            raise NoArchiveError(str(file)) from error

    def _read(self) -> Iterator[dict[str, Any]]:
        with gzip.open(self.file, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)

    def _all(self, kind: str) -> Iterator[Any]:
        return (line[kind] for line in self._read() if kind in line)

    def seals(self) -> list[Seal | None]:
        """Every seal in order; None for one that could not be read."""
        return [_seal(told) for told in self._all("seal")]

    def entries(self) -> Iterator[tuple[Any, ...]]:
        """The entries in their order."""
        for stream, seq, batch, payload, previous, digest in self._all("entry"):
            yield stream, seq, batch, b64decode(payload), previous, digest

    def heads(self) -> dict[str, tuple[int, str]]:
        """How long each stream is, and how it ends."""
        return {stream: (length, digest) for stream, length, digest in self._all("head")}

    def tables(self) -> Iterable[tuple[str, Iterable[Row]]]:
        """Every table that has a stream; one of which nothing stands there has no row."""
        kinds = {m.class_.__tablename__ for m in Base.registry.mappers if m.class_.stream}
        for table, lines in groupby(self._all("row"), key=lambda told: told[0]):
            kinds.discard(table)
            yield table, ((number, values) for _, number, values in lines)
        yield from ((table, ()) for table in sorted(kinds))

    def contents(self) -> Iterator[tuple[str, str, bytes]]:
        """What is in the files."""
        for side, digest, data in self._all("content"):
            yield side, digest, b64decode(data)


def _seal(told: dict[str, Any] | None) -> Seal | None:
    if not told or not all(isinstance(told[part], int) for part in ("number", "below", "count")):
        return None
    return Seal(**{**told, "at": datetime.fromisoformat(told["at"])})
