"""Seals and opens one row: AES-GCM, bound to its row number and its treatment number."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lims.blinding.rules import Arm
from lims.trust.keys import LIST, load_key

WIDTH = 16  # one length for both arms
NONCE = 12


def list_key(folder: Path) -> AESGCM:
    """The key of the sealed list."""
    return AESGCM(load_key(folder, LIST))


def seal(key: AESGCM, arm: Arm, row: int, treatment: str) -> tuple[bytes, bytes]:
    """Nonce and sealed bytes; a row moved to another number does not open."""
    nonce = os.urandom(NONCE)
    return nonce, key.encrypt(nonce, arm.value.ljust(WIDTH).encode(), _bound(row, treatment))


def unseal(key: AESGCM, nonce: bytes, sealed: bytes, row: int, treatment: str) -> Arm:
    """What a treatment number means; raises InvalidTag for a row that was tampered with."""
    return Arm(key.decrypt(nonce, sealed, _bound(row, treatment)).decode().strip())


def _bound(row: int, treatment: str) -> bytes:
    return f"{row}/{treatment}".encode()
