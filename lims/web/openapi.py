"""The OpenAPI 3.1 description of the API, generated from the actions and the reads."""

import re
from collections.abc import Sequence
from typing import Any, get_args, get_type_hints

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Response, jsonify
from marshmallow import Schema, fields

from lims.core import shapes
from lims.core.entries import About, DecimalText
from lims.core.uploads import LONGEST_NAME, UploadField
from lims.trust.actions import Action
from lims.trust.identity.roles import Permission, Side
from lims.web.answers import Read
from lims.web.api import served_actions
from lims.web.pages import Page, Pages

_SIGN = {
    "signed_as": (("sign_login", "sign_password"), "your own"),
    "witnessed_as": (("witness_login", "witness_password"), "a second person's"),
}
_HOW_READ = (
    "By field: {via: keys, camera, hand or program; ms: from the first to the last sign; framed;"
    " at: when it began}. A code that was read from a label is judged by its label too."
)
_EARLIER = "When it happened, if that was not now; not before what it rests on."
_BECAUSE = "Why it is entered late; needed, as a second person is, for what happened long ago."
_LATE: dict[str, Any] = {
    "happened_at": fields.AwareDateTime(allow_none=True, metadata={"description": _EARLIER}),
    "late_because": fields.String(metadata={"description": _BECAUSE}),
}
_VOUCHED: dict[str, Any] = {name: fields.String() for name in _SIGN["witnessed_as"][0]}
_REASON = {
    "type": "object",
    "required": ["code", "sentence"],
    "properties": {"code": {"type": "string"}, "sentence": {"type": "string"}},
}
_REFUSAL = {
    "type": "object",
    "required": ["code", "sentence", "reasons", "fields"],
    "properties": {
        "code": {"type": "string"},
        "sentence": {"type": "string"},
        "reasons": {"type": "array", "items": _REASON},
        "fields": {"type": "object"},
    },
}
_NOES = {
    "400": "The body is not a JSON object.",
    "401": "Nobody is logged in.",
    "403": "The role may not do this.",
    "404": "There is no such thing, or none for this person.",
    "409": "The rules forbid it; every reason is listed.",
    "415": "The body is not JSON.",
    "422": "Some fields cannot be read; messages by field.",
}


def describe(reads: Sequence[Read], sides: frozenset[Side]) -> dict[str, Any]:
    """The whole document."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec("Funis", "0.1.0", "3.1.0", info={"description": __doc__}, plugins=[plugin])
    plugin.converter.add_attribute_function(_own_types)  # type: ignore[union-attr]
    spec.components.schema("Refusal", _REFUSAL)
    scheme = {"type": "http", "scheme": "bearer", "description": "A personal access token."}
    spec.components.security_scheme("token", scheme)
    for action in served_actions(sides):
        spec.path(f"/api/{action.path}", operations={"post": _action(action)})
    for read in reads:
        rule, names = _template(f"/api/{read.slice}{read.rule}")
        spec.path(rule, operations={"get": _read(read, names)})
    return {**spec.to_dict(), "security": [{"token": []}]}


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__)


def _own_types(_self: Any, field: Any, **_: Any) -> dict[str, Any]:
    about: About | None = field.metadata.get("about")
    made: dict[str, Any] = {}
    if isinstance(field, DecimalText):
        made = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
        if unit := getattr(getattr(field, "quantity", None), "unit", ""):
            made["description"] = f"in {unit}"
        if field.allow_none:
            made["type"] = ["string", "null"]
    if isinstance(field, UploadField):
        made = {
            "type": ["object", "null"] if field.allow_none else "object",
            "required": ["name", "base64"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
                "base64": {"type": "string", "contentEncoding": "base64", "minLength": 4},
            },
            "additionalProperties": False,
        }
    if about and about.pattern:
        made["pattern"] = about.pattern
    if about and about.label:
        made["title"] = about.label
    return made


def _noes() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    return {code: {"description": words, "content": content} for code, words in _NOES.items()}


def _ok(schema: Any) -> dict[str, Any]:
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def _action(action: Action[Any, Any]) -> dict[str, Any]:
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "The same key gives the first answer and does nothing twice.",
        "schema": {"type": "string", "maxLength": 100},
    }
    return {
        "operationId": action.path.replace("/", "."),
        "summary": action.sentence,
        "tags": [action.slice],
        "x-permission": action.may.value,
        "parameters": [key],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _request(action)}},
        },
        "responses": {"200": _ok(shapes.schema_class(action.result)), **_noes()},
    }


def _request(action: Action[Any, Any]) -> type[Schema]:
    """The command's entries, with those of the signatures that it asks for."""
    signs: dict[str, Any] = {
        name: fields.String(
            required=True, metadata={"description": f"{whose} signature: {meaning}"}
        )
        for attribute, (names, whose) in _SIGN.items()
        if (meaning := getattr(action, attribute))
        for name in names
    }
    command = shapes.schema_class(action.command)
    if action.late:
        signs |= _LATE if action.witnessed_as else _LATE | _VOUCHED
    if any(_is_scan(field) for field in shapes.schema(action.command).fields.values()):
        signs["how_read"] = fields.Dict(metadata={"description": _HOW_READ})
    if not signs:
        return command
    made: type[Schema] = type(f"{action.name}_asked", (command,), {**signs, "Meta": command.Meta})
    return made


