"""What a read answers: one fact, or one page of a list; as JSON and as a page alike."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.core.errors import Invalid
from lims.core.listing import Asked
from lims.core.texts import say
from lims.trust.identity.people import Actor, Person
from lims.trust.identity.roles import Permission

if TYPE_CHECKING:
    from lims.web.context import RequestContext

MOST_WORDS = 10
MOST_PEOPLE = 20  # that one word stands for


@dataclass(frozen=True)
class Read:
    """A read of the API: where, what answers, who may."""

    rule: str
    query: Callable[..., Any]
    may: Permission
    slice: str
    name: str
    is_list: bool
    sensitive: bool


def answer_of(
    query: Callable[..., Any],
    at: "RequestContext",
    path: Mapping[str, str],
    asked: Asked | None = None,
) -> Any:
    """What a read answers; of a long list, the page that the request asks for.

    A query that takes an actor answers what concerns this person; one that takes a zone, by the
    site's days.
    """
    place = {"asked": asked or asked_for(at.session)} if is_paged(query) else {}
    return found_by(query, at.session, at.actor, at.zone, **place, **path)


def found_by(
    query: Callable[..., Any], session: Session, actor: Actor, zone: ZoneInfo, **asked: Any
) -> Any:
    """What a query answers to this person."""
    known = {"actor": actor, "zone": zone}
    own = {name: value for name, value in known.items() if name in _takes(query)}
    return query(session, **own, **asked)


def asked_for(session: Session) -> Asked:
    """What the request asks of a list: `after`, `q`, `standing` and `sort`.

    A word finds a person's entries by login and by name.
    """
    args = request.args
    words = " ".join(args.getlist("q")).replace("\0", " ").split()
    if len(words) > MOST_WORDS:
        raise Invalid({"q": [say("at-most-so-many-words", count=MOST_WORDS)]})
    return Asked(
        args.get("after", ""),
        tuple((word, *_called(session, word)) for word in words),
        args.get("standing", ""),
        args.get("sort", ""),
    )


def _called(session: Session, word: str) -> list[str]:
    """The logins of people in whose names this stands."""
    named = func.lower(Person.name).contains(word.lower(), autoescape=True)
    return sorted(session.scalars(select(Person.login).where(named).limit(MOST_PEOPLE)))


@cache
def _takes(query: Callable[..., Any]) -> frozenset[str]:
    return frozenset(inspect.signature(query).parameters)


def is_paged(query: Callable[..., Any]) -> bool:
    """Whether a query answers a page at a time."""
    return "asked" in _takes(query)
