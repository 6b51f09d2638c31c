"""Pausing the whole trial, and resuming it."""

from dataclasses import dataclass
from typing import Annotated

from lims.core.entries import About
from lims.core.telling import Told
from lims.core.texts import say
from lims.orders.models import TrialPause
from lims.protocol.queries import trial_in_force
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class PauseTrial:
    """A stop for everybody, or its end."""

    paused: Annotated[bool, About(label=say("pause-the-trial"))]
    reason: Annotated[str, About(rows=2)]


@dataclass(frozen=True)
class Paused:
    """Whether the trial is paused now."""

    paused: bool
    says: Told


@action(may=Permission.DECIDE_PARTICIPANT, signed_as=say("trial-paused-or-resumed"), urgent=True)
def pause_trial(work: Work, wanted: PauseTrial) -> Paused:
    """Pause or resume the trial: while it is paused nothing is ordered, randomised or infused."""
    trial = trial_in_force(work)
    row = TrialPause(
        trial=trial.code,
        paused=wanted.paused,
        reason=wanted.reason,
        by=work.actor.login,
        at=work.now,
    )
    work.add(row)
    return Paused(wanted.paused, say("the-trial-is-paused") if wanted.paused else say("resumed"))
