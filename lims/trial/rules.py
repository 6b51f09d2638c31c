"""Eligibility with each failed criterion named, visit windows, and what an order needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from lims.core.quantities import Hours
from lims.core.reasons import Reason, when
from lims.core.rounding import CompareRule, Outcome, compare
from lims.protocol.queries import Criterion


class ParticipantStanding(StrEnum):
    """Where a participant stands."""

    SCREENING = "screening"
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    RANDOMISED = "randomised"
    WITHDRAWN = "withdrawn"


def eligibility_reasons(criteria: Sequence[Criterion], answers: Mapping[str, str]) -> list[Reason]:
    """Every criterion of the protocol that is not met or not answered."""
    judged = (_criterion(criterion, answers.get(criterion.code, "")) for criterion in criteria)
    return [reason for reason in judged if reason is not None]


def _criterion(criterion: Criterion, answer: str) -> Reason | None:
    if not answer:
        return Reason(f"missing-{criterion.code}", f"{criterion.text}: no answer.")
    if criterion.kind != "range":
        met = answer == criterion.kind
        text = f"{criterion.text}: {answer}, must be {criterion.kind}."
        return None if met else Reason(f"not-{criterion.code}", text)
    try:
        value = Decimal(answer)
        met = compare("=", value, criterion.limit, CompareRule.GBT_FULL) is Outcome.CONFORMS
    except (InvalidOperation, ValueError):
        return Reason(f"unreadable-{criterion.code}", f"{criterion.text}: not a number.")
    text = f"{criterion.text}: {answer} {criterion.unit}, must be {criterion.limit}."
    return None if met else Reason(f"not-{criterion.code}", text)


@dataclass(frozen=True)
class Window:
    """The days on which a visit may be."""

    first: date
    due: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether a day lies in the window, ends included."""
        return self.first <= day <= self.last


def visit_window(first_infusion: date, visit: int, interval: int, slack: int) -> Window:
    """Visit k is due (k−1) intervals after the first infusion, plus or minus the slack (F21)."""
    due = first_infusion + timedelta(days=interval * (visit - 1))
    return Window(due - timedelta(days=slack), due, due + timedelta(days=slack))


@dataclass(frozen=True)
class OrderEvidence:
    """All that an order rests on."""

    standing: ParticipantStanding
    paused: bool
    visit: int
    infusions: int
    done_visits: frozenset[int]
    weighed_at: datetime | None
    fit: bool | None
    window: Window | None
    has_order: bool


def order_blockers(
    known: OrderEvidence, slot: datetime, now: datetime, lead_minutes: int, oldest: Hours
) -> list[Reason]:
    """Every reason why this infusion may not be ordered for this slot."""
    oldest_span = timedelta(hours=float(oldest.value))
    late = known.weighed_at is None or slot - known.weighed_at > oldest_span
    return [
        *when(
            known.standing is not ParticipantStanding.RANDOMISED,
            Reason("not-randomised", f"The participant is {_words(known.standing)}."),
        ),
        *when(known.paused, Reason("trial-paused", "The trial is paused.")),
        *when(
            not 1 <= known.visit <= known.infusions,
            Reason("no-such-visit", f"The protocol has infusions 1 to {known.infusions}."),
        ),
        *when(
            known.visit in known.done_visits,
            Reason("visit-done", "This infusion was given already."),
        ),
        *when(
            any(v not in known.done_visits for v in range(1, known.visit)),
            Reason("visit-order", "An earlier infusion was not given."),
        ),
        *when(late, Reason("no-weight", "There is no weight that two people agree on for then.")),
        *when(
            known.visit > 1 and not known.fit,
            Reason("not-fit", "No investigator has signed that the participant is fit for it."),
        ),
        *window_reasons(known.window, slot.date()),
        *when(known.has_order, Reason("has-order", "This infusion is ordered already.")),
        *when(
            slot < now + timedelta(minutes=lead_minutes),
            Reason("slot-too-soon", f"The laboratory needs {lead_minutes} minutes."),
        ),
    ]


def window_reasons(window: Window | None, day: date) -> list[Reason]:
    """Whether a day is too early or too late for a visit."""
    if window is None or window.holds(day):
        return []
    word = "early" if day < window.first else "late"
    return [
        Reason(
            f"too-{word}",
            f"Too {word} for this infusion: its window is {window.first} to {window.last}.",
        )
    ]


def _words(standing: ParticipantStanding) -> str:
    return standing.value.replace("_", " ")
