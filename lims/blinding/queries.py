"""Reads of the sealed list's size, and of who looked at its rows. Never an arm."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.blinding.models import Look, SealedList
from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page


@dataclass(frozen=True)
class ListFacts:
    """The sealed list: its size and digest."""

    digest: str
    rows: int
    imported_by: str
    imported_at: datetime


@dataclass(frozen=True)
class LookFacts:
    """One look at one row."""

    treatment: str
    purpose: str
    by: str
    at: datetime


def sealed_lists(session: Session) -> list[ListFacts]:
    """The sealed list, if there is one."""
    return [facts(ListFacts, row) for row in session.scalars(select(SealedList))]


LOOKS = Listing((Look.id,), finds=(Look.treatment, Look.purpose, Look.by))


def looks(session: Session, asked: Asked = EVERYTHING) -> Listed[LookFacts]:
    """Every look at a row of the list, the newest first."""
    page = one_page(session, select(Look), LOOKS, asked)
    return page.told(facts(LookFacts, row) for row in page.rows)
