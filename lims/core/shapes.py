"""Frozen dataclasses as marshmallow schemas: a command is its request, a fact is its answer.

The dataclass is written once and is the explicit list of fields on the page, in the JSON
answer and in the OpenAPI document; nothing is published that is not named there.
"""

import dataclasses
import re
import types
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from lims.core.errors import Invalid
from lims.core.quantities import Quantity
from lims.core.written import PLAIN, fault_of

_FORBIDDEN_TEXT = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
GROUP_SEPARATOR = "\x1d"  # between the fields of a GS1 code; scanners send it
MAX_TEXT = 2000
MOST = 1_000_000  # nothing that is counted by hand is more
WIDEST = (-Decimal(10**15), Decimal(10**15))
_CLASSES: dict[tuple[type[Any], bool], type[Schema]] = {}
_SCHEMAS: dict[type[Any], Schema] = {}
T = TypeVar("T")


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


def _range(value: Decimal, least: Decimal, most: Decimal, unit: str) -> None:
    """Refuse what cannot be, with the range in which it can."""
    if not least <= value <= most:
        span = f"{least:f} to {most:f} {unit}".strip()
        raise ValidationError(f"{value:f} cannot be; possible is {span}.")


class DecimalText(fields.Field[Decimal]):
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


class WholeNumber(fields.Integer):
    """A whole number; what is counted is never less than nought unless its field says so."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if self.metadata.get("ours"):
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            text = value if isinstance(value, str) else ""
            fault = "Write a whole number." if PLAIN.fullmatch(text) else fault_of(text)
            raise ValidationError(fault)
        _range(Decimal(value), *self.span, "")
        return value

    @property
    def span(self) -> tuple[Decimal, Decimal]:
        """What is possible."""
        about: About = self.metadata.get("about") or About()
        return Decimal(about.least or 0), Decimal(MOST if about.most is None else about.most)


class YesOrNo(fields.Boolean):
    """True or false, asked for in a person's words."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            message = "Choose yes or no."
            raise ValidationError(message)
        return value


class OneOf(fields.Enum[Any]):
    """One of a closed list; where the field lists choices, one of those."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        about: About = self.metadata.get("about") or About()
        open_to = [word for word, _ in about.choices] or [str(m.value) for m in self.enum]
        if self.metadata.get("ours"):
            return self.enum(value)
        if not isinstance(value, str) or value not in open_to:
            raise ValidationError(f"Choose one of: {', '.join(open_to)}.")
        return self.enum(value)


class _Text(fields.String):
    """Readable text: no control characters, nothing longer than a page."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs) or ""
        if self.metadata.get("ours"):
            return text
        about = self.metadata.get("about") or About()
        readable = text.replace(GROUP_SEPARATOR, "") if about.scan else text
        if len(text) > MAX_TEXT or _FORBIDDEN_TEXT.search(readable):
            message = f"Write readable text of at most {MAX_TEXT} characters."
            raise ValidationError(message)
        if self.required and not text.strip():
            message = "This is needed."
            raise ValidationError(message)
        if about.choices and text and text not in dict(about.choices):
            words = ", ".join(word for word, _ in about.choices)
            raise ValidationError(f"Choose one of: {words}.")
        if about.read and text:
            try:
                return about.read(text)
            except ValueError as error:
                raise ValidationError(str(error)) from error
        return text


def _field(hint: Any, options: dict[str, Any]) -> fields.Field[Any]:
    if get_origin(hint) is Annotated:
        hint, about = get_args(hint)[:2]
        options["metadata"] = {**options.get("metadata", {}), "about": about}
    if get_origin(hint) in {Union, types.UnionType}:
        (inner,) = (kind for kind in get_args(hint) if kind is not type(None))
        return _field(inner, {**options, "allow_none": True})
    if get_origin(hint) is tuple:
        inner = {"required": True, "metadata": {"ours": options["metadata"]["ours"]}}
        about = options["metadata"].get("about") or About()
        if about.least and not options["metadata"]["ours"]:
            options["validate"] = validate.Length(
                min=int(about.least), error="Scan at least {min}."
            )
        return fields.List(_field(get_args(hint)[0], inner), **options)
    if dataclasses.is_dataclass(hint) and not issubclass(hint, Quantity):  # type: ignore[arg-type]
        ours = options["metadata"]["ours"]
        return fields.Nested(schema_class(hint, ours=ours), **options)  # type: ignore[arg-type]
    return _plain(hint, options)


