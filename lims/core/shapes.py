"""Frozen dataclasses as marshmallow schemas: a command is its request, a fact is its answer.

The dataclass is written once and is the explicit list of fields on the page, in the JSON
answer and in the OpenAPI document; nothing is published that is not named there.
"""

import dataclasses
import types
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from marshmallow import RAISE, Schema, ValidationError, fields, post_load

from lims.core.entries import (
    About,
    Day,
    DecimalText,
    Instant,
    OneOf,
    Part,
    QuantityText,
    ReadableText,
    Several,
    WholeNumber,
    YesOrNo,
)
from lims.core.errors import Invalid
from lims.core.quantities import Quantity
from lims.core.texts import say
from lims.core.uploads import Upload, UploadField

_CLASSES: dict[tuple[type[Any], bool], type[Schema]] = {}
_SCHEMAS: dict[type[Any], Schema] = {}
T = TypeVar("T")


def _field(hint: Any, options: dict[str, Any]) -> fields.Field[Any]:
    if get_origin(hint) is Annotated:
        hint, *marks = get_args(hint)
        about = next((mark for mark in marks if isinstance(mark, About)), About())
        options["metadata"] = {**options.get("metadata", {}), "about": about}
    if get_origin(hint) in {Union, types.UnionType}:
        (inner,) = (kind for kind in get_args(hint) if kind is not type(None))
        return _field(inner, {**options, "allow_none": True})
    if get_origin(hint) is tuple:
        of_file = get_args(hint)[0] is str  # its lines may be empty, numbers may not
        told = {"ours": options["metadata"]["ours"], "of_file": of_file}
        inner = {"required": not of_file, "metadata": told}
        return Several(_field(get_args(hint)[0], inner), **options)
    if hint is Upload:
        return UploadField(**options)
    if dataclasses.is_dataclass(hint) and not issubclass(hint, Quantity):  # type: ignore[arg-type]
        ours = options["metadata"]["ours"]
        return Part(schema_class(hint, ours=ours), **options)  # type: ignore[arg-type]
    return _plain(hint, options)


def _in_our_age(value: date) -> None:
    """Years in which something of this system can happen."""
    if not 1900 < value.year < 2200:
        message = say("give-a-date-between-1901")
        raise ValidationError(message)


def _plain(hint: Any, options: dict[str, Any]) -> fields.Field[Any]:
    if issubclass(hint, Quantity):
        return QuantityText(hint, **options)
    if issubclass(hint, Enum):
        return OneOf(hint, by_value=fields.String(), **options)
    if issubclass(hint, int) and hint is not bool:
        return WholeNumber(strict=True, **options)
    if issubclass(hint, date):  # a datetime too
        kind = Instant if issubclass(hint, datetime) else Day
        return kind(validate=_in_our_age, **options)
    kinds: dict[type, type[fields.Field[Any]]] = {
        str: ReadableText,
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
    members["error_messages"] = {
        "unknown": say("no-such-entry"),
        "type": say("an-object-with-named-entries"),
    }
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
        raise Invalid({"_": [say("an-object-with-named-entries")]})
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
    """The JSON data of a dataclass, by its explicit fields: what its schema dumps, only sooner."""
    return _writer(value.__class__)(value)


@cache
def _writer(shape: Any) -> Callable[[Any], dict[str, Any]]:
    return _writer_of(schema(shape))


def _writer_of(declared: Schema) -> Callable[[Any], dict[str, Any]]:
    each = [(name, _write_one(field)) for name, field in declared.fields.items()]

    def write_all(value: Any) -> dict[str, Any]:
        found = {}
        for name, write_it in each:
            held = getattr(value, name)
            found[name] = held if held is None or write_it is None else write_it(held)
        return found

    return write_all


def _write_one(declared: fields.Field[Any]) -> Callable[[Any], Any] | None:
    """How a value that is there becomes JSON; None if it is JSON already."""
    match declared:
        case fields.List():
            inner = _write_one(declared.inner)
            return lambda held: list(held) if inner is None else [inner(one) for one in held]
        case fields.Nested():
            return _writer_of(declared.schema)
        case fields.String() | fields.Boolean() | fields.Integer():
            return None
        case _:
            return lambda held: declared._serialize(held, "", None)  # noqa: SLF001 -- marshmallow's hook


OF_SECRETS = "identity.key"


def kept_apart(shape: type[Any]) -> dict[str, str]:
    """The entries that may stand in no plain digest, each with the key for its own."""
    found = {}
    for name, declared in schema(shape).fields.items():
        about = declared.metadata.get("about") or About()
        if key := OF_SECRETS if about.secret else about.identity:
            found[name] = key
    return found


def has_secret(shape: type[Any]) -> bool:
    """Whether a password or a PIN is among the entries."""
    declared = schema(shape).fields.values()
    return any((f.metadata.get("about") or About()).secret for f in declared)


def foreign_codes(shape: type[Any]) -> frozenset[str]:
    """The entries that take codes of others, which name no person: suppliers', positions."""
    fields_of = schema(shape).fields.items()
    return frozenset(n for n, f in fields_of if (f.metadata.get("about") or About()).foreign)


def signable(command: Any, keyed: Callable[[str, str], str]) -> Any:
    """The command as it is digested: what could be guessed from a digest is keyed first.

    `keyed` gives the digest of a text under a key that lies outside the database.
    """
    written = write(command)
    for name, key in kept_apart(type(command)).items():
        if written[name] not in (None, ""):
            written[name] = keyed(key, f"{name}/{written[name]}")
    return written
