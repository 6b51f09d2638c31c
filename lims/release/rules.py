"""May this lot leave quarantine? Every reason against, on one page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from lims.core.reasons import Reason, when
from lims.supplies.rules import LotStanding
from lims.testing.rules import SampleEvidence, sample_blockers


@dataclass(frozen=True)
class LotEvidence:
    """All that the release of a lot rests on."""

    number: str
    standing: LotStanding
    expires_on: date
    sample: SampleEvidence | None
    handled_by: Collection[str]
    ancestors: Sequence[Reason]
    open_deviations: Sequence[str]
    vials_balance: bool
    trail_reviewed: bool


def release_blockers(lot: LotEvidence, releaser: str, today: date) -> list[Reason]:
    """Every reason why this lot must stay in quarantine. None means that it may go."""
    tests = sample_blockers(lot.sample, sterility_may_wait=False) if lot.sample else []
    return [
        *when(
            lot.standing is not LotStanding.QUARANTINE,
            Reason("not-in-quarantine", f"The lot is in {lot.standing}, not in quarantine."),
        ),
        *evidence_blockers(lot, today),
        *tests,
        *releaser_blockers(lot, releaser),
        *when(
            not lot.trail_reviewed,
            Reason("trail-not-reviewed", "The lot's audit trail has entries not yet reviewed."),
        ),
    ]


def releaser_blockers(lot: LotEvidence, releaser: str) -> list[Reason]:
    """Who made or tested a lot neither releases it nor takes it off hold."""
    sentence = "You made or tested this lot; somebody else releases."
    handled = releaser in lot.handled_by
    return list(when(handled, Reason("you-handled-this-lot", sentence)))


def evidence_blockers(lot: LotEvidence, today: date) -> list[Reason]:
    """What speaks against the lot itself, whoever looks."""
    return [
        *when(lot.sample is None, Reason("no-sample", "No release sample was taken.")),
        *when(lot.expires_on <= today, Reason("expired", f"Expired on {lot.expires_on}.")),
        *lot.ancestors,
        *(
            Reason("open-deviation", f"Deviation {number} is open.")
            for number in lot.open_deviations
        ),
        *when(
            not lot.vials_balance,
            Reason("vials-do-not-balance", "Filled vials and found vials differ."),
        ),
    ]
