"""The last way in: where no second person is left who could confirm, the owner of the machine helps."""

import secrets
from dataclasses import dataclass

from lims.accounts.events import PasswordReset
from lims.core.telling import ToldOnce
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.factors import factor_of
from lims.trust.identity.people import Person, hasher
from lims.trust.identity.roles import Permission
from lims.trust.identity.sessions import close_sessions


@dataclass(frozen=True)
class RescuePerson:
    """Who cannot come in any more."""

    login: str


@dataclass(frozen=True)
class Rescued:
    """The password for one log-in."""

    password: ToldOnce


@action(may=Permission.PROGRAM, served=False)
def rescue_person(work: Work, wanted: RescuePerson) -> Rescued:
    """Give somebody a password for one log-in and end a lost authenticator; all of QA is told."""
    row, password = work.lock(Person, wanted.login), secrets.token_urlsafe(12)
    row.password_hash = hasher(light=work.settings.light_passwords).hash(password)
    row.password_set_by, row.password_set_at = work.actor.login, work.now
    row.password_used_at = row.pin_hash = None
    if factor := factor_of(work.session, row.login):
        factor.ended_at = work.now
    close_sessions(work, row.login)
    work.publish(PasswordReset(row.login))
    return Rescued(password)
