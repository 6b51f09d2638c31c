"""One's own authenticator: made, proved by its first code, ended by two people when it is lost."""

from dataclasses import dataclass
from typing import Annotated

from lims.accounts import queries
from lims.accounts.queries import PersonFacts
from lims.core.entries import About
from lims.core.errors import Missing, Refused
from lims.core.reasons import Reason
from lims.core.telling import ToldOnce
from lims.core.texts import say
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.factors import (
    BASE32,
    LONGEST_WAIT,
    Factor,
    address_of,
    factor_of,
    key_of,
    sealed_secret,
    secret_in,
    step_of,
)
from lims.trust.identity.hospital import account_of
from lims.trust.identity.passkeys import passkeys_of
from lims.trust.identity.people import Person
from lims.trust.identity.roles import Permission
from lims.trust.identity.sessions import close_sessions


@dataclass(frozen=True)
class AddAuthenticator:
    """A new authenticator of one's own."""


def must_have_shown(work: Work) -> None:
    """Whoever has a factor shows it before another is added: a password alone adds none."""
    login = work.actor.login
    has = factor_of(work.session, login) or passkeys_of(work.session, login)
    if has and not work.actor.fresh:
        raise Refused(Reason("show-factor-first"))


@dataclass(frozen=True)
class AuthenticatorMade:
    """What the authenticator is told; shown once."""

    once: ToldOnce


@action(may=Permission.OWN_ACCOUNT, signed_as=say("authenticator-added"))
def add_authenticator(work: Work, wanted: AddAuthenticator) -> AuthenticatorMade:
    """Make the secret of an authenticator; it counts once its first code was entered."""
    del wanted
    login, secret = work.actor.login, secret_in(work.chance.letters("factor", BASE32, 32))
    if factor_of(work.session, login):
        raise Refused(Reason("has-authenticator"))
    must_have_shown(work)
    kept = sealed_secret(work.settings, login, secret)
    work.add(Factor(login=login, sealed=kept, since=work.now))
    told = say("enter-in-authenticator", key=key_of(secret), address=address_of(login, secret))
    return AuthenticatorMade(told)


@dataclass(frozen=True)
class ConfirmAuthenticator:
    """The code that it shows."""

    code: Annotated[str, About(label=say("code-of-authenticator"), secret=True)]


@action(may=Permission.OWN_ACCOUNT)
def confirm_authenticator(work: Work, wanted: ConfirmAuthenticator) -> PersonFacts:
    """Prove a new authenticator by the code that it shows; from now on each log-in asks for one.

    Every session is closed: whoever is in elsewhere has shown none.
    """
    row = factor_of(work.session, work.actor.login, confirmed=False)
    if row is None or work.now - row.since > LONGEST_WAIT:
        raise Refused(Reason("no-new-authenticator"))
    step = step_of(work.settings, row, wanted.code, work.now)
    if step is None:
        raise Refused(Reason("wrong-code"))
    row.confirmed_at, row.last_step = work.now, step
    close_sessions(work, work.actor.login)
    person = work.get(Person, work.actor.login)
    return queries.person_facts(work.session, person, say("authenticator-counts"))


@dataclass(frozen=True)
class EndAuthenticator:
    """Whose authenticator is lost."""

    login: str


@action(
    may=Permission.MANAGE_ACCOUNTS,
    signed_as=say("authenticator-ended-by-me"),
    witnessed_as=say("person-asked-for-it"),
    second_may=Permission.CONFIRM_PERSON,
)
def end_authenticator(work: Work, wanted: EndAuthenticator) -> PersonFacts:
    """End a lost authenticator, all passkeys and the link to the hospital's log-in.

    Whoever confirms it has heard it from the person.
    """
    person = work.lock(Person, wanted.login)
    if person.login in {work.actor.login, work.second}:
        raise Refused(Reason("your-own-password"))
    row, keys = factor_of(work.session, person.login), passkeys_of(work.session, person.login)
    there = account_of(work.session, person.login)
    if row is None and there is None and not keys:
        raise Missing(say("thing.factor"))
    for one in (*([row] if row else ()), *keys, *([there] if there else ())):
        one.ended_at = work.now
    close_sessions(work, person.login)
    return queries.person_facts(work.session, person)