def _in_our_age(value: date) -> None:
    """Years in which something of this system can happen."""
    if not 1900 < value.year < 2200:
        message = "Give a date between 1901 and 2199."
        raise ValidationError(message)


def _plain(hint: Any, options: dict[str, Any]) -> fields.Field[Any]:
    if issubclass(hint, Quantity):
        return QuantityText(hint, **options)
    if issubclass(hint, Enum):
        return OneOf(hint, by_value=fields.String(), **options)
    if issubclass(hint, int) and hint is not bool:
        return WholeNumber(strict=True, **options)
    if issubclass(hint, date):  # a datetime too
        kind = fields.AwareDateTime if issubclass(hint, datetime) else fields.Date
        return kind(validate=_in_our_age, **options)
    kinds: dict[type, type[fields.Field[Any]]] = {
        str: _Text,
        bool: YesOrNo,
        Decimal: DecimalText,
    }
    return kinds[hint](**options)


def schema_class(shape: type[Any], *, ours: bool = False) -> type[Schema]:
    """The marshmallow schema of a frozen dataclass; unknown fields are refused.

    `ours` reads back what we wrote ourselves, to which the rules for entries do not apply.
    """
    if (shape, ours) not in _CLASSES:
        _CLASSES[shape, ours] = _make_class(shape, ours=ours)
    return _CLASSES[shape, ours]


def _make_class(shape: type[Any], *, ours: bool) -> type[Schema]:
    hints = get_type_hints(shape, include_extras=True)
    members: dict[str, Any] = {}
    for field in dataclasses.fields(shape):
        if field.default is not dataclasses.MISSING:
            options: dict[str, Any] = {"load_default": field.default}
        else:
            options = {"required": True}
        options["metadata"] = {"ours": ours}
        members[field.name] = _field(hints[field.name], options)

    def make(_self: Schema, data: dict[str, Any], **_: Any) -> Any:
        return shape(**{k: tuple(v) if isinstance(v, list) else v for k, v in data.items()})

    members["make"] = post_load(make)
    members["Meta"] = type("Meta", (), {"unknown": RAISE})
    return type(shape.__name__, (Schema,), members)


def schema(shape: type[Any]) -> Schema:
    """One shared instance of a shape's schema."""
    if shape not in _SCHEMAS:
        _SCHEMAS[shape] = schema_class(shape)()
    return _SCHEMAS[shape]


def read(shape: type[T], data: object) -> T:
    """Make the dataclass from a request's data, or raise Invalid with messages by field."""
    if not isinstance(data, dict):
        raise Invalid({"_": ["An object with named entries is expected."]})
    try:
        made: T = schema(shape).load(data)
    except ValidationError as error:
        raise Invalid(dict(error.normalized_messages())) from error
    return made


def read_back(shape: type[T], text: str) -> T:
    """Make the dataclass again from the JSON text of one that we wrote."""
    made: T = schema_class(shape, ours=True)().loads(text)
    return made


def write(value: Any) -> Any:
    """The JSON data of a dataclass, by its explicit fields."""
    return schema(type(value)).dump(value)


OF_SECRETS = "identity.key"


def kept_apart(shape: type[Any]) -> dict[str, str]:
    """The entries that may stand in no plain digest, each with the key for its own."""
    found = {}
    for name, declared in schema(shape).fields.items():
        about = declared.metadata.get("about") or About()
        if key := OF_SECRETS if about.secret else about.identity:
            found[name] = key
    return found


def signable(command: Any, keyed: Callable[[str, str], str]) -> Any:
    """The command as it is digested: what could be guessed from a digest is keyed first.

    `keyed` gives the digest of a text under a key that lies outside the database.
    """
    written = write(command)
    for name, key in kept_apart(type(command)).items():
        if written[name] not in (None, ""):
            written[name] = keyed(key, f"{name}/{written[name]}")
    return written
