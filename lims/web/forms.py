"""Forms made from the commands of actions: one set of rules for the page and for the API."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import fields

from lims.core import shapes
from lims.core.days import instants_of
from lims.core.entries import About, DecimalText, QuantityText
from lims.core.reasons import Reason
from lims.core.texts import named, say, unit_of
from lims.core.uploads import UploadField
from lims.trust.actions import CHOOSE, Action
from lims.trust.identity.hospital import LINKS

LOCAL_TIME = "%Y-%m-%dT%H:%M"
HAPPENED = "happened_at"


@dataclass(frozen=True)
class Box:
    """One entry field as the template draws it."""

    name: str
    label: str
    widget: str
    hint: str = ""
    unit: str = ""
    rows: int = 1
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    value: str = ""
    error: str = ""
    hidden: bool = False
    pattern: str = ""  # of a scanned number: a code that fits elsewhere goes there
    parts: tuple[tuple[str, str], ...] = ()  # of nested rows: their names and values
    how: str = ""  # how its code was read, as the page told it
    why: str | None = None  # why it was typed; None where nobody asked
    offsets: tuple[tuple[str, str], ...] = ()  # of a local time that is there twice
    offset: str = ""


@dataclass(frozen=True)
class Form:
    """An action's form on a page: fixed entries hidden, the rest to fill in."""

    action: Action[Any, Any]
    boxes: tuple[Box, ...]
    key: str
    title: str = ""
    explain: str = ""
    then: str = ""
    reasons: tuple[Reason, ...] = ()
    sign_login: str = ""
    second: str = ""  # who was the second person last time
    vouched: frozenset[str] = frozenset()  # for whom the hospital has, and it did not serve yet
    happened: Box | None = None  # when it happened, of what may be entered later
    because: str = ""
    danger: bool = False
    opened: bool = False
    aside: bool = False  # never the step that leads

    @property
    def takes_file(self) -> bool:
        """Whether a file is sent with it."""
        return any(box.widget == "file" for box in self.boxes)

    @property
    def by_hospital(self) -> bool:
        """Whether the hospital may vouch for who signs it: not where a password proves itself."""
        return self.action.path not in {LINKS, CHOOSE}

    @property
    def signs(self) -> str | None:
        """The meaning of the actor's own signature."""
        return self.action.signed_as

    @property
    def witnesses(self) -> str | None:
        """The meaning of the second person's signature."""
        return self.action.witnessed_as


def due_first(*steps: tuple[object, Form | None]) -> list[Form | None]:
    """A page's forms, each with whether it is due now: what is due comes first and leads."""
    return [form for _, form in sorted(steps, key=lambda step: not step[0])]


@dataclass(frozen=True)
class Filled:
    """What was entered before, and what was wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    how: Mapping[str, str] = field(default_factory=dict)
    offsets: Mapping[str, str] = field(default_factory=dict)
    happened: str = ""
    because: str = ""
    whys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What the page knows: entries that it hides, and entries that it only suggests."""

    fixed: Mapping[str, Any] = field(default_factory=dict)
    suggested: Mapping[str, Any] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """What is known of an entry."""
        return self.fixed.get(name, self.suggested.get(name))


def filled_from(form: Mapping[str, str], errors: Mapping[str, str] | None = None) -> Filled:
    """What a form held, and how its codes were read, to be shown once more."""
    values = {name: value for name, value in form.items() if not name.startswith("_")}
    how = {n.removeprefix("_how."): v for n, v in form.items() if n.startswith("_how.")}
    offsets = {n.removeprefix("_offset."): v for n, v in form.items() if n.startswith("_offset.")}
    happened, because = form.get(f"_{HAPPENED}", ""), form.get("_because", "")
    whys = {n.removeprefix("_why."): v for n, v in form.items() if n.startswith("_why.")}
    return Filled(values, errors or {}, how, offsets, happened, because, whys)


