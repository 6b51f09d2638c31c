"""Reads a protocol file, and names every fault with its path before anything rests on it."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from lims.core import shapes
from lims.core.errors import Invalid
from lims.core.texts import say
from lims.protocol.rules import contradictions
from lims.protocol.sections import Trial

IN_A_FILE: Final[Mapping[str, str]] = {  # what is said of a form, as it is said of a file
    say("no-such-entry"): say("nothing-reads-this-setting"),
    say("this-is-needed"): say("is-missing"),
    say("give-a-text"): say("must-be-a-text-in"),
    say("give-a-list"): say("must-be-a-list"),
    say("an-object-with-named-entries"): say("must-be-a-table"),
}


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
        yield say("fault-of-entry", entry=front, fault=IN_A_FILE.get(word, word))
