"""What a read answers: one fact, or one page of a list; as JSON and as a page alike."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from lims.trust.identity.people import Actor
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class Read:
    """A read of the API: where, what answers, who may."""

    rule: str
    query: Callable[..., Any]
    may: Permission
    slice: str
    is_list: bool


def answer_of(
    query: Callable[..., Any], session: Session, actor: Actor, path: Mapping[str, str]
) -> Any:
    """What a read answers; a long list begins after the place that the request names.

    A query that takes an actor answers what concerns this person.
    """
    asked = _asked(query)
    own = {"actor": actor} if "actor" in asked else {}
    place = {"after": request.args.get("after", "")} if is_paged(query) else {}
    return query(session, **own, **place, **path)


@cache
def _asked(query: Callable[..., Any]) -> frozenset[str]:
    return frozenset(inspect.signature(query).parameters)


def is_paged(query: Callable[..., Any]) -> bool:
    """Whether a query answers a page at a time."""
    return "after" in _asked(query)
