"""People, their roles over time, and how they prove who they are."""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import Base, Login
from lims.core.errors import Refused
from lims.identifiers.reading import ScannerSetUp
from lims.identifiers.scans import read_scan
from lims.trust.identity.roles import SIDES, Permission, Role, Side, permissions_of


class Person(Base):
    """Somebody who can log in. A login is never given to another person; people stay for ever."""

    __tablename__ = "person"
    stream = ("person", "login")
    secrets = frozenset({"password_hash", "pin_hash"})

    login: Mapped[str] = mapped_column(primary_key=True, comment="what the person types")
    name: Mapped[str] = mapped_column(comment="printed under each signature")
    folded: Mapped[str] = mapped_column(unique=True, index=True, comment="the name in one spelling")
    staff_number: Mapped[str] = mapped_column(
        unique=True, index=True, comment="the employer's, folded"
    )
    password_hash: Mapped[str] = mapped_column(comment="Argon2id")
    password_set_by: Mapped[Login | None] = mapped_column(comment="somebody else; empty: one's own")
    password_set_at: Mapped[datetime]
    password_used_at: Mapped[datetime | None] = mapped_column(comment="the one log-in it is for")
    active: Mapped[bool] = mapped_column(default=True)
    badge: Mapped[str | None] = mapped_column(
        unique=True, index=True, comment="says who; proves nothing"
    )
    language: Mapped[str] = mapped_column(default="", comment="of pages; empty: the browser's")
    pin_hash: Mapped[str | None] = mapped_column(comment="Argon2id; with the badge opens a lock")


_HELD = text("until IS NULL")


class RoleGrant(Base):
    """That somebody has, or had, a role."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index(
            "uq_role_grant_held",
            "login",
            "role",
            unique=True,
            sqlite_where=_HELD,
            postgresql_where=_HELD,
        ),
    )
    stream = ("person", "login")

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("person.login"), index=True)
    role: Mapped[Role]
    since: Mapped[datetime]
    until: Mapped[datetime | None] = mapped_column(comment="empty while it holds")


class LoginSession(Base):
    """An open log-in. Only the digest of the cookie or token is kept."""

    __tablename__ = "login_session"
    __table_args__ = (Index("ix_login_session_login_ends_at", "login", "ends_at"),)
    stream = ("person", "login")

    digest: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("person.login"))
    name: Mapped[str] = mapped_column(comment="of a token; empty for a browser")
    station: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    locked_at: Mapped[datetime | None] = mapped_column(comment="its person left and comes back")
    proved: Mapped[bool] = mapped_column(default=False, comment="by a second factor")
    proved_at: Mapped[datetime | None] = mapped_column(
        comment="at this log-in; empty where it was carried over from the one before"
    )
    door: Mapped[str] = mapped_column(default="", comment="the only one a token opens")
    writes: Mapped[bool] = mapped_column(
        default=True, comment="whether a token may change anything"
    )
    device: Mapped[str] = mapped_column(
        default="", comment="digest of what the browser keeps; in no other one it opens anything"
    )


class Presence(Base):
    """When an open session was last used: not a record, written without a trail entry."""

    __tablename__ = "presence"
    stream = None

    digest: Mapped[str] = mapped_column(ForeignKey("login_session.digest"), primary_key=True)
    last_seen_at: Mapped[datetime]


@dataclass(frozen=True)
class Actor:
    """Who acts: a person with the roles of this moment, or the program itself."""

    login: str
    name: str
    roles: frozenset[Role]
    station: str = ""
    must_choose: bool = False  # a password of their own, before anything else
    language: str = ""  # of pages; empty: the browser's
    proved: bool = True  # by a second factor; or a script, which somebody proved made
    door: str = ""  # the only one that a token opens; empty: all that the roles open
    writes: bool = True  # what is only read by a token changes nothing
    elsewhere: int = 0  # other browsers in which they are at work
    scanner: ScannerSetUp = ScannerSetUp.ANY  # at the station
    fresh: bool = True  # a factor that they have was shown just now, not carried over

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """What the roles allow."""
        if self.login == PROGRAM_LOGIN:
            return frozenset({Permission.PROGRAM, Permission.MANAGE_ACCOUNTS})
        allowed = permissions_of(self.roles)
        if not self.door:
            return allowed
        return frozenset(may for may in allowed if may.side.value == self.door) | OWN

    def may(self, permission: Permission) -> bool:
        """Whether the roles allow it."""
        return permission in self.permissions

    @property
    def side(self) -> Side:
        """On which side of the wall this person works; the house for who keeps accounts."""
        return max((SIDES[role] for role in self.roles), default=Side.HOUSE)

    def told(self, done: str) -> dict[str, str]:
        """Who did it and from where, as every entry of the trail says."""
        return {"by": self.login, "name": self.name, "station": self.station, "action": done}

    @cached_property
    def sides(self) -> frozenset[Side]:
        """The doors that this person's permissions open."""
        return frozenset(permission.side for permission in self.permissions)


PROGRAM_LOGIN = "funis"
OWN = frozenset({Permission.OWN_ACCOUNT})
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


def login_of(session: Session, given: str) -> str:
    """The login behind what was typed, or behind a staff badge that was scanned."""
    try:
        scan = read_scan(given)
    except Refused:
        plain = unicodedata.normalize("NFKC", given).strip().lower()  # as telephones write it
        return plain if session.get(Person, plain) else given
    if scan.copy != 1:  # a new badge has a new number
        return given
    return session.scalar(select(Person.login).where(Person.badge == scan.number)) or given


def password_fits(session: Session, login: str, password: str, *, light: bool) -> bool:
    """Whether the password is this active person's; takes equally long for nobody."""
    person = session.get(Person, login)
    known = person.password_hash if person and person.active else None
    return fits_hash(known, password, light=light)


def pin_fits(session: Session, login: str, pin: str, *, light: bool) -> bool:
    """Whether the PIN is this active person's; takes equally long where there is none."""
    person = session.get(Person, login)
    return fits_hash(person.pin_hash if person and person.active else None, pin, light=light)


def fits_hash(known: str | None, secret: str, *, light: bool) -> bool:
    """Whether a secret is the one that was hashed; takes equally long where nothing was."""
    try:
        hasher(light=light).verify(known or _nobodys_hash(light=light), secret)
    except (VerifyMismatchError, InvalidHashError, UnicodeError):
        return False
    return known is not None


@cache
def _nobodys_hash(*, light: bool) -> str:
    return hasher(light=light).hash(new_token())
