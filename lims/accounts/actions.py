"""People and their roles. An administrator sees no product, participant or arm, and cannot sign."""

import re
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.accounts import queries, rules
from lims.accounts.queries import PersonFacts
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.shapes import About
from lims.trust.action import action
from lims.trust.people import (
    PROGRAM_LOGIN,
    SHORTEST_PASSWORD,
    LoginSession,
    Person,
    RoleGrant,
    hasher,
)
from lims.trust.permissions import Permission, Role
from lims.trust.work import Work

_LOGIN = re.compile(r"[a-z][a-z0-9.-]{1,39}", re.ASCII)
NewPassword = Annotated[
    str, About(label="Password", secret=True, hint=f"at least {SHORTEST_PASSWORD} characters")
]


@dataclass(frozen=True)
class AddPerson:
    """Somebody new, with a first role."""

    login: Annotated[str, About(hint="small letters, digits, dot, hyphen")]
    name: Annotated[str, About(label="Name", hint="as printed under signatures")]
    role: Role
    password: NewPassword


@action(may=Permission.MANAGE_ACCOUNTS)
def add_person(work: Work, wanted: AddPerson) -> PersonFacts:
    """Add a person; a login is never given to anybody else."""
    known = work.session.get(Person, wanted.login)
    if known or wanted.login == PROGRAM_LOGIN or not _LOGIN.fullmatch(wanted.login):
        sentence = "This login is taken or not well formed."
        raise Refused(sentence, [Reason("login", sentence)])
    if work.session.scalar(select(Person.login).where(Person.name == wanted.name)):
        sentence = "Somebody has this printed name; one person has one account."
        raise Refused(sentence, [Reason("name-in-use", sentence)])
    row = Person(
        login=wanted.login,
        name=wanted.name,
        password_hash=_hash(work, wanted.password),
        active=True,
    )
    work.add(row)
    work.add(RoleGrant(login=row.login, role=wanted.role, since=work.now))
    return queries.person_facts(work.session, row, f"{row.name} can log in.")


def _hash(work: Work, password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        sentence = f"A password has at least {SHORTEST_PASSWORD} characters."
        raise Refused(sentence, [Reason("short-password", sentence)])
    return hasher(light=work.settings.light_passwords).hash(password)


@dataclass(frozen=True)
class GrantRole:
    """A further role."""

    login: str
    role: Role


@action(may=Permission.MANAGE_ACCOUNTS)
def grant_role(work: Work, wanted: GrantRole) -> PersonFacts:
    """Give a role, unless an earlier role excludes it for ever."""
    row = work.lock(Person, wanted.login)
    held = work.session.scalars(select(RoleGrant.role).where(RoleGrant.login == row.login))
    if reasons := rules.role_reasons(wanted.role, list(held)):
        raise Refused(f"{row.name} cannot be {wanted.role}.", reasons)
    work.add(RoleGrant(login=row.login, role=wanted.role, since=work.now))
    return queries.person_facts(work.session, row)


@action(may=Permission.MANAGE_ACCOUNTS)
def end_role(work: Work, wanted: GrantRole) -> PersonFacts:
    """End a role; that it was held is never forgotten."""
    row = work.lock(Person, wanted.login)
    held = work.session.scalars(
        select(RoleGrant).where(
            RoleGrant.login == row.login,
            RoleGrant.role == wanted.role,
            RoleGrant.until.is_(None),
        )
    ).all()
    if not held:
        sentence = f"{row.name} is not {wanted.role}."
        raise Refused(sentence, [Reason("no-such-role", sentence)])
    for grant in held:
        grant.until = work.now
    return queries.person_facts(work.session, row)


@dataclass(frozen=True)
class OfPerson:
    """A person."""

    login: str


@action(may=Permission.MANAGE_ACCOUNTS)
def deactivate_person(work: Work, wanted: OfPerson) -> PersonFacts:
    """Close somebody's access; the name stays under what they signed."""
    row = work.lock(Person, wanted.login)
    if row.login == work.actor.login:
        sentence = "You cannot deactivate yourself."
        raise Refused(sentence, [Reason("yourself", sentence)])
    row.active = False
    _close_sessions(work, row.login)
    return queries.person_facts(work.session, row)


def _close_sessions(work: Work, login: str) -> None:
    opened = select(LoginSession).where(
        LoginSession.login == login, LoginSession.closed_at.is_(None)
    )
    for session in work.session.scalars(opened):
        session.closed_at = work.now


@dataclass(frozen=True)
class ResetPassword:
    """A new first password for somebody who forgot theirs."""

    login: str
    password: NewPassword


@action(may=Permission.MANAGE_ACCOUNTS)
def reset_password(work: Work, wanted: ResetPassword) -> PersonFacts:
    """Give somebody a new first password, closing every session and token of theirs."""
    row = work.lock(Person, wanted.login)
    row.password_hash = _hash(work, wanted.password)
    _close_sessions(work, row.login)
    return queries.person_facts(work.session, row, "They can log in again.")


@dataclass(frozen=True)
class ChangePassword:
    """A new password of one's own."""

    password: NewPassword


@action(may=Permission.OWN_ACCOUNT, signed_as="password changed")
def change_password(work: Work, wanted: ChangePassword) -> PersonFacts:
    """Change one's own password, with the old one as proof; everywhere else one is logged out."""
    row = work.lock(Person, work.actor.login)
    row.password_hash = _hash(work, wanted.password)
    _close_sessions(work, row.login)
    return queries.person_facts(work.session, row, "Changed.")
