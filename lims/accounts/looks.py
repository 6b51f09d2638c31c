"""Every look at a record of one's side, for whoever goes through accesses."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.trust.identity.people import Actor
from lims.trust.looks import RecordLook


@dataclass(frozen=True)
class RecordLookFacts:
    """One look at one record."""

    at: datetime
    by: str
    station: str
    page: str
    about: str


LOOKS = Listing((RecordLook.id,), finds=(RecordLook.by, RecordLook.about, RecordLook.page))


def record_looks(
    session: Session, asked: Asked = EVERYTHING, *, actor: Actor
) -> Listed[RecordLookFacts]:
    """Every look at a record of this person's side, the newest first."""
    mine = select(RecordLook).where(RecordLook.side == actor.side)
    page = one_page(session, mine, LOOKS, asked)
    return page.told(facts(RecordLookFacts, row) for row in page.rows)
