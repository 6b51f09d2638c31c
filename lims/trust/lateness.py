"""What happened earlier than it was entered: written on paper while the power was off.

Clocks run from when it happened; the page, the trail and the signature say both times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.db import Base
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.core.words import as_words
from lims.trust.context import Work
from lims.trust.identity.roles import Side
from lims.trust.late_entries import LateEntry
from lims.trust.trail.entries import TrailEntry, row_key


@dataclass(frozen=True)
class Earlier:
    """When it happened, and why it is entered only now."""

    happened_at: datetime
    because: str = ""


def lateness_reasons(
    earlier: Earlier, now: datetime, within: timedelta, *, witnessed: bool
) -> list[Reason]:
    """Every reason why this is not entered as having happened then."""
    late = now - earlier.happened_at > within
    minutes = int(within.total_seconds() // 60)
    return [
        *when(earlier.happened_at > now, Reason("happened-in-the-future")),
        *when(late and not earlier.because, Reason("late-without-a-reason", minutes=minutes)),
        *when(late and not witnessed, Reason("late-without-a-witness", minutes=minutes)),
    ]


def steps_reasons(times: Sequence[datetime], now: datetime) -> list[Reason]:
    """Why the times of a paper form cannot be those of its steps, which follow one another."""
    return [
        *when(list(times) != sorted(times), Reason("steps-out-of-order")),
        *when(max(times) > now, Reason("happened-in-the-future")),
    ]


def as_of(work: Work, moment: datetime) -> Work:
    """The same work, as of when a step happened."""
    work.now = moment
    return work


def enter_late(work: Work, action: str, earlier: Earlier) -> None:
    """Keep that this was entered later; refuse it if it cannot have happened then."""
    _follows_what_it_rests_on(work, earlier)
    _keep_late(work, action, earlier)


def _follows_what_it_rests_on(work: Work, earlier: Earlier) -> None:
    """Refuse what happened before a thing was there, or stood where it was moved from.

    What else an action rests on is for its own rules. A side's own entries alone are asked: a
    refusal tells nobody when the other side worked.
    """
    changes = work.transaction.changes or ()
    rows = [*((row, False) for row in work.held), *((row, _is_move(made)) for row, made in changes)]
    reasons: dict[str, Reason] = {}
    for row, moved in rows:
        since = _there_since(work.session, work.side, row, moved=moved) if row.stream else None
        if since is not None and since > earlier.happened_at:
            said = as_words(since, work.settings.zone)
            reasons[_key(row)] = Reason("happened-before", number=_key(row), since=said)
    if reasons:
        raise Refused(say("not-entered-so"), [*reasons.values()])


def _keep_late(work: Work, action: str, earlier: Earlier) -> None:
    """Keep both times, for each thing that was changed."""
    changed = {_key(row) for row, _ in work.transaction.changes or () if row.stream}
    for thing in sorted(changed - {work.actor.login, *_second(work)}):  # their signatures
        work.add(
            LateEntry(
                thing=thing,
                side=work.side,
                action=action,
                happened_at=earlier.happened_at,
                entered_at=work.entered,
                because=earlier.because,
                by=work.actor.login,
                second=next(iter(_second(work)), None),
            )
        )


def _second(work: Work) -> set[str]:
    return {work.witness.login} if work.witness else set()


def _key(row: Base) -> str:
    assert row.stream is not None  # noqa: S101 -- asked by who calls
    return str(getattr(row, row.stream[1]))


def _is_move(change: dict[str, Any]) -> bool:
    return "standing" in change["new"] and bool(change["old"])


def _there_since(session: Session, side: Side, row: Base, *, moved: bool) -> datetime | None:
    """When the row was made, or took the standing that it had, on this side; None for what is new."""
    assert row.stream is not None  # noqa: S101 -- asked by who calls
    stream = f"{side}/{row.stream[0]}/{_key(row)}"
    mine = (row.__tablename__, row_key(row))
    entries = select(TrailEntry).where(TrailEntry.stream_name == stream)
    for entry in session.scalars(entries.order_by(TrailEntry.seq.desc())):
        told = entry.read or {}
        for change in told.get("changes", ()):
            it = (change["table"], change["row"]) == mine
            if it and (not change["old"] or (moved and _is_move(change))):
                return datetime.fromisoformat(told.get("happened_at") or told["at"])
    return None
