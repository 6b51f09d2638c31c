"""Reads a protocol file, and names every fault with its path before anything rests on it."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

from lims.core import shapes
from lims.core.errors import Invalid
from lims.core.texts import say
from lims.protocol.rules import contradictions
from lims.protocol.sections import Trial


class FaultyProtocol(ValueError):
    """A protocol file that cannot govern anything: every fault, `path: what is wrong`."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def digest_of_file(text: str) -> str:
    """SHA-256 of a protocol file's text: what its two signatures are over."""
    return sha256(text.encode()).hexdigest()


@lru_cache(maxsize=16)
def read_trial(text: str) -> Trial:
    """The trial of a file's text; raises FaultyProtocol with every fault."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FaultyProtocol([say("the-file-is-no-toml", error=error)]) from error
    try:
        trial = shapes.read(Trial, data)
    except Invalid as error:
        raise FaultyProtocol(list(_paths("", error.fields))) from error
    if faults := contradictions(trial):
        raise FaultyProtocol(faults)
    return trial


def _paths(front: str, messages: object) -> Iterator[str]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            if name == "_schema":  # of the section itself
                yield from _paths(front, inner)
                continue
            yield from _paths(f"{front}.{name}" if front else str(name), inner)
        return
    words: list[Any] = messages if isinstance(messages, list) else [messages]
    for word in words:
        yield f"{front}: {_plain(str(word))}"


def _plain(message: str) -> str:
    known = {
        "Unknown field.": say("nothing-reads-this-setting"),
        "Missing data for required field.": say("is-missing"),
        "Field may not be null.": say("is-missing"),
        "Not a valid string.": say("must-be-a-text-in"),
        "Not a valid list.": say("must-be-a-list"),
        "Invalid input type.": say("must-be-a-table"),
    }
    return known.get(message, message)
