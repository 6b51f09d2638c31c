"""What may be issued, read and signed off, and by whom."""

from datetime import date, timedelta

from lims.core.reasons import Reason, when
from lims.trust.identity.roles import Permission, Side

YEARS = timedelta(days=3653)  # from today, either way: a day beyond is a slip


def issuing_reasons(
    permission: Permission | None, side: Side, effective: date, today: date, *, known: bool
) -> list[Reason]:
    """Why this procedure is not issued: it is there already, or is about another side's work."""
    others = permission is not None and permission.side is not side
    return [
        *when(known, Reason("procedure-is-there")),
        *when(others, Reason("permission-of-another-side")),
        *when(abs(effective - today) > YEARS, Reason("no-day-for-a-procedure")),
    ]


def signing_off_reasons(
    who: str, trainer: str, *, has_read: bool, same_side: bool, governs: bool
) -> list[Reason]:
    """Why nobody is signed off so: not read, not here, an old version, or it is oneself."""
    return [
        *when(not governs, Reason("procedure-is-old")),
        *when(not same_side, Reason("person-of-another-side")),
        *when(same_side and not has_read, Reason("has-not-read-it", who=who)),
        *when(who == trainer, Reason("trainer-is-somebody-else")),
    ]


def delegating_reasons(
    task: Permission, allowed: frozenset[Permission], since: date, until: date, today: date
) -> list[Reason]:
    """Why a task is not delegated: a role does not allow it, or the days are none."""
    return [
        *when(task not in allowed, Reason("role-does-not-allow-it")),
        *when(since > until, Reason("ends-before-it-begins")),
        *when(until < today, Reason("delegation-is-over")),
    ]
