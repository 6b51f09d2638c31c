"""In which language pages speak: the one that their reader chose, or else the browser's."""

from typing import Any

from flask import g, request
from sqlalchemy import select

from lims.core.db import Who
from lims.core.texts import ENGLISH, LANGUAGES, Text, retold, say
from lims.trust.identity.people import Person
from lims.web.cookies import LANGUAGE, kept


def language() -> str:
    """The reader's language."""
    if "language" not in g:
        g.language = _language()
    return str(g.language)


def _language() -> str:
    chosen = g.at.actor.language if "at" in g else ""
    chosen = chosen or kept(LANGUAGE)
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(list(LANGUAGES)) or ENGLISH


def name_of(login: Who) -> str:
    """A person's printed name; everybody's are read once for a page."""
    if "names" not in g:
        people = g.at.session.execute(select(Person.login, Person.name))
        g.names = {login: name for login, name in people}  # noqa: C416 -- rows
    return str(g.names.get(login, login))


def tell(said: Any) -> Any:
    """A text in the reader's language, with people's names; anything else as it is."""
    if not isinstance(said, Text):
        return said
    people = {n: name_of(v) for n, v in said.values.items() if isinstance(v, Who)}
    return retold(say(said.name, **said.values | people) if people else said, language())
