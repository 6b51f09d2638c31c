"""Reads of people, sessions and one's own trail."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.gathering import gathered
from lims.core.telling import Told
from lims.trust.identity.people import LoginSession, Person, RoleGrant
from lims.trust.identity.roles import Role


@dataclass(frozen=True)
class GrantFacts:
    """A role, held or lost."""

    role: Role
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class PersonFacts:
    """A person as the administrator reads one."""

    login: str
    name: str
    staff_number: str
    active: bool
    password_set_by: str | None
    password_set_at: datetime
    grants: tuple[GrantFacts, ...]
    says: Told = ""


@dataclass(frozen=True)
class SessionFacts:
    """An open log-in or token; how its digest `begins` is what it is closed by."""

    begins: str
    name: str
    station: str
    opened_at: datetime
    ends_at: datetime


def people(session: Session) -> list[PersonFacts]:
    """Everybody, by login."""
    held = gathered(session, select(RoleGrant).order_by(RoleGrant.id), RoleGrant.login)
    return [
        facts(
            PersonFacts,
            row,
            grants=tuple(facts(GrantFacts, grant) for grant in held[row.login]),
            says="",
        )
        for row in session.scalars(select(Person).order_by(Person.login))
    ]


def person(session: Session, login: str) -> PersonFacts:
    """One person."""
    row = session.get(Person, login)
    if row is None:
        raise Missing
    return person_facts(session, row)


def person_facts(session: Session, row: Person, says: str = "") -> PersonFacts:
    """A person with every role they ever had."""
    held = session.scalars(
        select(RoleGrant).where(RoleGrant.login == row.login).order_by(RoleGrant.id)
    )
    grants = tuple(facts(GrantFacts, grant) for grant in held)
    return facts(PersonFacts, row, grants=grants, says=says)


def sessions_of(session: Session, login: str, now: datetime) -> list[SessionFacts]:
    """The open sessions and tokens of a person."""
    rows = session.scalars(
        select(LoginSession)
        .where(
            LoginSession.login == login,
            LoginSession.closed_at.is_(None),
            LoginSession.ends_at > now,
        )
        .order_by(LoginSession.opened_at, LoginSession.digest)
    )
    return [facts(SessionFacts, row, begins=row.digest[:16]) for row in rows]


def roles_held(session: Session) -> frozenset[Role]:
    """The roles that somebody has now."""
    held = select(RoleGrant.role).where(RoleGrant.until.is_(None)).distinct()
    return frozenset(session.scalars(held))
