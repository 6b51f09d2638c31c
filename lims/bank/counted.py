"""Reads of the counts of boxes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bank.models import BoxCount
from lims.bank.rules import BoxCountStanding
from lims.core.facts import facts
from lims.core.telling import Told


@dataclass(frozen=True)
class BoxCountFacts:
    """The count of a box as it is read."""

    id: int
    box: str
    missing: str
    extra: str
    standing: BoxCountStanding
    by: str
    at: datetime
    second_by: str | None
    second_at: datetime | None
    says: Told = ""


def box_counts(session: Session, box: str) -> list[BoxCountFacts]:
    """The counts of a box, the newest first."""
    of_box = select(BoxCount).where(BoxCount.box == box).order_by(BoxCount.id.desc())
    return [facts(BoxCountFacts, row, says="") for row in session.scalars(of_box)]


def boxes_to_confirm(session: Session) -> list[BoxCountFacts]:
    """The boxes that a second person counts."""
    waiting = select(BoxCount).where(BoxCount.standing == BoxCountStanding.TO_CONFIRM)
    rows = session.scalars(waiting.order_by(BoxCount.at))
    return [facts(BoxCountFacts, row, says="") for row in rows]
