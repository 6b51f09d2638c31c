"""In which language pages speak: the one that their reader chose, or else the browser's."""

from typing import Any, Final

from flask import g, request

from lims.core.texts import ENGLISH, LANGUAGES, Text, retold

COOKIE: Final = "funis_language"  # for whoever has not logged in yet, at this browser


def language() -> str:
    """The reader's language."""
    if "language" not in g:
        g.language = _language()
    return str(g.language)


def _language() -> str:
    chosen = g.at.actor.language if "at" in g else ""
    chosen = chosen or request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(list(LANGUAGES)) or ENGLISH


def tell(said: Any) -> Any:
    """A text in the reader's language; anything else as it is."""
    return retold(said, language()) if isinstance(said, Text) else said
