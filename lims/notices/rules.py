"""Which news somebody must know, who, and how long it may stay unread."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from lims.trust.identity.roles import Role


class NoticeKind(StrEnum):
    """What happened. What the ward is told is the same word for every cause."""

    BAG_STOPPED = "bag_stopped"
    BAG_GIVEN_BACK = "bag_given_back"
    GROWTH = "growth"
    RESULT_FAILED = "result_failed"
    EXCURSION = "excursion"  # too warm, too cold or too long on the way
    DEVIATION_DUE = "deviation_due"
    DONOR_INELIGIBLE = "donor_ineligible"
    RECALL = "recall"
    CODE_BROKEN = "code_broken"
    CODES_BROKEN = "codes_broken"  # more than one within a day
    PASSWORD_RESET = "password_reset"  # noqa: S105 -- what happened


K = NoticeKind
# Each person with one of these roles has to say that it was read.
MUST_KNOW: Final[Mapping[NoticeKind, frozenset[Role]]] = {
    K.BAG_STOPPED: frozenset({Role.NURSE, Role.INVESTIGATOR}),
    K.BAG_GIVEN_BACK: frozenset({Role.NURSE, Role.INVESTIGATOR}),
    K.GROWTH: frozenset({Role.QA, Role.TECHNICIAN}),
    K.RESULT_FAILED: frozenset({Role.QA}),
    K.EXCURSION: frozenset({Role.QA, Role.TECHNICIAN}),
    K.DEVIATION_DUE: frozenset({Role.QA}),
    K.DONOR_INELIGIBLE: frozenset({Role.QA, Role.TECHNICIAN}),
    K.RECALL: frozenset({Role.QA, Role.TECHNICIAN}),
    K.CODE_BROKEN: frozenset({Role.STATISTICIAN, Role.MONITOR}),
    K.CODES_BROKEN: frozenset({Role.STATISTICIAN, Role.MONITOR}),
    K.PASSWORD_RESET: frozenset({Role.QA}),
}
# Who is told on top where a notice stays unread.
ESCALATES_TO: Final[Mapping[NoticeKind, Role]] = {
    K.BAG_STOPPED: Role.MONITOR,
    K.BAG_GIVEN_BACK: Role.MONITOR,
    K.GROWTH: Role.ANALYST,
    K.RESULT_FAILED: Role.ANALYST,
    K.EXCURSION: Role.ANALYST,
    K.DEVIATION_DUE: Role.ANALYST,
    K.DONOR_INELIGIBLE: Role.ANALYST,
    K.RECALL: Role.ANALYST,
    K.CODE_BROKEN: Role.INVESTIGATOR,
    K.CODES_BROKEN: Role.INVESTIGATOR,
    K.PASSWORD_RESET: Role.QA,  # each of them, from the beginning
}


def kinds_for(roles: Collection[Role]) -> frozenset[NoticeKind]:
    """The kinds of notice that people of these roles must know."""
    return frozenset(kind for kind, who in MUST_KNOW.items() if who & set(roles))


def kinds_that_escalate_to(roles: Collection[Role]) -> frozenset[NoticeKind]:
    """The kinds of notice of others that people of these roles are told of when they stay unread."""
    return frozenset(k for k, role in ESCALATES_TO.items() if role in roles) - kinds_for(roles)
