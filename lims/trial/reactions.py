"""What the trial does when follow-up publishes an event: fitness is undone, the bench waits."""

from lims.orders.actions import halt_orders
from lims.protocol.queries import trial_in_force
from lims.trial import queries
from lims.trial.events import EventToJudge
from lims.trial.models import FitnessUndone, Participant
from lims.trial.rules import ParticipantStanding
from lims.trust.context import Work


def undo_fitness(work: Work, event: EventToJudge) -> None:
    """Undo fitness for the next infusion, and ask the bench to wait, in neutral words."""
    row = work.lock(Participant, event.participant)
    infusions = trial_in_force(work).schedule.infusions
    visit = queries.next_visit(work.session, infusions, row)
    if row.standing is not ParticipantStanding.RANDOMISED or visit is None:
        return
    work.add(
        FitnessUndone(
            participant=row.number,
            visit=visit,
            because=event.because,
            by=work.actor.login,
            at=work.now,
        )
    )
    halt_orders(work, row.treatment, halted=True)
