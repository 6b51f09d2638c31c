"""People and their roles. An administrator sees no product, participant or arm, and cannot sign."""

import re
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.accounts import queries, rules
from lims.accounts.events import PasswordReset
from lims.accounts.passwords import choose
from lims.accounts.queries import PersonFacts
from lims.accounts.rules import SHORTEST_PASSWORD
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.folding import folded, folded_name
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.people import (
    PROGRAM_LOGIN,
    Person,
    RoleGrant,
    hasher,
)
from lims.trust.identity.roles import Permission, Role
from lims.trust.identity.sessions import close_sessions

_LOGIN = re.compile(r"[a-z][a-z0-9.-]{1,39}", re.ASCII)
NewPassword = Annotated[
    str,
    About(
        label=say("password"),
        secret=True,
        hint=say("at-least-shortest-password-characters", shortest_password=SHORTEST_PASSWORD),
    ),
]


FirstPassword = Annotated[
    str, About(label=say("first-password"), secret=True, hint=say("for-one-log-in-to"))
]
SecondPart = Annotated[
    str,
    About(label=say("first-password-second-part"), secret=True, hint=say("second-person-types")),
]


@dataclass(frozen=True)
class AddPerson:
    """Somebody new, with a first role."""

    login: Annotated[str, About(hint=say("small-letters-digits-dot-hyphen"))]
    name: Annotated[str, About(label=say("name"), hint=say("as-printed-under-signatures"))]
    staff_number: Annotated[
        str, About(label=say("staff-number.label"), hint=say("the-employers-one-person-one"))
    ]
    role: Role
    password: FirstPassword
    second_part: SecondPart = ""


@action(
    may=Permission.MANAGE_ACCOUNTS,
    witnessed_as=say("identity-and-role-of-a"),
    second_may=Permission.CONFIRM_PERSON,
)
def add_person(work: Work, wanted: AddPerson) -> PersonFacts:
    """Add a person, confirmed by QA; a login is never given to anybody else.

    Administrator and QA type a part of the first password each, and tell it the person alone.
    """
    _must_be_in_two_parts(wanted)
    return _admit(work, wanted)


@action(may=Permission.PROGRAM, served=False)
def add_first_person(work: Work, wanted: AddPerson) -> PersonFacts:
    """Add a person before there is anybody who could: when an installation is made."""
    return _admit(work, wanted)


def _admit(work: Work, wanted: AddPerson) -> PersonFacts:
    one_spelling, number = folded_name(wanted.name), folded(wanted.staff_number)
    known = work.session.get(Person, wanted.login)
    same_name = select(Person.login).where(Person.folded == one_spelling)
    same_number = select(Person.login).where(Person.staff_number == number)
    reasons = [
        *when(
            known or wanted.login == PROGRAM_LOGIN or not _LOGIN.fullmatch(wanted.login),
            Reason("login"),
        ),
        *when(
            not one_spelling or work.session.scalar(same_name),
            Reason("name-in-use"),
        ),
        *when(
            not number or work.session.scalar(same_number),
            Reason("staff-number"),
        ),
    ]
    if reasons:
        raise Refused(say("this-person-is-not-added"), reasons)
    row = Person(
        login=wanted.login,
        name=wanted.name.strip(),
        folded=one_spelling,
        staff_number=number,
        password_hash=_hash(work, wanted),
        password_set_by=work.actor.login,
        password_set_at=work.now,
        active=True,
    )
    work.add(row)
    work.add(RoleGrant(login=row.login, role=wanted.role, since=work.now))
    return queries.person_facts(work.session, row, say("can-log-in-once-to", name=row.name))


def _must_be_in_two_parts(wanted: "AddPerson | ResetPassword") -> None:
    if reasons := rules.first_password_reasons(wanted.password, wanted.second_part):
        raise Refused(say("this-password-is-not-set"), reasons)


def _hash(work: Work, wanted: "AddPerson | ResetPassword") -> str:
    whole = wanted.password + wanted.second_part
    return hasher(light=work.settings.light_passwords).hash(whole)


@dataclass(frozen=True)
class GrantRole:
    """A further role."""

    login: str
    role: Role


@action(
    may=Permission.MANAGE_ACCOUNTS,
    witnessed_as=say("further-role-confirmed"),
    second_may=Permission.CONFIRM_PERSON,
)
def grant_role(work: Work, wanted: GrantRole) -> PersonFacts:
    """Give a role, unless an earlier role excludes it for ever."""
    row = work.lock(Person, wanted.login)
    held = work.session.execute(
        select(RoleGrant.role, RoleGrant.until).where(RoleGrant.login == row.login)
    ).all()
    reasons = rules.role_reasons(wanted.role, [role for role, _ in held])
    if any(role is wanted.role and until is None for role, until in held):
        reasons.append(Reason("has-role", name=row.name, role=wanted.role))
    if work.second == row.login:
        reasons.append(Reason("your-own-role"))
    if reasons:
        raise Refused(say("name-cannot-be-role", name=row.name, role=wanted.role), reasons)
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
        raise Refused(Reason("no-such-role", name=row.name, role=wanted.role))
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
        raise Refused(Reason("yourself"))
    row.active = False
    close_sessions(work, row.login)
    return queries.person_facts(work.session, row)


@dataclass(frozen=True)
class ResetPassword:
    """A new first password for somebody who forgot theirs."""

    login: str
    password: FirstPassword
    second_part: SecondPart


@action(
    may=Permission.MANAGE_ACCOUNTS,
    signed_as=say("password-reset-by-me"),
    witnessed_as=say("person-asked-for-reset"),
    second_may=Permission.CONFIRM_PERSON,
)
def reset_password(work: Work, wanted: ResetPassword) -> PersonFacts:
    """Give somebody a password for one log-in, to choose their own; every session is closed.

    Whoever confirms it has heard it from the person, and types the second part: neither of the two
    can come in with it, and nobody confirms their own.
    """
    row = work.lock(Person, wanted.login)
    if row.login in {work.actor.login, work.second}:
        raise Refused(Reason("your-own-password"))
    _must_be_in_two_parts(wanted)
    row.password_hash = _hash(work, wanted)
    work.publish(PasswordReset(row.login))
    row.password_set_by, row.password_set_at = work.actor.login, work.now
    row.password_used_at = row.pin_hash = None
    close_sessions(work, row.login)
    return queries.person_facts(work.session, row, say("they-can-log-in-once"))


@dataclass(frozen=True)
class ChangePassword:
    """A new password of one's own."""

    password: NewPassword


@action(may=Permission.OWN_ACCOUNT, signed_as=say("password-changed"))
def change_password(work: Work, wanted: ChangePassword) -> PersonFacts:
    """Change one's own password, with the old one as proof; everywhere else one is logged out."""
    row = work.lock(Person, work.actor.login)
    choose(work, row, wanted.password)
    row.password_set_by = row.password_used_at = None
    row.password_set_at = work.now
    close_sessions(work, row.login)
    return queries.person_facts(work.session, row, say("changed-log-in-with-the"))
