"""Eligibility with each failed criterion named, weights, fitness, windows, and what an order needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

from lims.core.days import Moment, day_of
from lims.core.quantities import WIDE, Hours, Kilograms
from lims.core.reasons import Reason, when
from lims.core.rounding import CompareRule, Outcome, compare
from lims.core.words import as_words
from lims.core.written import PLAIN, fault_of
from lims.protocol.rules import Computed, Criterion, CriterionKind, impossible


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


NUMBERS = frozenset({CriterionKind.RANGE, CriterionKind.MEASURE})


def years_between(born_on: date, day: date) -> int:
    """Completed years on a day; who was born on 29 February turns on 1 March."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def computed_answers(
    criteria: Sequence[Criterion], answers: Mapping[str, str], born_on: date, today: date
) -> dict[str, str]:
    """What the program knows itself: age, body-mass index, insulin for each kilogram."""
    found = {}
    for criterion in criteria:
        if criterion.computed is None:
            continue
        try:
            value = _computed(criterion.computed, answers, born_on, today)
        except (KeyError, InvalidOperation, ZeroDivisionError):
            continue  # what it is computed from is missing: it has no answer
        found[criterion.code] = f"{value:f}"
    return found


def _computed(what: Computed, answers: Mapping[str, str], born_on: date, today: date) -> Decimal:
    if what is Computed.AGE:
        return Decimal(years_between(born_on, today))
    weight = Decimal(answers["weight"])
    if what is Computed.PER_KG:
        return WIDE.quantize(Decimal(answers["daily-insulin"]) / weight, Decimal("0.000001"))
    metres = Decimal(answers["height"]) / 100
    return WIDE.quantize(weight / (metres * metres), Decimal("0.000001"))


def answer_reasons(
    criteria: Sequence[Criterion],
    given: Sequence[tuple[str, str]],
    computed: Mapping[str, str],
) -> list[Reason]:
    """Why these answers cannot be taken: unknown, unreadable, impossible, or known otherwise."""
    by_code = {criterion.code: criterion for criterion in criteria}
    codes = [code for code, _ in given]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    reasons = [Reason("answered-twice", f"{code} is answered twice.") for code in twice]
    for code, value in given:
        criterion = by_code.get(code)
        if criterion is None:
            text = f"{code} is not a criterion of this protocol."
            reasons.append(Reason("unknown-criterion", text))
        elif criterion.kind not in NUMBERS:
            wrong = value not in {"yes", "no"}
            text = f"{criterion.text}: choose yes or no."
            reasons += when(wrong, Reason(f"unreadable-{code}", text))
        elif not PLAIN.fullmatch(value):
            text = f"{criterion.text}: not a number. {fault_of(value)}"
            reasons.append(Reason(f"unreadable-{code}", text))
        elif criterion.computed is not None:
            reasons += _compared(criterion, value, computed.get(code))
        else:
            reasons += impossible(
                criterion.text, Decimal(value), criterion.possible, criterion.unit
            )
    return reasons


def _compared(criterion: Criterion, said: str, known: str | None) -> list[Reason]:
    """A person's word beside what is known: at the person's own precision they must agree."""
    if known is None:
        text = f"{criterion.text}: enter what it is computed from."
        return [Reason(f"not-computed-{criterion.code}", text)]
    exponent = Decimal(1).scaleb(int(Decimal(said).as_tuple().exponent))
    rounded = Decimal(known).quantize(exponent, ROUND_HALF_UP, WIDE)
    text = f"{criterion.text}: {said} was entered, {rounded:f} {criterion.unit} is computed."
    return list(when(rounded != Decimal(said), Reason(f"differs-{criterion.code}", text)))


def eligibility_reasons(criteria: Sequence[Criterion], answers: Mapping[str, str]) -> list[Reason]:
    """Every criterion of the protocol that is not met or not answered."""
    judged = (_criterion(criterion, answers.get(criterion.code, "")) for criterion in criteria)
    return [reason for reason in judged if reason is not None]


def _criterion(criterion: Criterion, answer: str) -> Reason | None:
    if not answer:
        return Reason(f"missing-{criterion.code}", f"{criterion.text}: no answer.")
    if criterion.kind is CriterionKind.MEASURE:
        return None
    if criterion.kind is not CriterionKind.RANGE:
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


def is_unlikely(before: Kilograms | None, now: Kilograms, most_pct: Decimal) -> bool:
    """Whether a weight lies so far from the last one that it needs a reason or a third look."""
    if before is None:
        return False
    return abs(now.value - before.value) * 100 > most_pct * before.value


def settled_reasons(newest: WeighingStanding | None) -> list[Reason]:
    """A weight that only one has entered, or about which two disagree, is no weight to give by."""
    said = {
        WeighingStanding.OPEN: "A second person has not entered the weight yet.",
        WeighingStanding.DISAGREED: "Two people found different weights. Both weigh again.",
        WeighingStanding.UNLIKELY: "The weight is far from the last one. Weigh a third time, or"
        " the investigator signs the reason.",
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


def fitness_reasons(found: FitnessFacts | None, given_at: datetime, oldest: Hours) -> list[Reason]:
    """Whether fitness holds for an infusion at that moment: signed, not undone, not too old."""
    if found is None or not found.holds:
        text = (
            "No investigator has signed that the participant is fit for it."
            if found is None
            else "The participant is not fit for it: the newest word of an investigator, or an"
            " event after it."
        )
        return [Reason("not-fit", text)]
    span = timedelta(hours=float(oldest.value))
    text = f"Fitness was signed more than {oldest.value:f} h before. The investigator signs anew."
    return list(when(given_at - found.at > span, Reason("fitness-old", text)))


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


def gap_reasons(last_infusion: date | None, day: date, fewest_days: int) -> list[Reason]:
    """Whether a day is too close to the infusion before, whenever that was."""
    if last_infusion is None:
        return []
    gap = (day - last_infusion).days
    text = f"Only {gap} days after the last infusion; at least {fewest_days}."
    return list(when(gap < fewest_days, Reason("too-close", text)))


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
            Reason("not-randomised", f"The participant is {_words(standing)}."),
        ),
        *when(
            visit != next_visit,
            Reason("not-next-visit", _next_words(next_visit)),
        ),
        *when(
            opens_on is not None and today < opens_on,
            Reason("too-early", f"Fitness for this infusion is signed from {opens_on} on."),
        ),
    ]


def next_visit_reasons(visit: int, next_visit: int | None) -> list[Reason]:
    """What is done for an infusion is done for the next one."""
    return list(when(visit != next_visit, Reason("not-next-visit", _next_words(next_visit))))


def _next_words(next_visit: int | None) -> str:
    return f"Infusion {next_visit} is next." if next_visit else "All infusions were given."


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
        *settled_reasons(known.newest_weighing),
        *fitness_reasons(known.fitness, slot, limits.fitness_hours),
        *window_reasons(known.window, day),
        *gap_reasons(known.last_infusion, day, limits.min_gap_days),
        *when(known.has_order, Reason("has-order", "This infusion is ordered already.")),
        *when(
            slot < earliest,
            Reason(
                "slot-too-soon",
                f"The laboratory needs {limits.lead_minutes} minutes: not before"
                f" {as_words(earliest, at.zone)}.",
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
            Reason("bag-on-its-way", "The bag is on its way. Return it instead."),
        ),
        *when(known.given, Reason("infused", "This infusion was given.")),
    ]


def _words(standing: ParticipantStanding) -> str:
    return standing.value.replace("_", " ")
