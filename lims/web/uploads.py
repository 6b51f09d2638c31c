"""How large a request may be that brings a file: all others are refused before they are read."""

from flask import request

from lims.core import shapes
from lims.core.uploads import MOST_SENT, UploadField
from lims.trust.actions import ACTIONS


def allow_file() -> None:
    """Let a request be as large as a file, where its action takes one."""
    path = (request.view_args or {}).get("path") or request.path.removeprefix("/api/")
    wanted = ACTIONS.get(path) if request.method == "POST" else None
    entries = shapes.schema(wanted.command).fields.values() if wanted else ()
    if any(isinstance(entry, UploadField) for entry in entries):
        request.max_content_length = MOST_SENT
