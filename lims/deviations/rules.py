"""Deviations: their kinds, and who may close one."""

from enum import StrEnum

from lims.core.reasons import Reason, when
from lims.genealogy.rules import Hands, hands_reasons


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
