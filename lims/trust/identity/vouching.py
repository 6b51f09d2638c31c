"""Keeping that the hospital vouched for somebody, for one form."""

from dataclasses import dataclass
from datetime import datetime

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.hospital import HospitalProof, ToSign
from lims.trust.identity.people import Person
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class KeepVouched:
    """Who proved it there, and the form that it is for."""

    login: str
    issuer: str
    subject: str
    known_as: str
    strength: str
    proved_at: datetime
    action: str
    form: str
    second: bool


@dataclass(frozen=True)
class VouchedFor:
    """Whose proof was kept."""

    name: str


@action(may=Permission.OWN_ACCOUNT, served=False)  # only what the hospital answers proves it
def keep_vouched(work: Work, wanted: KeepVouched) -> VouchedFor:
    """Keep what the hospital vouched for; it signs nothing but this form, and that once."""
    person = work.get(Person, wanted.login)
    if not person.active:
        raise Refused(Reason("hospital-account-unlinked"))
    work.add(
        HospitalProof(
            id=work.chance.letters("vouched", "0123456789abcdef", 32),
            login=person.login,
            issuer=wanted.issuer,
            subject=wanted.subject,
            known_as=wanted.known_as,
            strength=wanted.strength,
            at=wanted.proved_at,
            place=ToSign(wanted.action, wanted.form, wanted.second, work.actor.login).digest,
            signature=None,
        )
    )
    return VouchedFor(person.name)
