"""The only source of random choices, by purpose, so that a story can be told twice alike."""

import hashlib
import random
import secrets
from typing import Protocol


class Chance(Protocol):
    """Gives random letters; each purpose draws from a stream of its own."""

    def letters(self, purpose: str, alphabet: str, length: int) -> str:
        """So many letters of the alphabet."""
        ...


class SystemChance:
    """Random letters that nobody can foresee."""

    def letters(self, purpose: str, alphabet: str, length: int) -> str:
        """So many letters of the alphabet, from the operating system's generator."""
        del purpose
        return "".join(secrets.choice(alphabet) for _ in range(length))


class SeededChance:
    """The same letters each time for demonstration and tests, one stream for each purpose."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._streams: dict[str, random.Random] = {}

    def letters(self, purpose: str, alphabet: str, length: int) -> str:
        """So many letters of the alphabet; other purposes' draws do not move this stream."""
        stream = self._streams.setdefault(purpose, self._stream(purpose))
        return "".join(stream.choice(alphabet) for _ in range(length))

    def _stream(self, purpose: str) -> random.Random:
        digest = hashlib.sha256(f"{self._seed}/{purpose}".encode()).digest()
        return random.Random(digest)  # noqa: S311 -- demonstration and tests only
