"""A deviation assessed: how grave, from where, and what it means; again when more is known."""

from dataclasses import dataclass
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.texts import say
from lims.deviations import rules
from lims.deviations.models import Deviation
from lims.deviations.queries import DeviationFacts, facts_of
from lims.deviations.rules import DeviationClass, DeviationStanding
from lims.genealogy.hands import hands_on
from lims.identifiers.fields import DeviationNumber
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class AssessDeviation:
    """How grave a deviation is, what was done at once, where it came from and what it means."""

    number: DeviationNumber
    severity: Annotated[DeviationClass, About(label=say("severity.of-deviation"))]
    immediate: Annotated[str, About(label=say("done-at-once"), rows=2)] = ""
    cause: Annotated[str, About(label=say("cause"), hint=say("cause.hint"), rows=4)] = ""
    risk: Annotated[str, About(label=say("risk"), hint=say("risk.hint"), rows=3)] = ""


@action(may=Permission.RELEASE_LOT, signed_as=say("deviation-assessed"))
def assess_deviation(work: Work, wanted: AssessDeviation) -> DeviationFacts:
    """Assess an open deviation, as often as more is known; a grave one has a cause before it is closed."""
    row = work.lock(Deviation, wanted.number)
    reasons = [
        *rules.assessing_reasons(
            wanted.severity, wanted.cause, is_open=row.standing is DeviationStanding.OPEN
        ),
        *rules.closing_reasons(row.opened_by, hands_on(work.session, row.about), work.actor.login),
    ]
    if reasons:
        raise Refused(say("the-deviation-is-not-assessed"), reasons)
    row.severity, row.immediate = wanted.severity, wanted.immediate
    row.cause, row.risk = wanted.cause, wanted.risk
    row.assessed_by, row.assessed_at = work.actor.login, work.now
    return facts_of(row)
