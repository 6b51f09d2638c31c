"""The second and the third look at a weight, from inside the action that weighs."""

from lims.core.errors import Refused
from lims.core.quantities import Kilograms
from lims.core.reasons import Reason
from lims.core.texts import heed, say
from lims.core.words import as_words
from lims.protocol.queries import trial_in_force
from lims.trial import queries, rules
from lims.trial.models import Participant, Weighing
from lims.trial.queries import ParticipantFacts
from lims.trial.rules import WeighingStanding
from lims.trust.context import Work

WEIGHED_AGAIN = say("third-weighing")


def must_be_the_newest(work: Work, newest: Weighing | None) -> None:
    """Refuse a weight of before the newest one: what was weighed last counts."""
    if newest is not None and work.now < newest.at:
        raise Refused(Reason("weighed-since", at=as_words(newest.at, work.settings.zone)))


def second_weight(
    work: Work, row: Participant, waiting: Weighing, weight: Kilograms
) -> ParticipantFacts:
    """The second person's weight, entered without seeing the first."""
    if waiting.by == work.actor.login:
        raise Refused(Reason("same-person.somebody-else"))
    same = waiting.weight.value == weight.value
    before = queries.weight_before(work.session, row.number, waiting.visit)
    most = trial_in_force(work).weight.change_pct
    waiting.second, waiting.second_by = weight, work.actor.login
    waiting.second_at = work.now
    if not same:
        waiting.move_to(WeighingStanding.DISAGREED)
        says = heed(say("the-weights-differ-both-weigh"))
    elif rules.is_unlikely(before, weight, most):
        waiting.move_to(WeighingStanding.UNLIKELY)
        says = heed(say("the-weights-agree-but-the", before=before))
    else:
        waiting.move_to(WeighingStanding.CONFIRMED)
        says = say("the-weights-agree")
    return queries.participant_facts(work.session, row, says)


def third_weight(
    work: Work, row: Participant, waiting: Weighing, weight: Kilograms
) -> ParticipantFacts:
    """A third look at a weight that two agree on and that is far from the last one."""
    same = waiting.weight.value == weight.value
    waiting.move_to(WeighingStanding.CONFIRMED if same else WeighingStanding.DISAGREED)
    waiting.settled_by, waiting.settled_because = work.actor.login, WEIGHED_AGAIN
    waiting.second_at = work.now if same else waiting.second_at
    differ = heed(say("the-weights-differ-both-weigh"))
    says = say("weighed-three-times-alike") if same else differ
    return queries.participant_facts(work.session, row, says)
