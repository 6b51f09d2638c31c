"""Eligibility with each failed criterion named, weights, fitness, windows, and what an order needs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from lims.core.days import Moment, day_of
from lims.core.quantities import Hours, Kilograms
from lims.core.reasons import Reason, when
from lims.core.texts import named, say
from lims.core.words import as_words
from lims.trial.windows import Window, gap_reasons, next_words, window_reasons


class ParticipantStanding(StrEnum):
    """Where a participant stands."""

    SCREENING = "screening"
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    RANDOMISED = "randomised"
    WITHDRAWN = "withdrawn"


class Sex(StrEnum):
    """As the registry record has it."""

    FEMALE = "female"
    MALE = "male"


class WeighingStanding(StrEnum):
    """Whether two people found the same weight, and whether it can be believed."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISAGREED = "disagreed"
    UNLIKELY = "unlikely"  # two agree; far from the last one: a third weighing or a signed reason


def is_unlikely(before: Kilograms | None, now: Kilograms, most_pct: Decimal) -> bool:
    """Whether a weight lies so far from the last one that it needs a reason or a third look."""
    if before is None:
        return False
    return abs(now.value - before.value) * 100 > most_pct * before.value


def settled_reasons(newest: WeighingStanding | None) -> list[Reason]:
    """A weight that only one has entered, or about which two disagree, is no weight to give by."""
    said = {
        WeighingStanding.OPEN: say("a-second-person-has-not"),
        WeighingStanding.DISAGREED: say("two-people-found-different-weights"),
        WeighingStanding.UNLIKELY: say("the-weight-is-far-from"),
    }
    if newest not in said:
        return []
    return [Reason(f"weight-{newest}", said[newest])]


@dataclass(frozen=True)
class FitnessFacts:
    """The newest word on whether an infusion may be given."""

    fit: bool
    at: datetime
    undone_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether it was signed as fit and no event came after it."""
        return self.fit and (self.undone_at is None or self.undone_at < self.at)


NOT_FIT = "not-fit"


def fitness_reasons(found: FitnessFacts | None, given_at: datetime, oldest: Hours) -> list[Reason]:
    """Whether fitness holds for an infusion at that moment: signed, not undone, not too old."""
    if found is None or not found.holds:
        text = (
            say("no-investigator-has-signed-that")
            if found is None
            else say("the-participant-is-not-fit")
        )
        return [Reason(NOT_FIT, text)]
    span = timedelta(hours=float(oldest.value))
    return list(when(given_at - found.at > span, Reason("fitness-old", oldest=f"{oldest.value:f}")))


def signing_reasons(
    standing: ParticipantStanding,
    visit: int,
    next_visit: int | None,
    opens_on: date | None,
    today: date,
) -> list[Reason]:
    """Why fitness for this infusion cannot be signed today: it is a state of the next visit."""
    return [
        *when(
            standing is not ParticipantStanding.RANDOMISED,
            Reason("not-randomised", standing=_words(standing)),
        ),
        *when(
            visit != next_visit,
            Reason("not-next-visit", next_words(next_visit)),
        ),
        *when(
            opens_on is not None and today < opens_on,
            Reason("too-early.fitness", opens_on=opens_on),
        ),
    ]


def blind_reasons(seen_by: Collection[str], login: str) -> list[Reason]:
    """Who knows what a participant was given judges nothing of that participant any more."""
    return list(when(login in seen_by, Reason("you-know-the-arm")))


def next_visit_reasons(visit: int, next_visit: int | None) -> list[Reason]:
    """What is done for an infusion is done for the next one."""
    return list(when(visit != next_visit, Reason("not-next-visit", next_words(next_visit))))


@dataclass(frozen=True)
class OrderEvidence:
    """All that an order rests on."""

    standing: ParticipantStanding
    paused: bool
    visit: int
    infusions: int
    done_visits: frozenset[int]
    weighed_at: datetime | None
    newest_weighing: WeighingStanding | None
    fitness: FitnessFacts | None
    window: Window | None
    last_infusion: date | None
    has_order: bool


@dataclass(frozen=True)
class OrderLimits:
    """What the protocol asks of an order."""

    lead_minutes: int
    weight_hours: Hours
    fitness_hours: Hours
    min_gap_days: int


def order_blockers(
    known: OrderEvidence, slot: datetime, at: Moment, limits: OrderLimits
) -> list[Reason]:
    """Every reason why this infusion may not be ordered for this slot."""
    oldest_span = timedelta(hours=float(limits.weight_hours.value))
    late = known.weighed_at is None or slot - known.weighed_at > oldest_span
    day = day_of(slot, at.zone)
    earliest = at.now + timedelta(minutes=limits.lead_minutes)
    return [
        *when(
            known.standing is not ParticipantStanding.RANDOMISED,
            Reason("not-randomised", standing=_words(known.standing)),
        ),
        *when(known.paused, Reason("trial-paused")),
        *when(
            not 1 <= known.visit <= known.infusions,
            Reason("no-such-visit", infusions=known.infusions),
        ),
        *when(
            known.visit in known.done_visits,
            Reason("visit-done"),
        ),
        *when(
            any(v not in known.done_visits for v in range(1, known.visit)),
            Reason("visit-order"),
        ),
        *when(late, Reason("no-weight.there")),
        *settled_reasons(known.newest_weighing),
        *fitness_reasons(known.fitness, slot, limits.fitness_hours),
        *window_reasons(known.window, day),
        *gap_reasons(known.last_infusion, day, limits.min_gap_days),
        *when(known.has_order, Reason("has-order")),
        *when(
            slot < earliest,
            Reason(
                "slot-too-soon",
                lead_minutes=limits.lead_minutes,
                earliest=as_words(earliest, at.zone),
            ),
        ),
    ]


@dataclass(frozen=True)
class CancelEvidence:
    """What the cancelling of an order rests on."""

    on_its_way: bool
    given: bool


def cancel_reasons(known: CancelEvidence) -> list[Reason]:
    """Why an order stays."""
    return [
        *when(
            known.on_its_way,
            Reason("bag-on-its-way"),
        ),
        *when(known.given, Reason("infused")),
    ]


def _words(standing: ParticipantStanding) -> str:
    return named(standing)
