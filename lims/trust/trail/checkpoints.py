"""Checkpoints: the seals as one growing Merkle tree, told in the form of transparency logs.

A leaf is a whole seal, so a checkpoint of so many seals commits to every entry below them. Who
keeps the last checkpoint elsewhere proves by a few hashes that the next one only continues it
(RFC 6962 2.1; C2SP tlog-checkpoint, signed-note, tlog-cosignature).
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

EMPTY: Final = sha256(b"").digest()
LOG, WITNESS = b"\x01", b"\x04"  # kinds of signatures in a note


class NotProvedError(ValueError):
    """A note, signature or proof that does not hold."""


def leaf_of(seal: str) -> bytes:
    """A seal as a leaf of the tree."""
    return sha256(b"\0" + seal.encode()).digest()


def node_of(left: bytes, right: bytes) -> bytes:
    """What two subtrees make."""
    return sha256(b"\1" + left + right).digest()


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)  # the largest power of two below


@dataclass
class Tree:
    """A tree of which the complete subtrees of the first `size` leaves are known, and no leaf."""

    size: int = 0
    known: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def grown(self, leaves: Sequence[bytes]) -> "Tree":
        """The tree with these leaves behind the others."""
        size, edge = self.size, [(*span, node) for span, node in sorted(self.known.items())]
        for leaf in leaves:
            edge.append((size, size + 1, leaf))
            size += 1
            while len(edge) > 1 and edge[-1][1] - edge[-1][0] == edge[-2][1] - edge[-2][0]:
                (low, _, left), (_, high, right) = edge[-2:]
                edge[-2:] = [(low, high, node_of(left, right))]
        return Tree(size, {(low, high): node for low, high, node in edge})

    def root(self, leaves: Sequence[bytes] = ()) -> bytes:
        """The root over its own leaves and these behind them."""
        size = self.size + len(leaves)
        return self._hash(0, size, leaves) if size else EMPTY

    def proof(self, leaves: Sequence[bytes]) -> list[bytes]:
        """That the tree with these leaves behind it continues this one (RFC 6962 2.1.2)."""
        if not self.size or not leaves:
            return []
        return self._proof(0, self.size + len(leaves), leaves, whole=True)

    def _proof(self, low: int, high: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
        if self.size == high:
            return [] if whole else [self._hash(low, high, leaves)]
        middle = low + _split(high - low)
        if self.size <= middle:
            left = self._proof(low, middle, leaves, whole=whole)
            return [*left, self._hash(middle, high, leaves)]
        right = self._proof(middle, high, leaves, whole=False)
        return [*right, self._hash(low, middle, leaves)]

    def _hash(self, low: int, high: int, leaves: Sequence[bytes]) -> bytes:
        if (low, high) in self.known:
            return self.known[low, high]
        if high - low == 1:
            return leaves[low - self.size]
        middle = low + _split(high - low)
        return node_of(self._hash(low, middle, leaves), self._hash(middle, high, leaves))


@dataclass(frozen=True)
class Checkpoint:
    """So many seals, and the root over them, of one log."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def key_id(name: str, kind: bytes, key: Ed25519PublicKey) -> bytes:
    """By which four bytes a signature names its key."""
    return sha256(name.encode() + b"\n" + kind + key.public_bytes_raw()).digest()[:4]


def key_text(name: str, kind: bytes, key: Ed25519PublicKey) -> str:
    """A public key as it is given to others: name+id+key."""
    raw = b64encode(kind + key.public_bytes_raw()).decode()
    return f"{name}+{key_id(name, kind, key).hex()}+{raw}"


def key_in(text: str, kind: bytes) -> tuple[str, Ed25519PublicKey]:
    """Name and key of such a text."""
    try:
        name, number, raw = text.split("+", 2)
        data = b64decode(raw, validate=True)
        key = Ed25519PublicKey.from_public_bytes(data[1:])
        if data[:1] != kind or key_id(name, kind, key).hex() != number:
            raise NotProvedError(text)
    except (ValueError, IndexError) as error:
        raise NotProvedError(text) from error
    return name, key


def signed(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The checkpoint as a note signed by its log."""
    number = key_id(checkpoint.origin, LOG, key.public_key())
    signature = b64encode(number + key.sign(checkpoint.text.encode())).decode()
    return f"{checkpoint.text}\n— {checkpoint.origin} {signature}\n"


def cosigned_at(line: str, text: str, name: str, key: Ed25519PublicKey) -> int:
    """When a witness cosigned this text, in seconds since 1970; NotProvedError if it did not."""
    try:
        dash, who, told = line.split(" ")
        data = b64decode(told, validate=True)
        at = int.from_bytes(data[4:12], "big")
        if (dash, who, data[:4]) != ("—", name, key_id(name, WITNESS, key)):
            raise NotProvedError(line)
        key.verify(data[12:], f"cosignature/v1\ntime {at}\n{text}".encode())
    except (ValueError, InvalidSignature) as error:
        raise NotProvedError(line) from error
    return at
