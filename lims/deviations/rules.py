"""Deviations: their kinds, and who may close one."""

from datetime import date
from enum import StrEnum
from typing import Final

from lims.core.reasons import Reason, when
from lims.genealogy.rules import Hands, hands_reasons

MOST_DAYS: Final = 3653  # ten years


class DeviationStanding(StrEnum):
    """Open until QA closes it."""

    OPEN = "open"
    CLOSED = "closed"


class DeviationKind(StrEnum):
    """What it is about, for counting and for what its closing unlocks."""

    REPORTED = "reported"
    DOSE = "dose"  # a draw outside the action limit: opened by the draw, unlocks nothing else
    OUT_OF_SPECIFICATION = "out-of-specification"
    INDETERMINATE = "indeterminate"
    INVALID_RUN = "invalid-run"
    GROWTH = "growth"
    TRANSPORT_TIME = "transport-time"
    TOO_COLD = "too-cold"
    TOO_WARM = "too-warm"
    LOGGER_SILENT = "logger-silent"
    KIT_NOT_USABLE = "kit-not-usable"
    MEDIUM_CONTACT = "medium-contact"
    FREEZING_RATE = "freezing-rate"
    FREEZING_END = "freezing-end"
    STEP_LIMIT = "step-limit"
    EXCURSION = "excursion"
    FELL_DUE = "fell-due"  # an instrument's term ended while a step went on
    ACTION_LIMIT = "action-limit"  # of a plate or a particle count of the room
    PASSAGE_LIMIT = "passage-limit"  # QA lets cells pass it
    DOUBLINGS_LIMIT = "doublings-limit"
    PASSAGE_SPAN = "passage-span"


class DeviationClass(StrEnum):
    """How grave a deviation is, as QA assesses it."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class CapaKind(StrEnum):
    """What a measure is for (ICH Q10 3.2.2)."""

    CORRECTIVE = "corrective"  # so that what happened is mended
    PREVENTIVE = "preventive"  # so that it does not happen again


class CapaStanding(StrEnum):
    """How far a measure is."""

    PLANNED = "planned"
    DONE = "done"
    EFFECTIVE = "effective"
    NOT_EFFECTIVE = "not_effective"
    DROPPED = "dropped"


def amending_reasons(standing: DeviationStanding, code: DeviationKind) -> list[Reason]:
    """Why the words of a deviation stay as they are."""
    return [
        *when(standing is DeviationStanding.CLOSED, Reason("closed.deviation")),
        *when(code is not DeviationKind.REPORTED, Reason("not-a-persons-words")),
    ]


def closing_reasons(opened_by: str, hands: Hands, who: str) -> list[Reason]:
    """Why this person may not close this deviation."""
    return [
        *when(
            opened_by == who,
            Reason("you-opened-it"),
        ),
        *hands_reasons(hands, who),
    ]


def grave_reasons(severity: DeviationClass | None, cause: str, corrections: int) -> list[Reason]:
    """Why a grave deviation is not closed yet: its cause is not known, or what mends it is not done.

    `corrections` are the corrective measures that are still planned.
    """
    grave = severity in {DeviationClass.MAJOR, DeviationClass.CRITICAL}
    waits = severity is DeviationClass.CRITICAL and corrections
    return [
        *when(grave and not cause, Reason("cause-not-known", severity=severity)),
        *when(waits, Reason("corrections-not-done", count=corrections)),
    ]


def assessing_reasons(severity: DeviationClass, cause: str, *, is_open: bool) -> list[Reason]:
    """Why an assessment is not taken: of a closed deviation, or of a grave one that lost its cause."""
    return [
        *when(not is_open, Reason("closed.deviation")),
        *when(
            severity is not DeviationClass.MINOR and not cause,
            Reason("cause-not-known", severity=severity),
        ),
    ]


def planning_reasons(
    due_on: date, check_on: date, today: date, *, works_here: bool
) -> list[Reason]:
    """Why a measure cannot be planned so."""
    return [
        *when(not works_here, Reason("nobody-of-the-laboratory")),
        *when(due_on < today, Reason("due-in-the-past")),
        *when(check_on < due_on, Reason("checked-before-due")),
        *when((check_on - today).days > MOST_DAYS, Reason("too-far-ahead")),
    ]


def checking_reasons(who: str, owner: str, done_by: str | None) -> list[Reason]:
    """Why this person does not judge whether a measure works: it is their own."""
    return list(when(who in {owner, done_by}, Reason("your-own-measure")))


NOT_PLANNED: Final = Reason("measure-not-planned")


def checking_day_reasons(check_on: date, today: date) -> list[Reason]:
    """Why it is too early to say whether a measure works."""
    return list(when(today < check_on, Reason("checked-too-early", on=check_on)))


def done_reasons(who: str, owner: str) -> list[Reason]:
    """Why this person does not report a measure as done: somebody else answers for it."""
    return list(when(who != owner, Reason("measure-of-another", owner=owner)))
