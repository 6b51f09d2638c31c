"""The keys outside the database: made once and whole, loaded ever after, known by fingerprint.

`trail.pem` signs the seals, `forms.key` the form tokens, `identity.key` makes digests of
persons' numbers, `list.key` opens the sealed list and makes the digests of it, and lies in
a folder of its own, which the ward's process need not read; `database.key` opens SQLite's file.
"""

import hmac
import os
import secrets
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from sqlalchemy import make_url, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import Base
from lims.core.encrypted import KEY_FILE, is_plain

TRAIL: Final = "trail.pem"
FORMS: Final = "forms.key"
IDENTITY: Final = "identity.key"
LIST: Final = "list.key"
DATABASE: Final = "database.key"
KEYS: Final = (TRAIL, FORMS, IDENTITY, LIST)


class KeyLostError(RuntimeError):
    """A key that the database knows is not there, or is another one."""


class KnownKey(Base):
    """That this installation's records rest on a key; never the key itself."""

    __tablename__ = "known_key"
    stream = ("key", "name")
    insert_only = True

    name: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    since: Mapped[datetime]


def key_file(folder: Path, name: str) -> Path:
    """Where a key lies; the list's apart from the others, as of version 0.4."""
    plain = folder / name
    return folder / "list" / name if name == LIST and not plain.exists() else plain


def make_keys(folder: Path, names: Iterable[str] = KEYS) -> None:
    """Make every key that is not there; only `lims init` and `lims demo` do so.

    Each is written whole under another name and then linked to its own, so that of two
    processes one makes it and nobody ever reads half of it.
    """
    for name in names:
        target = key_file(folder, name)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if target.exists():
            continue
        draft = target.with_name(f".{name}.{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(_new_key(name))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, target)
        except FileExistsError:
            pass  # another process was first; its key is the one
        finally:
            draft.unlink()


def make_database_key(url: str, folder: Path) -> None:
    """Make the key of a database that is not there yet, or is not encrypted yet."""
    address = make_url(url)
    file = Path(address.database or "")
    if KEY_FILE in address.query and (not file.exists() or is_plain(file)):
        if file.exists() and not key_file(folder, TRAIL).exists():
            msg = f"{folder} holds none of this installation's keys: is it the right folder?"
            raise KeyLostError(msg)
        make_keys(folder, (DATABASE,))


def _new_key(name: str) -> bytes:
    if name == TRAIL:
        made = Ed25519PrivateKey.generate()
        return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secrets.token_hex(32).encode() if name in {FORMS, DATABASE} else secrets.token_bytes(32)


def load_key(folder: Path, name: str) -> bytes:
    """A key's bytes; KeyLostError if it is not there."""
    path = key_file(folder, name)
    try:
        found = path.read_bytes()
    except FileNotFoundError as error:
        msg = f"the key {path} is not there; put it back, or run `lims init` on an empty database"
        raise KeyLostError(msg) from error
    if len(found) < 32:
        msg = f"the key {path} is cut off; put the whole one back"
        raise KeyLostError(msg)
    return found


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key of the trail's seals."""
    loaded = load_pem_private_key(load_key(folder, TRAIL), None)
    if not isinstance(loaded, Ed25519PrivateKey):
        msg = f"{folder / TRAIL} is not an Ed25519 key"
        raise KeyLostError(msg)
    return loaded


def keyed_digest(folder: Path, name: str, text: str) -> str:
    """HMAC-SHA256 of a text that could be guessed, under a key of its own made from this one."""
    try:
        written = key_file(folder, name).stat().st_mtime_ns
    except OSError:
        written = 0  # load_key says what is wrong
    return hmac.digest(_own_key(folder, name, written), text.encode(), "sha256").hex()


@lru_cache(maxsize=32)
def _own_key(folder: Path, name: str, written: int) -> bytes:
    """The key for digests, made once for each time that the file was `written`."""
    del written
    return hmac.digest(load_key(folder, name), b"funis digest", "sha256")


def key_id(public: Ed25519PublicKey) -> str:
    """What a key that signs is known by."""
    return sha256(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()


def fingerprint(folder: Path, name: str) -> str:
    """What a key is known by: the public key's digest, or a digest that only this key makes."""
    if name == TRAIL:
        return key_id(signing_key(folder).public_key())
    return keyed_digest(folder, name, "fingerprint")


def lost_keys(session: Session, folder: Path, names: tuple[str, ...]) -> list[str]:
    """What is wrong with these keys, as the database knows them."""
    known = {row.name: row.fingerprint for row in session.scalars(select(KnownKey))}
    faults = []
    for name in names:
        if name not in known:
            faults.append(f"the database knows no {name}; run: lims init")
            continue
        try:
            if fingerprint(folder, name) != known[name]:
                faults.append(f"{key_file(folder, name)} is not the key that this database knows")
        except KeyLostError as error:
            faults.append(str(error))
    return faults
