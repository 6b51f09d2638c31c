"""Deviations that stand open for longer than the protocol allows are told to QA, once each."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, select

from lims.deviations.models import Deviation
from lims.deviations.rules import DeviationStanding
from lims.notices.actions import raise_notice
from lims.notices.queries import told_of
from lims.notices.rules import NoticeKind
from lims.protocol.queries import trial_in_force
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class TellDueDeviations:
    """Whatever is due by now."""


@dataclass(frozen=True)
class DueTold:
    """The deviations that were told."""

    deviations: tuple[str, ...]


@action(may=Permission.PROGRAM, served=False)
def tell_due_deviations(work: Work, wanted: TellDueDeviations) -> DueTold:
    """Tell QA of every deviation that should be closed by now and was not told before."""
    del wanted
    is_open = Deviation.standing == DeviationStanding.OPEN
    if not work.session.scalar(select(exists().where(is_open))):
        return DueTold(())  # as before the first protocol, which says how long one may stay open
    opened_before = work.now - timedelta(days=trial_in_force(work).deviation_days)
    due = select(Deviation.number).where(
        is_open,
        Deviation.opened_at <= opened_before,
    )
    told = told_of(work.session, NoticeKind.DEVIATION_DUE)
    found = work.session.scalars(due.order_by(Deviation.number))
    numbers = tuple(number for number in found if number not in told)
    for number in numbers:
        raise_notice(work, NoticeKind.DEVIATION_DUE, number)
    return DueTold(numbers)
