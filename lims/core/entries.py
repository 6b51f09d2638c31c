"""Entry fields: how the text of a number, a choice, a word is read, and what is possible."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from marshmallow import ValidationError, fields

from lims.core.quantities import Quantity
from lims.core.rounding import Qualifier
from lims.core.texts import say, unit_of
from lims.core.written import PLAIN, fault_of

_FORBIDDEN_TEXT = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"  # no signs at all
    r"\u202a-\u202e\u2066-\u2069\u061c\u200e\u200f"  # turn the direction round
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2028\u2029\u2060-\u2065"
    r"\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"  # are not seen
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
GROUP_SEPARATOR = "\x1d"  # between the fields of a GS1 code; scanners send it
MAX_TEXT = 2000
MOST = 1_000_000  # nothing that is counted by hand is more
WIDEST = (-Decimal(10**15), Decimal(10**15))


@dataclass(frozen=True)
class About:
    """What a form says about a field, how its text is read (raises ValueError), what is possible.

    `least` and `most` narrow the range of a number's type, or the length of a list; `choices`
    closes a text; `identity` names the key under which a person's number, or what opens the
    list, may be kept as a digest: such an entry stands in no plain digest and in no log.
    """

    label: str = ""
    hint: str = ""
    rows: int = 1
    choices: tuple[tuple[str, str], ...] = ()
    scan: bool = False
    secret: bool = False
    read: Callable[[str], str] | None = None
    pattern: str = ""
    least: Decimal | int | None = None
    most: Decimal | int | None = None
    identity: str = ""
    foreign: bool = False
    seen: bool = False  # of a picture only what is seen in it is kept
    goes: str = ""  # how a code begins that a page puts here, wherever it was scanned


HowMuch = Annotated[
    Qualifier,
    About(choices=(("=", say("equal-to")), ("<", say("less-than")), (">", say("more-than")))),
]


def _range(value: Decimal, least: Decimal, most: Decimal, unit: str) -> None:
    """Refuse what cannot be, with the range in which it can."""
    if not least <= value <= most:
        ends = {"least": f"{least:f}", "most": f"{most:f}"}
        span = (
            say("least-to-most-unit", **ends, unit=unit_of(unit))
            if unit
            else say("least-to-most", **ends)
        )
        raise ValidationError(say("cannot-be-possible-is", value=f"{value:f}", span=span))


class OwnWords(fields.Field[Any]):
    """A field whose refusals are sentences of ours, and not the library's."""

    words: ClassVar[Mapping[str, str]] = {}

    def make_error(self, key: str, **_: Any) -> ValidationError:
        """The sentence as it is: it says itself again in another language."""
        if key in {"required", "null"}:
            return ValidationError(say("this-is-needed"))
        return ValidationError(self.words.get(key) or say("this-cannot-be-read"))


class Day(OwnWords, fields.Date):
    """A date."""

    words: ClassVar[Mapping[str, str]] = {"invalid": say("write-a-date")}


class Instant(OwnWords, fields.AwareDateTime):
    """An instant with its offset."""

    words: ClassVar[Mapping[str, str]] = {
        "invalid": say("write-a-moment"),
        "invalid_awareness": say("write-a-moment.offset"),
    }


class Several(OwnWords, fields.List[Any]):
    """A list, of which there may have to be at least some."""

    words: ClassVar[Mapping[str, str]] = {"invalid": say("give-a-list")}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        found = super()._deserialize(value, *args, **kwargs)
        about: About = self.metadata.get("about") or About()
        if about.least and not self.metadata.get("ours") and len(found) < about.least:
            raise ValidationError(say("scan-at-least-min", min=about.least))
        return found


class Part(OwnWords, fields.Nested):
    """Entries within an entry."""

    words: ClassVar[Mapping[str, str]] = {"type": say("an-object-with-named-entries")}


