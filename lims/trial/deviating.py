"""The ward's own deviations: an infusion late or missed, somebody randomised who should not be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.texts import say
from lims.identifiers.fields import ParticipantNumber
from lims.protocol.queries import trial_in_force
from lims.trial import queries
from lims.trial.models import Participant, WardDeviation
from lims.trial.queries import ParticipantFacts
from lims.trial.rules import ParticipantStanding
from lims.trial.windows import DeviationEvidence, WardDeviationKind, deviation_reasons
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class DeviateFromProtocol:
    """What did not go by the protocol, with a participant."""

    participant: ParticipantNumber
    kind: WardDeviationKind
    what: Annotated[str, About(label=say("what-happened-and-why"), rows=3)]
    visit: Annotated[int | None, About(label=say("infusion"), least=1, most=50)] = None


@action(may=Permission.DECIDE_PARTICIPANT, signed_as=say("deviation-from-the-protocol"))
def deviate_from_protocol(work: Work, wanted: DeviateFromProtocol) -> ParticipantFacts:
    """Sign a deviation: an infusion may then be given late, or is missed and the next one goes on.

    Somebody randomised by mistake, or in the wrong stratum, keeps the treatment number: nobody is
    randomised twice, and the number is used (ICH E9 §5.2.1).
    """
    row = work.lock(Participant, wanted.participant)
    reasons = deviation_reasons(wanted.kind, wanted.visit, _evidence(work, row), work.today)
    if reasons:
        raise Refused(say("this-deviation-was-not-signed"), reasons)
    if wanted.kind is WardDeviationKind.LATE:
        row.late_visit = wanted.visit
    if wanted.kind is WardDeviationKind.MISSED:
        row.missed = f"{row.missed} {wanted.visit}".strip()
    sign_deviation(work, row.number, wanted.kind, wanted.what, wanted.visit)
    return queries.participant_facts(work.session, row, say("signed"))


def sign_deviation(
    work: Work, participant: str, kind: WardDeviationKind, what: str, visit: int | None = None
) -> None:
    """Keep a deviation of the ward under the signature of the action that found it."""
    work.add(
        WardDeviation(
            participant=participant,
            kind=kind,
            visit=visit,
            what=what,
            by=work.actor.login,
            at=work.now,
            signature=work.signed,
        )
    )


def _evidence(work: Work, row: Participant) -> DeviationEvidence:
    trial, zone = trial_in_force(work), work.settings.zone
    due = queries.next_visit(work.session, trial.schedule.infusions, row)
    return DeviationEvidence(
        randomised=row.standing is ParticipantStanding.RANDOMISED,
        next_visit=due,
        window=queries.planned_window(trial, row, due, zone) if due else None,
        late_days=trial.schedule.late_days,
        has_order=any(
            o.visit == due and not o.cancelled
            for o in queries.orders_of(work.session, row.treatment)
        ),
    )


@dataclass(frozen=True)
class WardDeviationFacts:
    """A deviation as it was signed."""

    participant: str
    kind: WardDeviationKind
    visit: int | None
    what: str
    by: str
    at: datetime


def deviations_of(session: Session, number: str) -> list[WardDeviationFacts]:
    """The deviations of one participant, as they came."""
    of_one = select(WardDeviation).where(WardDeviation.participant == number)
    rows = session.scalars(of_one.order_by(WardDeviation.id))
    return [facts(WardDeviationFacts, row) for row in rows]


WARD_DEVIATIONS = Listing(
    (WardDeviation.id,),
    finds=(WardDeviation.participant, WardDeviation.what, WardDeviation.by),
    sorts={"participant": WardDeviation.participant, "when": WardDeviation.at},
)


def ward_deviations(session: Session, asked: Asked = EVERYTHING) -> Listed[WardDeviationFacts]:
    """All deviations of the ward, the newest first."""
    page = one_page(session, select(WardDeviation), WARD_DEVIATIONS, asked)
    return page.told(facts(WardDeviationFacts, row) for row in page.rows)
