"""What somebody sent with a form, as the data of a request."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import fields
from werkzeug.datastructures import FileStorage, MultiDict

from lims.core import shapes
from lims.core.days import instants_of
from lims.core.entries import About
from lims.core.errors import Invalid
from lims.core.texts import joined, say
from lims.core.uploads import Upload, UploadField
from lims.web.forms import HAPPENED, written_offset

BLANKS = " \t\r\n\xa0\u3000"  # not the group separator, which ends a supplier's field
CSRF_FIELD = "csrf_token"


def happened_in(form: Mapping[str, str], zone: ZoneInfo) -> str | None:
    """When it happened, of what is entered later, with its offset; None for what is entered now."""
    text = form.get(f"_{HAPPENED}", "").strip(BLANKS)
    chosen = form.get(f"_offset._{HAPPENED}", "")
    return _with_offset(HAPPENED, text, chosen, zone) if text else None


Files = MultiDict[str, FileStorage]


def entered(
    shape: type, form: MultiDict[str, str], zone: ZoneInfo, files: Files | None = None
) -> dict[str, Any]:
    """A form's entries as the data of a request; what cannot be read stays for the schema.

    Raises Invalid for a local time that does not exist, or that exists twice.
    """
    data: dict[str, Any] = {}
    for name, declared in shapes.schema(shape).fields.items():
        if isinstance(declared, UploadField):
            data[name] = _file(name, files or MultiDict())
            continue
        value = _entry(name, declared, form, zone)
        if value is not None or declared.required:
            data[name] = value
    known = set(shapes.schema(shape).fields)
    for name in form:  # the schema refuses what it does not know
        if name.split(".")[0] not in known and not name.startswith("_") and name != CSRF_FIELD:
            data[name] = form[name]
    return data


def _entry(
    name: str, declared: fields.Field[Any], form: MultiDict[str, str], zone: ZoneInfo
) -> Any:
    if isinstance(declared, fields.List):
        if isinstance(declared.inner, fields.Nested):
            return _rows(name, form)
        return [line.strip() for line in form.get(name, "").splitlines() if line.strip()]
    about: About = declared.metadata.get("about") or About()
    text = form.get(name, "")
    text = text if about.secret else text.strip(BLANKS)  # a password is as it was typed
    if not text:
        return "" if declared.required else None
    if isinstance(declared, fields.Boolean):
        return {"yes": True, "no": False}.get(text, text)
    if isinstance(declared, fields.Integer):
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else text
    if isinstance(declared, fields.DateTime):
        return _with_offset(name, text, form.get(f"_offset.{name}", ""), zone)
    return text


def _file(name: str, files: Files) -> Upload | None:
    """What was chosen: from the folder, or with the camera."""
    chosen = next((one for one in files.getlist(name) if one.filename), None)
    if chosen is None:
        return None
    return Upload(str(chosen.filename).replace("\\", "/").rpartition("/")[2], chosen.read())


def _rows(name: str, form: MultiDict[str, str]) -> list[dict[str, str]]:
    rows: dict[int, dict[str, str]] = {}
    for key, value in form.items():
        stem, _, rest = key.partition(".")
        place, _, member = rest.partition(".")
        if stem == name and place.isdigit() and len(place) < 4 and value.strip():
            rows.setdefault(int(place), {})[member] = value.strip()
    return [rows[place] for place in sorted(rows)]


def _with_offset(name: str, text: str, chosen: str, zone: ZoneInfo) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo:
        return moment.isoformat()
    found = {written_offset(instant): instant for instant in instants_of(moment, zone)}
    if not found:
        words = say("this-time-does-not-exist")
        raise Invalid({name: [words]})
    chosen = next(iter(found)) if len(found) == 1 else chosen
    if chosen not in found:
        words = say("this-time-was-there-twice", found=joined("either-or", found))
        raise Invalid({name: [words]})
    return found[chosen].isoformat()
