"""People, their roles over time, and how they prove who they are."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import ForeignKey, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import Base
from lims.trust.permissions import Permission, Role, Side, permissions_of

SHORTEST_PASSWORD = 10


class Person(Base):
    """Somebody who can log in. A login is never given to another person; people stay for ever."""

    __tablename__ = "person"
    stream = ("person", "login")

    login: Mapped[str] = mapped_column(primary_key=True, comment="what the person types")
    name: Mapped[str] = mapped_column(comment="printed under each signature")
    password_hash: Mapped[str] = mapped_column(comment="Argon2id")
    active: Mapped[bool] = mapped_column(default=True)


class RoleGrant(Base):
    """That somebody has, or had, a role."""

    __tablename__ = "role_grant"
    stream = ("person", "login")

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("person.login"), index=True)
    role: Mapped[Role]
    since: Mapped[datetime]
    until: Mapped[datetime | None] = mapped_column(comment="empty while it holds")


class LoginSession(Base):
    """An open log-in. Only the digest of the cookie or token is kept."""

    __tablename__ = "login_session"
    stream = ("person", "login")

    digest: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("person.login"), index=True)
    name: Mapped[str] = mapped_column(comment="of a token; empty for a browser")
    station: Mapped[str]
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Presence(Base):
    """When an open session was last used: not a record, written without a trail entry."""

    __tablename__ = "presence"
    stream = None

    digest: Mapped[str] = mapped_column(ForeignKey("login_session.digest"), primary_key=True)
    last_seen_at: Mapped[datetime]


class FailedLogin(Base):
    """A wrong name or password, at log-in or at a signature."""

    __tablename__ = "failed_login"
    stream = ("person", "login")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(index=True, comment="as typed; may name nobody")
    at: Mapped[datetime]
    station: Mapped[str]


@dataclass(frozen=True)
class Actor:
    """Who acts: a person with the roles of this moment, or the program itself."""

    login: str
    name: str
    roles: frozenset[Role]
    station: str = ""

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the roles allow."""
        if self.login == PROGRAM_LOGIN:
            return frozenset({Permission.PROGRAM, Permission.MANAGE_ACCOUNTS})
        return permissions_of(self.roles)

    def may(self, permission: Permission) -> bool:
        """Whether the roles allow it."""
        return permission in self.permissions

    @property
    def sides(self) -> frozenset[Side]:
        """The doors that this person's permissions open."""
        return frozenset(permission.side for permission in self.permissions)


PROGRAM_LOGIN = "funis"
PROGRAM = Actor(PROGRAM_LOGIN, "Funis itself", frozenset())


@cache
def hasher(*, light: bool) -> PasswordHasher:
    """Argon2id: strong by default, light for the demonstration and the tests."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if light else PasswordHasher()


def token_digest(token: str) -> str:
    """What is kept of a cookie or token."""
    return sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A secret for a cookie or a script: 256 random bits."""
    return secrets.token_urlsafe(32)


def actor_named(session: Session, login: str, now: datetime, station: str = "") -> Actor | None:
    """The person with the roles that hold now; None for nobody and for the inactive."""
    person = session.get(Person, login)
    if person is None or not person.active:
        return None
    grants = select(RoleGrant.role).where(
        RoleGrant.login == login,
        RoleGrant.since <= now,
        (RoleGrant.until.is_(None)) | (RoleGrant.until > now),
    )
    return Actor(login, person.name, frozenset(session.scalars(grants)), station)


def password_fits(session: Session, login: str, password: str, *, light: bool) -> bool:
    """Whether the password is this active person's; takes equally long for nobody."""
    person = session.get(Person, login)
    known = person.password_hash if person and person.active else _nobodys_hash(light=light)
    try:
        hasher(light=light).verify(known, password)
    except (VerifyMismatchError, InvalidHashError, UnicodeError):
        return False
    return person is not None and person.active


@cache
def _nobodys_hash(*, light: bool) -> str:
    return hasher(light=light).hash(new_token())


def recent_failures(session: Session, login: str, since: datetime) -> int:
    """How often this name failed since then."""
    found = select(func.count()).where(FailedLogin.login == login, FailedLogin.at > since)
    return session.scalar(found) or 0


def actor_of_token(session: Session, token: str, now: datetime, idle: timedelta) -> Actor | None:
    """The actor behind a cookie or token, unless the session is closed, over or was idle."""
    digest = token_digest(token)
    found = session.execute(
        select(LoginSession, Presence.last_seen_at)
        .outerjoin(Presence, Presence.digest == LoginSession.digest)
        .where(LoginSession.digest == digest)
    ).one_or_none()
    if found is None:
        return None
    opened, last_seen = found
    is_idle = not opened.name and now - (last_seen or opened.opened_at) > idle
    if opened.closed_at or opened.ends_at <= now or is_idle:
        return None
    return actor_named(session, opened.login, now, opened.station)


def presence_is_old(session: Session, token: str, now: datetime) -> bool:
    """Whether a minute has passed since the idle clock was moved."""
    last = session.get(Presence, token_digest(token))
    return last is None or now - last.last_seen_at >= timedelta(minutes=1)


def note_presence(session: Session, token: str, now: datetime) -> None:
    """Move the idle clock."""
    digest = token_digest(token)
    known = session.get(Presence, digest) is not None
    statement = (
        update(Presence).where(Presence.digest == digest).values(last_seen_at=now)
        if known
        else insert(Presence).values(digest=digest, last_seen_at=now)
    )
    session.execute(statement, execution_options={"unrecorded": True})
