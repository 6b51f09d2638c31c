"""What a backup says of itself: every piece with its digest, the newest seal, the settings; signed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lims.core.canonical import canonical


class ForgedError(RuntimeError):
    """A backup that this installation did not sign, or a piece that is not what it signed."""


@dataclass(frozen=True)
class Kept:
    """One piece of a table, or a file: under which name it lies, and what it must be."""

    of: str
    name: str
    digest: str  # SHA-256 of what it holds
    rows: int = 0


@dataclass(frozen=True)
class Manifest:
    """One backup."""

    at: str
    revision: str
    anchor: str  # the newest seal of the copy, as it is kept elsewhere
    pieces: Sequence[Kept]
    files: Sequence[Kept]
    settings: Mapping[str, str]

    @property
    def moment(self) -> datetime:
        """When it was taken."""
        return datetime.fromisoformat(self.at)

    @property
    def names(self) -> list[str]:
        """Under which names all that it needs lies, each once."""
        return list(dict.fromkeys(one.name for one in (*self.pieces, *self.files)))

    def signed(self, key: Ed25519PrivateKey) -> bytes:
        """The manifest and the signature over it."""
        told = canonical(asdict(self))
        return canonical({"manifest": told.decode(), "signature": key.sign(told).hex()})


def proved(data: bytes, key: Ed25519PublicKey) -> Manifest:
    """The manifest, if this installation signed it."""
    written = json.loads(data)
    try:
        key.verify(bytes.fromhex(written["signature"]), written["manifest"].encode())
    except InvalidSignature as error:
        raise ForgedError("the manifest is not signed by this installation") from error
    told = json.loads(written["manifest"])
    kept = {part: [Kept(**one) for one in told[part]] for part in ("pieces", "files")}
    return Manifest(**{**told, **kept})


def digest_of(data: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return sha256(data).hexdigest()
