"""What a backup is made of, as it lies there: closed to all but the keepers of its keys.

Each thing is an age file, compressed first. A piece is named by a keyed digest of what it holds:
what was kept before is known without being read, and its name says nothing to anybody else. No
key of this installation is ever inside.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyrage

from lims.trust.keys import TRAIL, keyed_digest


class LockedError(RuntimeError):
    """A recipient's key that is none, or a backup that this identity does not open."""


def recipients_of(keys: Sequence[str]) -> list[Any]:
    """The keepers of the keys, by their public keys (age1…)."""
    try:
        return [pyrage.x25519.Recipient.from_str(key) for key in keys]
    except pyrage.RecipientError as error:
        raise LockedError(str(error)) from error


def identity_in(file: Path) -> Any:
    """The private key of a keeper, from an age identity file."""
    lines = file.read_text(encoding="ascii").split()
    try:
        return pyrage.x25519.Identity.from_str(
            next(line for line in lines if line.startswith("AGE-SECRET-KEY-"))
        )
    except (StopIteration, pyrage.IdentityError) as error:
        raise LockedError(str(error)) from error


@dataclass(frozen=True)
class Closing:
    """Closes things for the keepers, and names them."""

    recipients: Sequence[Any]
    key_folder: Path

    def close(self, data: bytes) -> bytes:
        """An age file of the compressed bytes."""
        return bytes(pyrage.encrypt(zlib.compress(data), list(self.recipients)))

    def name(self, data: bytes) -> str:
        """By which the same bytes are known again, by this installation alone."""
        told = f"backup/{sha256(data).hexdigest()}"
        return keyed_digest(self.key_folder, TRAIL, told)


def opened(closed: bytes, identity: Any) -> bytes:
    """The bytes of a thing that was closed; LockedError for another's or a damaged one."""
    try:
        return zlib.decompress(pyrage.decrypt(closed, [identity]))
    except (pyrage.DecryptError, zlib.error) as error:
        raise LockedError(str(error)) from error
