"""A witness: a small program on another machine that Funis cannot write.

It keeps the last checkpoint of each log that its keeper added, and cosigns what continues it; a cut
tail, a fork, an older copy and a rewriting with all keys it refuses (C2SP tlog-witness). It shares
nothing with the rest of Funis, so that a fault of one is not a fault of both.
"""

import argparse
import fcntl
import json
import os
import re
import secrets
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from time import time
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LONGEST: Final = 16_384  # bytes of a request
MOST_HASHES: Final = 63
_REQUEST: Final = re.compile(
    r"old (0|[1-9][0-9]{0,17})\n((?:[A-Za-z0-9+/]{43}=\n)*)\n"
    r"((\S+)\n(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*)\n((?:— [^\n]+\n)+)"
)


@dataclass(frozen=True)
class Answer:
    """A status of HTTP, and what is said with it."""

    status: int
    body: str = ""
    kind: str = "text/plain; charset=utf-8"


class Witness:
    """What it knows, kept in one file that is replaced whole."""

    def __init__(self, file: Path, clock: Callable[[], float] = time) -> None:
        self.file, self.clock, self.alone = file, clock, Lock()
        self.known: dict[str, Any] = json.loads(file.read_text("utf-8"))
        self.key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.known["key"]))

    @classmethod
    def make(cls, file: Path, name: str) -> "Witness":
        """A new witness with a key of its own; what is there is never written over."""
        if file.exists():
            raise FileExistsError(file)
        _write(file, {"name": name, "key": secrets.token_hex(32), "logs": {}})
        return cls(file)

    @property
    def name(self) -> str:
        """What it signs with."""
        return str(self.known["name"])

    @property
    def key_text(self) -> str:
        """Its public key, as Funis is told it."""
        raw = self.key.public_key().public_bytes_raw()
        told = b64encode(b"\x04" + raw).decode()
        return f"{self.name}+{self._id(raw).hex()}+{told}"

    def _id(self, raw: bytes) -> bytes:
        return sha256(self.name.encode() + b"\n\x04" + raw).digest()[:4]

    def add(self, log: str) -> None:
        """Begin to watch a log, by its public key; one that is known stays as it is."""
        name, number, told = log.split("+", 2)
        raw = b64decode(told, validate=True)
        if raw[:1] != b"\x01" or sha256(name.encode() + b"\n" + raw).digest()[:4].hex() != number:
            raise ValueError(log)
        with self._kept():
            new = {"key": raw[1:].hex(), "size": 0, "root": ""}
            self._keep({**self.known, "logs": {name: new, **self.known["logs"]}})

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """What the file says now, held: a keeper may add a log while the witness serves."""
        with self.alone, self.file.with_name(f"{self.file.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.known = json.loads(self.file.read_text("utf-8"))
            yield

    def _keep(self, known: dict[str, Any]) -> None:
        _write(self.file, known)
        self.known = known

    def answer(self, request: bytes) -> Answer:
        """Cosign a checkpoint that continues what is known, or say why not."""
        found = _REQUEST.fullmatch(request.decode("utf-8", "replace"))
        if not found:
            return Answer(400)
        old, hashes, text, origin, size, root, signatures = found.groups()
        proof = [b64decode(line) for line in hashes.split()]
        if len(proof) > MOST_HASHES or int(old) > int(size):
            return Answer(400)
        with self._kept():
            log = self.known["logs"].get(origin)
            if log is None:
                return Answer(404)
            if not _is_signed(text, origin, bytes.fromhex(log["key"]), signatures):
                return Answer(403)
            if int(old) != log["size"]:
                return Answer(409, f"{log['size']}\n", "text/x.tlog.size")
            new = (int(size), b64decode(root))
            if not continues((log["size"], bytes.fromhex(log["root"])), new, proof):
                same = int(size) == log["size"]
                return Answer(409, f"{log['size']}\n", "text/x.tlog.size") if same else Answer(422)
            kept = {**log, "size": new[0], "root": new[1].hex()}
            self._keep({**self.known, "logs": {**self.known["logs"], origin: kept}})
        return Answer(200, self._cosigned(text))

    def _cosigned(self, text: str) -> str:
        at = int(self.clock())
        signature = self.key.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
        number = self._id(self.key.public_key().public_bytes_raw())
        told = b64encode(number + at.to_bytes(8, "big") + signature).decode()
        return f"— {self.name} {told}\n"


def _is_signed(text: str, origin: str, key: bytes, signatures: str) -> bool:
    number = sha256(origin.encode() + b"\n\x01" + key).digest()[:4]
    for line in signatures.splitlines():
        _, name, told, *_ = (*line.split(" "), "", "")
        try:
            data = b64decode(told, validate=True)
            if name == origin and data[:4] == number:
                Ed25519PublicKey.from_public_bytes(key).verify(data[4:], text.encode())
                return True
        except (ValueError, InvalidSignature):
            continue
    return False


def continues(old: tuple[int, bytes], new: tuple[int, bytes], proof: list[bytes]) -> bool:
    """Whether a tree of so many leaves and this root continues the other (RFC 9162 2.1.4.2)."""
    (size, root), (larger, longer) = old, new
    if size == 0:
        return not proof
    if size == larger:
        return not proof and root == longer
    path = [root, *proof] if size & (size - 1) == 0 else proof
    if not proof or not path:
        return False
    at, last = size - 1, larger - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    left = right = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            left, right = _node(node, left), _node(node, right)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            right = _node(right, node)
        at, last = at >> 1, last >> 1
    return last == 0 and left == root and right == longer


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def _write(file: Path, known: dict[str, Any]) -> None:
    """Whole or not at all, through to the disk, before anything is said of it."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        json.dump(known, written)
        written.flush()
        os.fsync(written.fileno())
    draft.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """What answers to /add-checkpoint; the caller lets it serve."""

    class Door(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint" or not length.isdigit() or int(length) > LONGEST:
                self.send_error(404)
                return
            said = witness.answer(self.rfile.read(int(length)))
            body = said.body.encode()
            self.send_response(said.status)
            self.send_header("Content-Type", said.kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the library's name
            del format, args

    return ThreadingHTTPServer((host, port), Door)


def run(words: Sequence[str]) -> None:
    """Make a witness, add a log to it, or let it serve; runs alone too: python witness.py."""
    parser = argparse.ArgumentParser(prog="lims witness", description=__doc__)
    parser.add_argument("file", type=Path, help="what the witness knows")
    parser.add_argument("--name", help="make it, under this name")
    parser.add_argument("--add", metavar="KEY", help="watch a log, by what `lims trail key` prints")
    parser.add_argument("--listen", metavar="HOST:PORT", help="serve until stopped")
    given = parser.parse_args(words)
    witness = Witness.make(given.file, given.name) if given.name else Witness(given.file)
    if given.add:
        witness.add(given.add)
    for origin, log in witness.known["logs"].items():
        print(f"{origin}: {log['size']} seals")  # noqa: T201 -- a program of its own
    print(f"FUNIS_WITNESSES: {witness.key_text}@http://…")  # noqa: T201
    if given.listen:
        host, _, port = given.listen.rpartition(":")
        server(witness, host, int(port)).serve_forever()


if __name__ == "__main__":
    run(sys.argv[1:])