def _is_scan(field: fields.Field[Any]) -> bool:
    about: About | None = field.metadata.get("about")
    return about is not None and about.scan


_FURTHER = "Where the next page begins, to be sent as `after`; empty after the last."
_ASKED = {
    "after": "What the page before said in `further`; without it the list's beginning.",
    "q": "Words that must all stand in a row: of a number, a name, a lot. Long lists only.",
    "standing": "Only what has this standing, of lists whose rows have one.",
    "sort": "A column of the page's list, with `-` before it for the other way round.",
}


def _read(read: Read, names: list[str]) -> dict[str, Any]:
    hint = get_type_hints(read.query)["return"]
    item: type[Schema] = shapes.schema_class(get_args(hint)[0] if read.is_list else hint)
    schema: Any = item
    if read.is_list:
        schema = {
            "type": "object",
            "required": ["items", "further"],
            "properties": {
                "items": {"type": "array", "items": item},
                "further": {"type": "string", "description": _FURTHER},
            },
        }
    return {
        "operationId": f"{read.slice}.{read.name}",
        "summary": (read.query.__doc__ or "").strip().split("\n", maxsplit=1)[0],
        "tags": [read.slice],
        "x-permission": read.may.value,
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in names
            ),
            *(
                {
                    "name": name,
                    "in": "query",
                    "required": False,
                    "description": said,
                    "schema": {"type": "string"},
                }
                for name, said in (_ASKED.items() if read.is_list else ())
            ),
        ],
        "responses": {"200": _ok(schema), **_noes()},
    }


def _template(rule: str) -> tuple[str, list[str]]:
    names = re.findall(r"<(?:\w+:)?(\w+)>", rule)
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule), names


def document_pages(reads: Sequence[Read], sides: frozenset[Side]) -> Blueprint:
    """The document as JSON and as a page to read; a door describes itself alone."""
    pages = Pages("reference")
    documents: dict[frozenset[Side], dict[str, Any]] = {}

    def document(mine: frozenset[Side]) -> dict[str, Any]:
        if mine not in documents:
            documents[mine] = describe([r for r in reads if r.may.side in mine], mine)
        return documents[mine]

    @pages.file("/openapi.json", may=Permission.OWN_ACCOUNT)
    def openapi(at: Any) -> Response:
        """Only what this person's side has: the other side's routes do not exist for them."""
        return jsonify(document(sides & at.actor.sides))

    @pages.page("/", may=Permission.OWN_ACCOUNT)
    def read(at: Any) -> Page:
        described = document(sides & at.actor.sides)
        return Page("The API", template="reference.html", more={"document": described})

    return pages