class DecimalText(OwnWords):
    """A decimal number as plain digits; floats, exponents and signs such as "+" are refused."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if self.metadata.get("ours") and isinstance(value, str):
            return Decimal(value)
        if not isinstance(value, str) or not PLAIN.fullmatch(value):
            raise ValidationError(fault_of(value if isinstance(value, str) else ""))
        number = Decimal(value)
        _range(number, *self.span, self.unit)
        return number

    def _serialize(self, value: Decimal | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else f"{value:f}"

    unit = ""

    @property
    def span(self) -> tuple[Decimal, Decimal]:
        """What is possible: the field's own range within that of its type."""
        return _narrowed(self, WIDEST)


class QuantityText(DecimalText):
    """A quantity as the digits of its value; the unit is in the schema."""

    def __init__(self, quantity: type[Quantity], **options: Any) -> None:
        super().__init__(**options)
        self.quantity = quantity

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return self.quantity(super()._deserialize(value, *args, **kwargs))

    @property
    def unit(self) -> str:  # type: ignore[override]
        """The unit of the type."""
        return self.quantity.unit

    @property
    def span(self) -> tuple[Decimal, Decimal]:
        """The field's own range within that of the unit's type."""
        return _narrowed(self, (self.quantity.least, self.quantity.most))

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> str | None:
        return None if value is None else super()._serialize(value.value, *args, **kwargs)


def _narrowed(field: fields.Field[Any], span: tuple[Decimal, Decimal]) -> tuple[Decimal, Decimal]:
    about: About = field.metadata.get("about") or About()
    least, most = span
    return (
        least if about.least is None else max(least, Decimal(about.least)),
        most if about.most is None else min(most, Decimal(about.most)),
    )


class WholeNumber(OwnWords, fields.Integer):
    """A whole number; what is counted is never less than nought unless its field says so."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if self.metadata.get("ours"):
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            text = value if isinstance(value, str) else ""
            fault = say("write-a-whole-number") if PLAIN.fullmatch(text) else fault_of(text)
            raise ValidationError(fault)
        _range(Decimal(value), *self.span, "")
        return value

    @property
    def span(self) -> tuple[Decimal, Decimal]:
        """What is possible."""
        about: About = self.metadata.get("about") or About()
        return Decimal(about.least or 0), Decimal(MOST if about.most is None else about.most)


class YesOrNo(OwnWords, fields.Boolean):
    """True or false, asked for in a person's words."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            message = say("choose-yes-or-no")
            raise ValidationError(message)
        return value


class OneOf(OwnWords, fields.Enum[Any]):
    """One of a closed list; where the field lists choices, one of those."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        about: About = self.metadata.get("about") or About()
        open_to = [word for word, _ in about.choices] or [str(m.value) for m in self.enum]
        if self.metadata.get("ours"):
            return self.enum(value)
        if value == "":
            raise ValidationError(say("choose-one"))
        if not isinstance(value, str) or value not in open_to:
            raise ValidationError(say("choose-one-of-open-to", open_to=", ".join(open_to)))
        return self.enum(value)


class ReadableText(OwnWords, fields.String):
    """Readable text: no control characters, nothing longer than a page."""

    words: ClassVar[Mapping[str, str]] = {"invalid": say("give-a-text")}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs) or ""
        if self.metadata.get("ours"):
            return text
        about = self.metadata.get("about") or About()
        readable = text.replace(GROUP_SEPARATOR, "") if about.scan else text
        if self.metadata.get("of_file"):  # which may begin with its mark
            readable = readable.removeprefix("\ufeff")
        if len(text) > MAX_TEXT or _FORBIDDEN_TEXT.search(readable):
            message = say("write-readable-text-of-at", max_text=MAX_TEXT)
            raise ValidationError(message)
        if self.required and not text.strip():
            message = say("this-is-needed")
            raise ValidationError(message)
        if about.choices and text and text not in dict(about.choices):
            words = ", ".join(word for word, _ in about.choices)
            raise ValidationError(say("choose-one-of-words", words=words))
        if about.read and text:
            try:
                return about.read(text)
            except ValueError as error:
                raise ValidationError(error.args[0]) from error
        return text
