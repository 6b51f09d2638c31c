"""One's own account of the hospital's log-in: linked by proving both, and unlinked."""

from dataclasses import dataclass

from lims.accounts import queries
from lims.accounts.factors import must_have_shown
from lims.accounts.queries import PersonFacts
from lims.core.errors import Missing, Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.hospital import (
    HospitalAccount,
    account_of,
    linking_proof,
    owner_of,
)
from lims.trust.identity.people import Person
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class LinkHospitalAccount:
    """The account that was just shown."""


@action(may=Permission.OWN_ACCOUNT, signed_as=say("hospital-account-linked"))
def link_hospital_account(work: Work, wanted: LinkHospitalAccount) -> PersonFacts:
    """Log in with the hospital's account from now on; the one that was linked before is ended."""
    del wanted
    login = work.actor.login
    proof = linking_proof(work.session, login, work.now)
    if proof is None:
        raise Refused(Reason("hospital-has-not-vouched"))
    must_have_shown(work)
    proof.signature = work.signed
    if owner := owner_of(work.session, proof.issuer, proof.subject):
        told = (
            "hospital-account-of-another"
            if owner.login != login
            else "hospital-account-linked-already"
        )
        raise Refused(Reason(told))
    if earlier := account_of(work.session, login):
        earlier.ended_at = work.now
        work.session.flush()
    work.add(
        HospitalAccount(
            login=login,
            issuer=proof.issuer,
            subject=proof.subject,
            known_as=proof.known_as,
            since=work.now,
            ended_at=None,
        )
    )
    person = work.get(Person, login)
    return queries.person_facts(work.session, person, say("hospital-account-counts"))


@dataclass(frozen=True)
class UnlinkHospitalAccount:
    """One's own."""


@action(may=Permission.OWN_ACCOUNT, signed_as=say("hospital-account-unlinked-by-me"))
def unlink_hospital_account(work: Work, wanted: UnlinkHospitalAccount) -> PersonFacts:
    """No longer log in with the hospital's account."""
    del wanted
    row = account_of(work.session, work.actor.login)
    if row is None:
        raise Missing(say("thing.hospital_account"))
    if work.settings.hospital and work.settings.hospital.only:
        raise Refused(Reason("hospital-log-in-only"))
    row.ended_at = work.now
    person = work.get(Person, work.actor.login)
    return queries.person_facts(work.session, person)
