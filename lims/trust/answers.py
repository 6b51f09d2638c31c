"""What was answered to a key, so that a retry does nothing twice and is answered alike."""

import json
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from lims.core import shapes
from lims.core.db import Base
from lims.core.errors import Refused
from lims.core.prepared import Prepared, insert_row
from lims.core.reasons import Reason


class Answer(Base):
    """What an action answered to an idempotency key, so that a retry does nothing twice."""

    __tablename__ = "answer"
    stream = None
    insert_only = True

    key: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(primary_key=True)
    request: Mapped[str] = mapped_column(comment="digest of action and command")
    result: Mapped[str] = mapped_column(comment="JSON")
    at: Mapped[datetime]


_ANSWERS = cast("Table", Answer.__table__)
_KNOWN = Prepared(
    select(_ANSWERS.c.request, _ANSWERS.c.result).where(
        _ANSWERS.c.key == bindparam("key"), _ANSWERS.c.login == bindparam("login")
    )
)


def request_digest(path: str, data: bytes) -> str:
    """What was asked: a repeated idempotency key must come with the same request."""
    return sha256(path.encode() + b"\0" + data).hexdigest()


def answered(connection: Connection, key: str, login: str) -> Any:
    """What was asked under this person's key and what the answer was; None for a new one."""
    return _KNOWN.first(connection, key=key, login=login)


def answer_again(earlier: Any, digest: str, shape: type[Any]) -> Any:
    """The same answer; refused where the key came with another request."""
    if earlier.request != digest:
        raise Refused(Reason("key-used-before"))
    return shapes.read_back(shape, earlier.result)


def remember(
    connection: Connection, key: str, login: str, digest: str, result: object, now: datetime
) -> None:
    """Keep the answer, in the transaction of what was done."""
    values = {
        "key": key,
        "login": login,
        "request": digest,
        "result": json.dumps(shapes.write(result), ensure_ascii=False),
        "at": now,
    }
    insert_row(connection, _ANSWERS, values)