def boxes_of(
    shape: type,
    known: Known,
    filled: Filled,
    choices: Mapping[str, Sequence[tuple[str, str]]],
    zone: ZoneInfo,
) -> tuple[Box, ...]:
    """A box for every field of a command; those that the page knows already are hidden."""
    made = []
    for name, declared in shapes.schema(shape).fields.items():
        about = _about(declared)
        given = filled.values.get(name)
        value = given if given is not None else as_text(known.value(name), zone)
        twice = _twice(declared, value, zone)
        made.append(
            Box(
                name=name,
                label=about.label or say(f"field.{name}"),
                widget=_widget(declared, about, choices.get(name)),
                hint=about.hint,
                unit=unit_of(declared.quantity.unit) if isinstance(declared, QuantityText) else "",
                rows=about.rows,
                pattern=about.goes or _about(getattr(declared, "inner", declared)).pattern,
                required=declared.required,
                choices=tuple(choices.get(name, ())) or about.choices or _enum_choices(declared),
                value=value,
                error=filled.errors.get(name, ""),
                hidden=name in known.fixed and not filled.errors.get(name),
                offsets=tuple((o, f"UTC{o}") for o in twice),
                offset=filled.offsets.get(name) or _offset_of(known.value(name), zone),
                how=filled.how.get(name, ""),
                why=filled.whys.get(name),
                parts=tuple((k, v) for k, v in filled.values.items() if k.startswith(f"{name}.")),
            )
        )
    return tuple(made)


def _about(declared: fields.Field[Any]) -> About:
    return declared.metadata.get("about") or About()


def happened_box(filled: Filled, zone: ZoneInfo) -> Box:
    """The entry for when it happened."""
    twice = _twice(fields.DateTime(), filled.happened, zone)
    return Box(
        name=f"_{HAPPENED}",
        label=say("field.happened_at"),
        widget="moment",
        required=False,
        value=filled.happened,
        error=filled.errors.get(HAPPENED, ""),
        offsets=tuple((o, f"UTC{o}") for o in twice),
        offset=filled.offsets.get(f"_{HAPPENED}", ""),
    )


def as_text(value: Any, zone: ZoneInfo) -> str:
    """A value as a form entry shows it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"  # the choice's name, not its word
        case datetime():
            return value.astimezone(zone).strftime(LOCAL_TIME)
        case Enum():
            return str(value.value)
        case tuple() | list():
            return "\n".join(str(part) for part in value)
        case _ if dataclasses.is_dataclass(value):
            return f"{value.value:f}"  # type: ignore[union-attr]
        case _:
            return str(value)


def _twice(declared: fields.Field[Any], text: str, zone: ZoneInfo) -> tuple[str, ...]:
    """The two offsets of a local time that is there twice; none for any other."""
    if not isinstance(declared, fields.DateTime):
        return ()
    try:
        found = instants_of(datetime.fromisoformat(text), zone)
    except ValueError:
        return ()
    return tuple(written_offset(instant) for instant in found) if len(found) == 2 else ()


def _offset_of(value: Any, zone: ZoneInfo) -> str:
    return written_offset(value.astimezone(zone)) if isinstance(value, datetime) else ""


def written_offset(moment: datetime) -> str:
    """An instant's offset from UTC, as in +08:00."""
    return moment.isoformat()[-6:]


def _enum_choices(declared: fields.Field[Any]) -> tuple[tuple[str, str], ...]:
    if isinstance(declared, fields.Enum):
        return tuple((m.value, named(m)) for m in declared.enum)
    if isinstance(declared, fields.Boolean):
        return (("yes", say("answer.yes")), ("no", say("answer.no")))
    return ()


def _widget(declared: fields.Field[Any], about: About, choices: object) -> str:
    if isinstance(declared, UploadField):
        return "file"
    if choices or about.choices or isinstance(declared, (fields.Enum, fields.Boolean)):
        return "choice"
    if isinstance(declared, fields.List):
        scanned = about.scan or _about(declared.inner).scan
        lines = "lines" if scanned else "area"
        return "nested" if isinstance(declared.inner, fields.Nested) else lines
    if isinstance(declared, fields.DateTime):
        return "moment"
    if isinstance(declared, fields.Date):
        return "date"
    if isinstance(declared, (DecimalText, fields.Integer)):
        return "number"
    if about.secret:
        return "secret"
    return "scan" if about.scan else ("area" if about.rows > 1 else "text")
