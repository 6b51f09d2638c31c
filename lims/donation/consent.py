"""A mother's consent: given on a form of the protocol, and withdrawn as far as she says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from sqlalchemy import select

from lims.core.days import day_of
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.texts import heed, named, say
from lims.donation import queries, rules
from lims.donation.deciding import must_be_past, stop
from lims.donation.models import Donor, Withdrawal
from lims.donation.queries import DonorFacts
from lims.donation.rules import STOPPING, DonorStanding, WithdrawalScope
from lims.genealogy.hands import hands_on
from lims.genealogy.rules import hands_reasons
from lims.identifiers.fields import DonorNumber
from lims.identifiers.numbers import Kind
from lims.labelling.outdating import supersede_untrue
from lims.protocol.queries import protocol_in_force
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

LANGUAGES = (("zh", say("language.zh")), ("en", say("language.en")))


@dataclass(frozen=True)
class RegisterDonor:
    """The mother's consent; her name stays in the hospital."""

    consent_version: Annotated[str, About(label=say("version-of-the-consent-form"))]
    consent_language: Annotated[str, About(label=say("language-of-the-form"), choices=LANGUAGES)]
    consent_at: Annotated[datetime, About(label=say("consent-given"))]
    consent_witness: Annotated[str, About(label=say("witness-of-the-consent"))]
    recontact: Annotated[bool, About(label=say("may-be-asked-again"))]
    research: Annotated[bool, About(label=say("what-is-left-may-serve-research"))]


@action(may=Permission.RECEIVE_CORD)
def register_donor(work: Work, wanted: RegisterDonor) -> DonorFacts:
    """Register a donor by her consent on a form that was valid then; she gets a pseudonym."""
    must_be_past(work, wanted.consent_at, say("moment.consent"))
    governing = protocol_in_force(work)
    given_on = day_of(wanted.consent_at, work.settings.zone)
    forms = governing.trial.donor.consent
    if reasons := rules.consent_reasons(forms, wanted.consent_version, given_on):
        raise Refused(say("this-donor-is-not-registered"), reasons)
    row = Donor(
        number=work.new_number(Kind.DONOR),
        consent_version=wanted.consent_version,
        consent_language=wanted.consent_language,
        consent_at=wanted.consent_at,
        consent_witness=wanted.consent_witness,
        protocol=governing.version,
        recontact=wanted.recontact,
        research=wanted.research,
    )
    return queries.donor_facts(work.session, work.add(row))


@dataclass(frozen=True)
class WithdrawConsent:
    """What a mother takes back, and who heard it."""

    donor: DonorNumber
    scope: Annotated[WithdrawalScope, About(label=say("what-she-withdraws"))]
    said_at: Annotated[datetime, About(label=say("when-she-said-so"))]
    told_to: Annotated[str, About(label=say("who-heard-it"))]


@action(may=Permission.RECEIVE_CORD, signed_as=say("consent-withdrawn-as-told"))
def withdraw_consent(work: Work, wanted: WithdrawConsent) -> DonorFacts:
    """Record what she withdraws; where use ends, all that descends from her is held at once."""
    must_be_past(work, wanted.said_at, say("moment.withdrawal"))
    row = work.lock(Donor, wanted.donor)
    before = queries.withdrawn(work.session, row.number)
    reasons = [
        *rules.withdrawal_reasons(row.standing, before, wanted.scope),
        *when(wanted.said_at < row.consent_at, Reason("withdrawn-before-consent")),
    ]
    if reasons:
        raise Refused(say("nothing-was-withdrawn"), reasons)
    work.add(
        Withdrawal(
            donor=row.number,
            scope=wanted.scope,
            said_at=wanted.said_at,
            told_to=wanted.told_to,
            was=row.standing,
            basis=row.basis,
            by=work.actor.login,
            at=work.now,
        )
    )
    if wanted.scope not in STOPPING:
        return queries.donor_facts(work.session, row)
    if row.standing is not DonorStanding.WITHDRAWN:
        stop(work, row, DonorStanding.WITHDRAWN, say("she-withdrew", scope=named(wanted.scope)))
    says = heed(say("what-descends-from-her-is-held"))
    return queries.donor_facts(work.session, row, says)


@dataclass(frozen=True)
class AnnulWithdrawal:
    """A withdrawal that was entered for the wrong donor."""

    donor: DonorNumber
    withdrawal: int
    reason: Annotated[str, About(label=say("why-it-is-amended"), rows=2)]


@action(may=Permission.DECIDE_DONOR, signed_as=say("withdrawal-was-never-made"))
def annul_withdrawal(work: Work, wanted: AnnulWithdrawal) -> DonorFacts:
    """Say that this donor withdrew nothing; what was held is decided upon anew, one by one."""
    donor = work.lock(Donor, wanted.donor)
    row = work.lock(Withdrawal, wanted.withdrawal)
    reasons = [
        *when(row.donor != donor.number, Reason("of-somebody-else")),
        *when(row.annulled_at is not None, Reason("annulled-already")),
        *hands_reasons(hands_on(work.session, donor.number), work.actor.login),
    ]
    if reasons:
        raise Refused(say("the-withdrawal-stands"), reasons)
    row.annulled_by, row.annulled_at = work.actor.login, work.now
    row.annulled_why = wanted.reason
    work.session.flush()
    left = STOPPING & set(queries.withdrawn(work.session, donor.number))
    if donor.standing is DonorStanding.WITHDRAWN and not left:
        _as_before(work, donor)
    return queries.donor_facts(work.session, donor)


def _as_before(work: Work, donor: Donor) -> None:
    """Whom QA had excluded is excluded again; on everybody else QA decides again."""
    first = select(Withdrawal).where(Withdrawal.donor == donor.number)
    stopped = first.where(Withdrawal.was != DonorStanding.WITHDRAWN, Withdrawal.scope.in_(STOPPING))
    row = work.session.scalars(stopped.order_by(Withdrawal.id.desc()).limit(1)).one()
    donor.move_to(DonorStanding.PENDING)
    donor.basis, donor.decided_at = say("withdrawal-annulled-decide-again"), None
    if row.was is DonorStanding.INELIGIBLE:
        donor.move_to(DonorStanding.INELIGIBLE)
        donor.basis, donor.decided_at = row.basis, work.now
    supersede_untrue(work, *queries.cords_at_hand(work.session, donor.number))
