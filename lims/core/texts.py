"""What people read: each sentence and word by its name, with what stands in it.

The words themselves are in `lims/texts`, one catalogue for each language (gettext); the program
knows names and values only. `make texts` compiles a catalogue that was edited.
"""

import gettext
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "texts"


class _NothingElse(gettext.NullTranslations):
    """What is asked when the catalogue has no such name: a fault of the program."""

    def gettext(self, message: str) -> str:
        raise LookupError(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        del msgid1, msgid2, n
        return ""  # there is one form for any number


_ENGLISH = gettext.translation("lims", FOLDER, ["en"])
_ENGLISH.add_fallback(_NothingElse())


class Text(str):
    """A sentence or a word; its name and values say the same in any language."""

    __slots__ = ("name", "values")
    name: str
    values: dict[str, Any]


def say(name: str, /, **values: Any) -> Text:
    """The text of this name; where it is said of a `count`, in the form for so many."""
    made = Text(worded(name, values).format(**values))
    made.name, made.values = name, values
    return made


def worded(name: str, values: Mapping[str, Any]) -> str:
    """The words of a text, with the places of its values in braces."""
    count = values.get("count")
    by_number = _ENGLISH.ngettext(name, name, count) if isinstance(count, int) else ""
    return by_number or _ENGLISH.gettext(name)


def say_each(*names: str) -> tuple[Text, ...]:
    """The texts of these names, for the head of a table."""
    return tuple(say(name) for name in names)


def named(word: Enum) -> Text:
    """One of a closed list, as it is read."""
    return say(f"{type(word).__name__}.{word.value}")
