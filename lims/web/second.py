"""Who was the second person last time, so that only the password is asked again."""

from flask import request
from flask import session as cookie

SECOND = "second"


def note_second() -> None:
    """Keep the name of who signed beside somebody in this browser."""
    if name := request.form.get("_witness_login", "").strip():
        cookie[SECOND] = name


def second_before(login: str) -> str:
    """The name that was just written, or that of the last time; never one's own."""
    name = request.form.get("_witness_login", "") or cookie.get(SECOND, "")
    return name if name != login else ""
