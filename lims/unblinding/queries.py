"""Reads of code breaks. Never an arm."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.unblinding.models import CodeBreak, LookBack
from lims.unblinding.rules import BreakReason


@dataclass(frozen=True)
class BreakFacts:
    """The fact of a code break."""

    participant: str
    reason: BreakReason
    detail: str
    by: str
    at: datetime


def code_breaks(session: Session) -> list[BreakFacts]:
    """All code breaks."""
    rows = session.scalars(select(CodeBreak).order_by(CodeBreak.id))
    return [facts(BreakFacts, row) for row in rows]


@dataclass(frozen=True)
class LookBackFacts:
    """That somebody looked back, and why; never what was found."""

    of: str
    reason: str
    by: str
    at: datetime


LOOK_BACKS = Listing((LookBack.id,), finds=(LookBack.of, LookBack.reason, LookBack.by))


def look_backs(session: Session, asked: Asked = EVERYTHING) -> Listed[LookBackFacts]:
    """All look-backs, the newest first."""
    page = one_page(session, select(LookBack), LOOK_BACKS, asked)
    return page.told(facts(LookBackFacts, row) for row in page.rows)
