"""What a read answers: one fact, or one page of a list; as JSON and as a page alike."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class Read:
    """A read of the API: where, what answers, who may."""

    rule: str
    query: Callable[..., Any]
    may: Permission
    slice: str
    is_list: bool


def answer_of(query: Callable[..., Any], session: Session, path: Mapping[str, str]) -> Any:
    """What a read answers; a long list begins after the place that the request names."""
    if is_paged(query):
        return query(session, after=request.args.get("after", ""), **path)
    return query(session, **path)


@cache
def is_paged(query: Callable[..., Any]) -> bool:
    """Whether a query answers a page at a time."""
    return "after" in inspect.signature(query).parameters
