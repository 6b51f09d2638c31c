"""The one way for whatever a person sends: data → command → action → outcome.

A page's form, a script's JSON and the bedside's scan are thin endpoints on it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from lims.core import shapes
from lims.core.errors import Invalid
from lims.core.telling import Telling, told
from lims.core.texts import joined, say
from lims.identifiers.numbers import is_number
from lims.identifiers.reading import HowRead, Via, how_read
from lims.trust.actions import Action, Request, perform
from lims.trust.identity.signatures import Credentials
from lims.trust.lateness import Earlier
from lims.trust.trail.scan_log import raw_reads
from lims.web.context import RequestContext
from lims.web.entered import Files, entered, happened_in
from lims.web.pages import PREVIEWS
from lims.web.tour import note_done

KEY = re.compile(r"[\x21-\x7e]{1,100}", re.ASCII)
SIGNATURES = ("sign_login", "sign_password", "witness_login", "witness_password")


@dataclass(frozen=True)
class Sent:
    """What came with a request: entries, codes as they were read, key, names and passwords.

    `earlier` says when it happened, where that was not now.
    """

    entries: dict[str, Any]
    reads: Mapping[str, tuple[str, HowRead]]
    key: str
    signatures: Mapping[str, str]
    earlier: Earlier | None = None
    looks: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of it, and what a page tells: a sentence, a secret shown once, what was made."""

    result: Any
    says: str
    once: str
    already: bool
    made: str
    heed: bool


def submit(at: RequestContext, action: Action[Any, Any], sent: Sent) -> Outcome:
    """Do it, or raise what speaks against it; Looked, where somebody wants to see it first."""
    if sent.key and not KEY.fullmatch(sent.key):
        raise Invalid({"Idempotency-Key": [say("1-to-100-plain-characters")]})
    command = shapes.read(action.command, sent.entries)
    own, own_secret, other, others_secret = (sent.signatures.get(n, "") for n in SIGNATURES)
    signed = Credentials(own, own_secret, sent.key)
    witnessed = Credentials(other, others_secret, sent.key, second=True)
    reads = {name: (raw, how.at(at.actor.scanner)) for name, (raw, how) in sent.reads.items()}
    asked = Request(at.actor, signed, witnessed, sent.key or None, reads, sent.earlier, sent.looks)
    result = perform(at.site, action, command, asked)
    made = told(result, Telling.MADE) or ""
    says = told(result, Telling.SENTENCE)
    if at.site.settings.demonstration:
        note_done(at.actor.login, action.path)
    return Outcome(
        result,
        says or _done(action.title, made),
        told(result, Telling.ONCE) or "",
        bool(told(result, Telling.ALREADY)),
        made,
        getattr(says, "heed", False),
    )


def _done(title: str, made: str) -> str:
    """That it was done, with the number of what was made or acted on."""
    return (
        say("title-done-with", title=title, number=made)
        if is_number(made)
        else say("title-done", title=title)
    )


def from_form(
    action: Action[Any, Any], form: MultiDict[str, str], zone: ZoneInfo, files: Files | None = None
) -> Sent:
    """A form's entries; what a page without its script sends counts as typed.

    Entries that the page itself filled in were not read from anything.
    """
    entries = entered(action.command, form, zone, files)
    fixed = form.get("_fixed", "").split()
    how = {
        name: how_read(_said_of(form.get(f"_how.{name}", ""), form.get(f"_why.{name}", "")))
        for name in shapes.schema(action.command).fields
        if form.get(name) and name not in fixed
    }
    reads = raw_reads(action.command, form, how)
    signatures = {name: form.get(f"_{name}", "") for name in SIGNATURES}
    earlier = _earlier(happened_in(form, zone), form.get("_because", "").strip())
    looks = action.path in PREVIEWS and bool(form.get("_look"))
    return Sent(entries, reads, form.get("_key", ""), signatures, earlier, looks)


def _said_of(text: str, why: str) -> Any:
    """What the page told of a reading; where it had no script, that a hand did it, and why."""
    try:
        told = json.loads(text[:1000])
    except (ValueError, RecursionError):  # no JSON, or nested without end
        told = {"via": Via.HAND}
    return {**told, "why": why} if isinstance(told, dict) else None


def from_json(action: Action[Any, Any], body: Mapping[str, Any], key: str) -> Sent:
    """A script's entries, with those of signatures and `how_read` beside them."""
    entries = dict(body)
    signatures = {name: entries.pop(name, "") or "" for name in SIGNATURES}
    if not all(isinstance(value, str) and len(value) < 500 for value in signatures.values()):
        raise Invalid({"sign_login": [say("names-and-passwords-are-texts")]})
    said = entries.pop("how_read", None) or {}
    if not isinstance(said, dict):
        raise Invalid({"how_read": [say("an-object-with-an-entry")]})
    how = {name: how_read(one) for name, one in said.items()}
    earlier = _earlier(entries.pop("happened_at", None), entries.pop("late_because", ""))
    return Sent(entries, raw_reads(action.command, entries, how), key, signatures, earlier)


def _earlier(moment: Any, because: Any) -> Earlier | None:
    """When it happened and why it is entered late, read as every other entry is."""
    if moment is None and not because:
        return None
    try:
        return shapes.read(Earlier, {"happened_at": moment, "because": because})
    except Invalid as error:
        told = dict(error.fields)
        if "because" in told:
            told["late_because"] = told.pop("because")
        raise Invalid(told) from error


def messages_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with entries, one line by field; of nested entries by `field.0.name` too."""
    told: dict[str, str] = {}
    for name, value in fields.items():
        told[str(name)] = _flat(value)
        if isinstance(value, dict):
            told |= {f"{name}.{inner}": text for inner, text in messages_of(value).items()}
    return told


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return joined("between.sentences", map(_flat, value.values()))
    if isinstance(value, Sequence):
        return joined("between.sentences", map(_flat, value))
    return str(value)
