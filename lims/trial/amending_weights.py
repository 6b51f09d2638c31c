"""Amending a weight on which two people had agreed."""

from dataclasses import dataclass
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.quantities import Kilograms
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.identifiers.fields import ParticipantNumber
from lims.orders.rules import reweigh_reasons, weight_reasons
from lims.protocol.queries import trial_in_force
from lims.trial import queries
from lims.trial.deviating import sign_deviation
from lims.trial.models import Participant, Weighing
from lims.trial.queries import ParticipantFacts
from lims.trial.rules import WeighingStanding, is_unlikely
from lims.trial.windows import WardDeviationKind
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend, must_be_of
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class AmendWeight:
    """What the scale really showed, and why it was wrong."""

    participant: ParticipantNumber
    weighing: Annotated[int, About(label=say("weighing"))]
    weight: Annotated[Kilograms, About(hint=say("to-0-1-kg"))]
    why: WhyAmended


@action(
    may=Permission.WEIGH,
    signed_as=say("fact-amended"),
    witnessed_as=say("weight-read-off-by-me-too"),
)
def amend_weight(work: Work, wanted: AmendWeight) -> ParticipantFacts:
    """Amend a weight on which two people agreed, before two people.

    An order that waits was computed from it: it is cancelled first. Where the infusion was given,
    the dose was for another weight: that is a deviation.
    """
    row = work.lock(Participant, wanted.participant)
    weighing = work.lock(Weighing, wanted.weighing)
    must_be_of(weighing.participant, row.number)
    trial = trial_in_force(work)
    visit = weighing.visit
    done = queries.done_visits(work.session, row.treatment)
    waits = [
        order
        for order in queries.orders_of(work.session, row.treatment)
        if order.visit == visit and not order.cancelled
    ]
    before = queries.weight_before(work.session, row.number, visit)
    unlikely = is_unlikely(before, wanted.weight, trial.weight.change_pct)
    reasons = [
        *weight_reasons(wanted.weight, trial.weight.min_kg, trial.weight.max_kg),
        *when(weighing.standing is not WeighingStanding.CONFIRMED, Reason("weigh-again")),
        *when(visit not in done and unlikely, Reason("weigh-again.unlikely", before=before)),
        *when(waits and visit not in done, Reason("order-to-cancel.weight")),
    ]
    if reasons:
        raise Refused(say("this-weight-was-not-taken"), reasons)
    was = weighing.weight
    right = {"weight": wanted.weight, "second": wanted.weight}
    amend(work, weighing, row.number, right, wanted.why)
    if visit in done and reweigh_reasons(was, wanted.weight, trial.weight.reweigh_pct):
        what = say("dose-for-another-weight", was=was, weight=wanted.weight)
        sign_deviation(work, row.number, WardDeviationKind.OTHER, what, visit)
    return queries.participant_facts(work.session, row, say("amended"))
