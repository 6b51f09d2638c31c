"""Reads of notices: only those that one's own roles must know."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.gathering import gathered
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.notices.models import Acknowledgement, Notice
from lims.notices.rules import NoticeKind, kinds_for, kinds_that_escalate_to
from lims.trust.identity.people import Actor, RoleGrant
from lims.trust.identity.roles import Role


@dataclass(frozen=True)
class ReadBy:
    """Who has read a notice, and what they will do."""

    login: str
    will_do: str
    at: datetime


@dataclass(frozen=True)
class NoticeFacts:
    """A notice, and who has read it."""

    id: str
    kind: NoticeKind
    about: str
    raised_at: datetime
    read_by: tuple[ReadBy, ...]


def notice_facts(session: Session, row: Notice) -> NoticeFacts:
    """A notice with its acknowledgements."""
    (found,) = _with_readers(session, [row])
    return found


NOTICES = Listing((Notice.raised_at, Notice.id), finds=(Notice.about,))


def notices(session: Session, asked: Asked = EVERYTHING, *, actor: Actor) -> Listed[NoticeFacts]:
    """The notices that this person must know, or may be told of, the newest first."""
    found = select(Notice).where(Notice.kind.in_(_mine(actor)))
    page = one_page(session, found, NOTICES, asked)
    return page.told(_with_readers(session, page.rows))


def notice(session: Session, actor: Actor, notice: str) -> NoticeFacts:
    """One notice; of another side's, none."""
    row = session.get(Notice, notice)
    if row is None or row.kind not in _mine(actor):
        raise Missing
    return notice_facts(session, row)


def _mine(actor: Actor) -> frozenset[NoticeKind]:
    return kinds_for(actor.roles) | kinds_that_escalate_to(actor.roles)


def told_of(session: Session, kind: NoticeKind) -> frozenset[str]:
    """The numbers of what a notice of this kind was raised about."""
    return frozenset(session.scalars(select(Notice.about).where(Notice.kind == kind)))


def unread(
    session: Session, roles: Collection[Role], login: str, before: datetime
) -> list[tuple[NoticeFacts, bool]]:
    """What this person has not read yet, the oldest first; with whether it is one of others'.

    A notice of others' comes to them when it was raised `before` that moment and nobody read it.
    What was raised before they came concerns them no more.
    """
    came = select(func.min(RoleGrant.since)).where(
        RoleGrant.login == login, RoleGrant.until.is_(None)
    )
    must, told = kinds_for(roles), kinds_that_escalate_to(roles)
    mine = select(Acknowledgement.notice).where(Acknowledgement.login == login)
    anybodys = select(Acknowledgement.notice)
    waits = (Notice.kind.in_(must) & Notice.id.not_in(mine)) | (
        Notice.kind.in_(told - must) & Notice.id.not_in(anybodys) & (Notice.raised_at <= before)
    )
    since = Notice.raised_at >= came.scalar_subquery()
    rows = session.scalars(select(Notice).where(waits, since).order_by(Notice.raised_at, Notice.id))
    return [(facts(NoticeFacts, row, read_by=()), row.kind not in must) for row in rows]


def _with_readers(session: Session, rows: list[Notice]) -> list[NoticeFacts]:
    of_these = select(Acknowledgement).where(Acknowledgement.notice.in_([row.id for row in rows]))
    readers = gathered(session, of_these.order_by(Acknowledgement.at), Acknowledgement.notice)
    return [
        facts(NoticeFacts, row, read_by=tuple(facts(ReadBy, one) for one in readers[row.id]))
        for row in rows
    ]
