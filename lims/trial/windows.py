"""The days of each infusion; which may come late, which is missed (F21)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lims.core.reasons import Reason, when
from lims.core.texts import say


class WardDeviationKind(StrEnum):
    """What did not go by the protocol on the ward."""

    LATE = "late"  # the infusion is given after its window
    MISSED = "missed"  # it is not given; the next one goes on
    RANDOMISED_BY_MISTAKE = "randomised_by_mistake"
    WRONG_STRATUM = "wrong_stratum"
    REGISTERED_TWICE = "registered_twice"
    GIVEN_AGAINST_STOP = "given_against_stop"  # on paper, while the program could not say it
    OTHER = "other"


@dataclass(frozen=True)
class Window:
    """The days on which a visit may be."""

    first: date
    due: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether a day lies in the window, ends included."""
        return self.first <= day <= self.last


def visit_window(
    first_infusion: date, visit: int, interval: int, slack: int, late: int = 0
) -> Window:
    """Visit k is due (k−1) intervals after the first infusion, plus or minus the slack (F21).

    `late` days are added at its end where the investigator has signed a deviation.
    """
    due = first_infusion + timedelta(days=interval * (visit - 1))
    return Window(due - timedelta(days=slack), due, due + timedelta(days=slack + late))


def visits_in(missed: str) -> frozenset[int]:
    """The infusions that were declared missed."""
    return frozenset(int(visit) for visit in missed.split())


def window_reasons(window: Window | None, day: date) -> list[Reason]:
    """Whether a day is too early or too late for a visit."""
    if window is None or window.holds(day):
        return []
    word = say("day.early" if day < window.first else "day.late")
    return [
        Reason(
            f"too-{word}",
            say("too-for-this-infusion-its", word=word, first=window.first, last=window.last),
        )
    ]


def gap_reasons(last_infusion: date | None, day: date, fewest_days: int) -> list[Reason]:
    """Whether a day is too close to the infusion before, whenever that was."""
    if last_infusion is None:
        return []
    gap = (day - last_infusion).days
    return list(when(gap < fewest_days, Reason("too-close", gap=gap, fewest_days=fewest_days)))


def next_words(next_visit: int | None) -> str:
    """Which infusion is next, in words."""
    return (
        say("infusion-next-visit-is-next", next_visit=next_visit)
        if next_visit
        else say("all-infusions-were-given")
    )


@dataclass(frozen=True)
class DeviationEvidence:
    """What a deviation from the visits rests on."""

    randomised: bool
    next_visit: int | None
    window: Window | None  # without the late days
    late_days: int
    has_order: bool


def deviation_reasons(
    kind: WardDeviationKind, visit: int | None, known: DeviationEvidence, today: date
) -> list[Reason]:
    """Why this deviation cannot be signed today. What is past and done is always recorded."""
    if kind is WardDeviationKind.GIVEN_AGAINST_STOP:
        return [Reason("entered-with-its-paper-form")]
    if kind in {WardDeviationKind.RANDOMISED_BY_MISTAKE, WardDeviationKind.WRONG_STRATUM}:
        return list(when(not known.randomised, Reason("not-randomised.yet")))
    if kind not in {WardDeviationKind.LATE, WardDeviationKind.MISSED}:
        return []
    if visit is None or visit != known.next_visit:
        return [Reason("not-next-visit", next_words(known.next_visit))]
    if known.window is None:
        return [Reason("no-window")]
    window, late = known.window, kind is WardDeviationKind.LATE
    ends = window.last + timedelta(days=known.late_days)
    return [
        *when(late and today < window.first, Reason("window-to-come", first=window.first)),
        *when(late and today > ends, Reason("too-late-for-late", ends=ends)),
        *when(late and not known.late_days, Reason("never-late")),
        *when(not late and today <= window.last, Reason("window-open", last=window.last)),
        *when(not late and known.has_order, Reason("order-to-cancel")),
    ]
