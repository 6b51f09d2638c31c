"""SQLite encrypted as a whole (SQLCipher), under a key outside: a copied file joins nobody.

The key's file is named in the database's address, as `?key_file=…`; it holds 64 hexadecimal digits.
"""

import os
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL

KEY_FILE: Final = "key_file"
_PLAIN: Final = b"SQLite format 3\0"


class NotEncryptedError(RuntimeError):
    """A file that should be encrypted and is not, or a machine that cannot read an encrypted one."""


def key_in(url: URL) -> str | None:
    """The key that an address names, as SQLCipher takes it; None for a plain file."""
    named = url.query.get(KEY_FILE)
    if named is None:
        return None
    try:
        key = Path(str(named)).read_text(encoding="ascii").strip()
    except OSError as error:
        raise NotEncryptedError(f"the database's key {named} cannot be read: {error}") from error
    if len(key) != 64 or not set(key) <= set("0123456789abcdef"):
        raise NotEncryptedError(f"{named} holds no key of 64 hexadecimal digits")
    return key


def unlock(connection: Any, key: str) -> None:
    """Give a new connection its key, before anything else."""
    connection.execute(f"PRAGMA key = \"x'{key}'\"")
    if connection.execute("PRAGMA cipher_version").fetchone() is None:
        raise NotEncryptedError("this SQLite reads no encrypted file: install sqlcipher3")


def is_plain(file: Path) -> bool:
    """Whether everybody who has this file can read it."""
    try:
        with file.open("rb") as opened:
            return opened.read(len(_PLAIN)) == _PLAIN
    except FileNotFoundError:
        return False


def encrypt(module: Any, file: Path, key: str) -> None:
    """Encrypt a plain file that nobody has open; whole, or it stays as it was."""
    draft = file.with_name(f"{file.name}.encrypting")
    draft.unlink(missing_ok=True)
    connection = module.connect(str(file), isolation_level=None)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("ATTACH DATABASE ? AS sealed KEY ?", (str(draft), f"x'{key}'"))
        connection.execute("SELECT sqlcipher_export('sealed')")
        connection.execute("DETACH DATABASE sealed")
    finally:
        connection.close()
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.replace(file)
