"""A file that somebody sends with an action: its name and what is in it."""

from base64 import b64decode
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from marshmallow import ValidationError

from lims.core.entries import About, OwnWords, ReadableText
from lims.core.pictures import NoPictureError, as_it_came, as_seen, is_picture
from lims.core.texts import say

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_SENT: Final = MOST_BYTES * 4 // 3 + 64 * 1024  # as base64, with all that is beside it
LONGEST_NAME: Final = 120


@dataclass(frozen=True)
class Upload:
    """A file as it came."""

    name: str
    data: bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its content."""
        return sha256(self.data).hexdigest()


class UploadField(OwnWords):
    """A file: of a form as it came, in JSON its `name` and its content in `base64`."""

    def make_error(self, key: str, **_: Any) -> ValidationError:
        """Nothing was chosen, whatever came."""
        del key
        return ValidationError(say("choose-a-file"))

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Upload:
        sent = value if isinstance(value, Upload) else _from_json(value)
        if sent is None or not sent.data:
            raise ValidationError(say("choose-a-file"))
        if len(sent.data) > MOST_BYTES:
            raise ValidationError(say("file-too-large", most=MOST_BYTES // 1024**2))
        if sent.name != sent.name.strip(". ") or set(sent.name) & set('/\\:*?"<>|'):
            raise ValidationError(say("file-name-cannot-be"))
        if not 0 < len(sent.name) <= LONGEST_NAME:
            raise ValidationError(say("file-name-cannot-be"))
        return Upload(str(ReadableText().deserialize(sent.name)), self._data(sent.data))

    def _data(self, data: bytes) -> bytes:
        """A picture that can be drawn, as its field wants it; whatever else as it came.

        Here, before anybody waits for a turn to write.
        """
        about: About = self.metadata.get("about") or About()
        try:
            if is_picture(data):
                return as_seen(data) if about.seen else as_it_came(data)
        except NoPictureError as error:
            raise ValidationError(say("picture-cannot-be-drawn")) from error
        return data

    def _serialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Any] | None:
        """What is digested and signed: never the content itself."""
        return value and {"name": value.name, "sha256": value.digest, "size": len(value.data)}


def _from_json(value: Any) -> Upload | None:
    if not isinstance(value, dict) or set(value) != {"name", "base64"}:
        return None
    name, coded = value["name"], value["base64"]
    if not isinstance(name, str) or not isinstance(coded, str):
        return None
    try:
        return Upload(name, b64decode(coded, validate=True))
    except ValueError:
        return None
