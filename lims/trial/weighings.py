"""Reads of a participant's weighings: the agreed one, and the newest."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.trial.models import Weighing
from lims.trial.rules import WeighingStanding


def confirmed_weighing(session: Session, number: str, visit: int) -> Weighing | None:
    """The newest weighing of a visit on which two people agree."""
    return session.scalar(
        select(Weighing)
        .where(
            Weighing.participant == number,
            Weighing.visit == visit,
            Weighing.standing == WeighingStanding.CONFIRMED,
        )
        .order_by(Weighing.id.desc())
        .limit(1)
    )


def newest_weighing(session: Session, number: str) -> Weighing | None:
    """The newest weighing, agreed or not."""
    newest = select(Weighing).where(Weighing.participant == number)
    return session.scalar(newest.order_by(Weighing.id.desc()).limit(1))
