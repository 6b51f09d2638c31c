"""Who comes in with a cookie or token, asked by every request; and that they were seen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import Connection, Engine, Table, bindparam, func, select, text
from sqlalchemy.orm import Session

from lims.core.db import UtcDateTime, insert_or_update
from lims.core.prepared import Prepared
from lims.identifiers.reading import ScannerSetUp
from lims.trust.identity.devices import Station
from lims.trust.identity.people import (
    Actor,
    LoginSession,
    Person,
    Presence,
    RoleGrant,
    token_digest,
)

FRESH: Final = timedelta(minutes=10)  # for which a factor counts as just shown
_SESSIONS, _PEOPLE, _GRANTS, _SEEN, _STATIONS = (
    cast("Table", table.__table__) for table in (LoginSession, Person, RoleGrant, Presence, Station)
)
_NOW = bindparam("now", type_=UtcDateTime())
_ACTIVE = bindparam("active", type_=UtcDateTime())
_OTHERS, _OTHERS_SEEN = _SESSIONS.alias(), _SEEN.alias()
_ELSEWHERE = (  # other browsers in which this person is at work
    select(func.count())
    .select_from(_OTHERS.outerjoin(_OTHERS_SEEN, _OTHERS_SEEN.c.digest == _OTHERS.c.digest))
    .where(
        _OTHERS.c.login == _SESSIONS.c.login,
        _OTHERS.c.digest != _SESSIONS.c.digest,
        _OTHERS.c.ends_at > _NOW,
        _OTHERS.c.closed_at.is_(None),
        _OTHERS.c.locked_at.is_(None),
        _OTHERS.c.name == "",
        func.coalesce(_OTHERS_SEEN.c.last_seen_at, _OTHERS.c.opened_at) > _ACTIVE,
    )
    .correlate(_SESSIONS)
    .scalar_subquery()
)
_BEHIND = Prepared(  # one row for each role, in one statement: every request asks this
    select(
        _SESSIONS,
        _SEEN.c.last_seen_at,
        _PEOPLE.c.name.label("person"),
        _PEOPLE.c.active,
        _PEOPLE.c.password_set_by,
        _PEOPLE.c.language,
        _GRANTS.c.role,
        _ELSEWHERE.label("elsewhere"),
        _STATIONS.c.scanner,
    )
    .join(_PEOPLE, _PEOPLE.c.login == _SESSIONS.c.login)
    .outerjoin(_SEEN, _SEEN.c.digest == _SESSIONS.c.digest)
    .outerjoin(
        _STATIONS,
        (_STATIONS.c.device == _SESSIONS.c.device) & _STATIONS.c.ended_at.is_(None),
    )
    .outerjoin(
        _GRANTS,
        (_GRANTS.c.login == _SESSIONS.c.login)
        & (_GRANTS.c.since <= _NOW)
        & (_GRANTS.c.until.is_(None) | (_GRANTS.c.until > _NOW)),
    )
    .where(_SESSIONS.c.digest == bindparam("digest"))
)


@dataclass(frozen=True)
class Entrant:
    """Who comes in, and whether the idle clock should be moved."""

    actor: Actor
    presence_is_old: bool


@dataclass(frozen=True)
class Shown:
    """What comes with a request: a browser's cookie with its device, or a script's token."""

    token: str
    device: str = ""
    script: bool = False


def entrant(engine: Engine, shown: Shown, now: datetime, idle: timedelta) -> Entrant | None:
    """Who is behind a cookie or token; nobody if the session is closed, over or was idle.

    A browser's cookie opens nothing in another browser, and none is taken for a script's token.
    """
    rows = _BEHIND.rows_alone(engine, digest=token_digest(shown.token), now=now, active=now - idle)
    if not rows:
        return None
    found = rows[0]
    if bool(found.name) != shown.script:
        return None
    if not _is_of(found.device, shown):
        return None
    is_idle = not found.name and now - (found.last_seen_at or found.opened_at) > idle
    if found.closed_at or found.locked_at or found.ends_at <= now or is_idle or not found.active:
        return None
    roles = frozenset(row.role for row in rows if row.role is not None)
    seen = found.last_seen_at
    old = seen is None or now - seen >= timedelta(minutes=1)
    must_choose = found.password_set_by is not None
    actor = Actor(
        found.login,
        found.person,
        roles,
        found.station,
        must_choose,
        found.language,
        found.proved or shown.script,
        found.door,
        found.writes,
        found.elsewhere,
        found.scanner or ScannerSetUp.ANY,
        fresh=found.proved_at is not None and now - found.proved_at <= FRESH,
    )
    return Entrant(actor, old)


def left_open(session: Session, shown: Shown, now: datetime) -> LoginSession | None:
    """The session of this browser, though it may be locked or idle; none of a script's."""
    row = session.get(LoginSession, token_digest(shown.token))
    if row is None or row.name or row.closed_at or row.ends_at <= now:
        return None
    return row if _is_of(row.device, shown) else None


def _is_of(device: str, shown: Shown) -> bool:
    """Whether a session was opened in this browser; those of before browsers were told apart are."""
    return not device or device == token_digest(shown.device)


def note_presence(connection: Connection, token: str, now: datetime) -> None:
    """Move the idle clock; no page waits until a standby has it too."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL synchronous_commit = off"))
    moved = (
        insert_or_update(_SEEN, connection.dialect.name)
        .values(digest=token_digest(token), last_seen_at=now)
        .on_conflict_do_update(index_elements=["digest"], set_={"last_seen_at": now})
    )
    connection.execute(moved)
