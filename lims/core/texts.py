"""What people read: each sentence and word by its name, with what stands in it.

The words themselves are in `lims/texts`, one catalogue for each language (gettext); the program
knows names and values only, and speaks English; a page tells it again in its reader's language.
`make texts` compiles a catalogue that was edited.
"""

import gettext
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Final

from lims.core.quantities import Quantity

FOLDER = Path(__file__).resolve().parent.parent / "texts"
ENGLISH: Final = "en"
LANGUAGES: Final[Mapping[str, str]] = {ENGLISH: "English", "zh": "简体中文"}


class _NothingElse(gettext.NullTranslations):
    """What is asked when the catalogue has no such name: a fault of the program."""

    def gettext(self, message: str) -> str:
        raise LookupError(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        del msgid1, msgid2, n
        return ""  # there is one form for any number


_WORDS: Final = {one: gettext.translation("lims", FOLDER, [one]) for one in LANGUAGES}
_WORDS[ENGLISH].add_fallback(_NothingElse())
for _language in LANGUAGES.keys() - {ENGLISH}:
    _WORDS[_language].add_fallback(_WORDS[ENGLISH])


class Text(str):
    """A sentence or a word; its name and values say the same in any language."""

    __slots__ = ("heed", "name", "values")
    name: str
    values: dict[str, Any]
    heed: bool  # that it was done is no good news


def say(name: str, /, **values: Any) -> Text:
    """The text of this name; where it is said of a `count`, in the form for so many."""
    return _made(name, values, ENGLISH)


def unit_of(unit: str) -> str:
    """A unit as it is read: what people count has a word in each language, the rest is its sign."""
    return said_or(f"unit.{unit}", unit)


@cache
def said_or(name: str, plain: str) -> str:
    """The text of this name; what the program once called so where no catalogue has it any more."""
    try:
        return say(name)
    except LookupError:
        return plain


def heed(text: Text) -> Text:
    """The same, said of something that was done and asks for attention."""
    text.heed = True
    return text


def joined(between: str, parts: Iterable[str]) -> Text:
    """Several texts as one; what stands between them is a text too, as ", " or " and "."""
    return _made(between, {"parts": tuple(parts)}, ENGLISH)


def both(english: str, chinese: str) -> Text:
    """What somebody else wrote in both languages, as a protocol does."""
    made = Text(english)
    made.name, made.values = "", {"zh": chinese}
    return made


def retold(text: str, language: str) -> str:
    """The same in another language; what is no text of ours stays as it is."""
    if language == ENGLISH or not isinstance(text, Text):
        return text
    if not text.name:
        return str(text.values.get(language, text))
    return _made(text.name, text.values, language)


def _made(name: str, values: dict[str, Any], language: str) -> Text:
    words = worded(name, values, language)
    if (parts := values.get("parts")) is not None:
        made = Text(words.join(retold(part, language) for part in parts))
    else:
        made = Text(words.format(**{n: _value(value, language) for n, value in values.items()}))
    made.name, made.values = name, values
    return made


def _value(value: Any, language: str) -> Any:
    """What stands in a text: another text, one of a closed list or a unit by its word, or plain."""
    if isinstance(value, Quantity):
        return f"{value.value:f} {retold(unit_of(value.unit), language)}".strip()
    if isinstance(value, Enum):
        return _WORDS[language].gettext(_name_of(value)) if has_word(value) else value
    return retold(value, language) if isinstance(value, Text) else value


def worded(name: str, values: Mapping[str, Any], language: str = ENGLISH) -> str:
    """The words of a text, with the places of its values in braces."""
    count = values.get("count")
    words = _WORDS[language]
    by_number = words.ngettext(name, name, count) if isinstance(count, int) else ""
    return by_number or words.gettext(name)


def say_each(*names: str) -> tuple[Text, ...]:
    """The texts of these names, for the head of a table."""
    return tuple(say(name) for name in names)


def named(word: Enum) -> Text:
    """One of a closed list, as it is read."""
    return say(_name_of(word))


def has_word(word: Enum) -> bool:
    """Whether people read another word than the program's own."""
    try:
        return bool(_WORDS[ENGLISH].gettext(_name_of(word)))
    except LookupError:
        return False


def _name_of(word: Enum) -> str:
    return f"{type(word).__name__}.{word.value}"
