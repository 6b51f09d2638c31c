"""May this lot leave quarantine? Every reason against, on one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lims.core.reasons import Reason, when
from lims.genealogy.rules import Hands, hands_reasons
from lims.supplies.rules import LotStanding
from lims.testing.rules import SampleEvidence, sample_blockers


class Decision(StrEnum):
    """What was decided about a lot."""

    RELEASED = "released"
    REJECTED = "rejected"
    HELD = "held"
    RETURNED = "returned"  # from hold
    RECALLED = "recalled"


@dataclass(frozen=True)
class LotEvidence:
    """All that the release of a lot rests on."""

    number: str
    standing: LotStanding
    expires_on: date
    sample: SampleEvidence | None
    hands: Hands
    ancestors: Sequence[Reason]
    in_process: Sequence[Reason]
    own_counts: Sequence[Reason]
    open_deviations: Sequence[str]
    vials_balance: bool
    trail_reviewed: bool
    lacks_run: bool = False  # vials of whose freezing nothing is known
    was_released: bool = False
    is_ours: bool = True


def in_process_reasons(of: str, sample: str, evidence: SampleEvidence) -> list[Reason]:
    """What a sample taken on the way says against what was made of it, or does not say yet."""
    found = sample_blockers(evidence, sterility_may_wait=False)
    return [Reason("in-process", of=of, sample=sample, says=reason.sentence) for reason in found]


def release_blockers(lot: LotEvidence, releaser: str, today: date) -> list[Reason]:
    """Every reason why this lot must stay in quarantine. None means that it may go."""
    tests = sample_blockers(lot.sample, sterility_may_wait=False) if lot.sample else []
    return [
        *when(
            lot.standing is not LotStanding.QUARANTINE,
            Reason("not-in-quarantine", standing=lot.standing),
        ),
        *evidence_blockers(lot, today),
        *tests,
        *releaser_blockers(lot, releaser),
        *when(
            not lot.trail_reviewed,
            Reason("trail-not-reviewed"),
        ),
    ]


def releaser_blockers(lot: LotEvidence, releaser: str) -> list[Reason]:
    """Whose hands were on a lot neither releases it nor takes it off hold."""
    return hands_reasons(lot.hands, releaser)


def return_blockers(lot: LotEvidence, held_by: str, releaser: str, today: date) -> list[Reason]:
    """Every reason why this person may not take this lot off hold."""
    tests = sample_blockers(lot.sample, sterility_may_wait=False) if lot.sample else []
    return [
        *when(
            lot.standing is not LotStanding.HOLD,
            Reason("not-on-hold", number=lot.number),
        ),
        *when(
            held_by == releaser,
            Reason("you-held-it"),
        ),
        *(
            [*evidence_blockers(lot, today), *tests]
            if lot.was_released and lot.is_ours
            else _open_deviations(lot)
        ),
        *(releaser_blockers(lot, releaser) if lot.was_released else []),
    ]


def _open_deviations(lot: LotEvidence) -> list[Reason]:
    return [Reason("open-deviation", number=number) for number in lot.open_deviations]


def evidence_blockers(lot: LotEvidence, today: date) -> list[Reason]:
    """What speaks against the lot itself, whoever looks."""
    return [
        *when(lot.sample is None, Reason("no-sample.no")),
        *when(lot.expires_on < today, Reason("expired.expired", expires_on=lot.expires_on)),
        *lot.ancestors,
        *lot.in_process,
        *lot.own_counts,
        *_open_deviations(lot),
        *when(lot.lacks_run and not lot.was_released, Reason("no-freezing-run")),
        *when(
            not lot.vials_balance,
            Reason("vials-do-not-balance"),
        ),
    ]
