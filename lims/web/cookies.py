"""What a browser keeps for us: names that neither another host nor a plain connection can set."""

from typing import Final

from flask import current_app, request

from lims.trust.identity.people import token_digest

SESSION: Final = "funis"
DEVICE: Final = "funis_device"  # which browser this is: a session opens in no other one
LANGUAGE: Final = "funis_language"  # for whoever has not logged in yet, at this browser
FORM: Final = "funis_form"
AWAY: Final = "funis_away"  # while the hospital asks who it is


def called(name: str, *, secure: bool) -> str:
    """A cookie's name; over TLS a browser takes it from this very host alone (RFC 6265bis)."""
    return f"__Host-{name}" if secure else name


def kept(name: str) -> str:
    """What the browser of this request kept under a name; nothing without it."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    return request.cookies.get(called(name, secure=secure), "")


def device_here() -> str:
    """The digest of what tells this browser from all others; nothing for one that keeps nothing."""
    return token_digest(kept(DEVICE)) if kept(DEVICE) else ""
