"""Raising a notice from inside another action, and acknowledging one."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.core.entries import About
from lims.core.errors import Missing, Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.notices import queries
from lims.notices.models import Acknowledgement, Notice
from lims.notices.queries import NoticeFacts
from lims.notices.rules import NoticeKind, kinds_for, kinds_that_escalate_to
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"


def raise_notice(work: Work, kind: NoticeKind, about: str) -> None:
    """Tell everybody who must know of this kind, on top of their work, until each has read it."""
    work.add(
        Notice(
            id=work.chance.letters("notice", _SIGNS, 12),
            kind=kind,
            about=about,
            raised_at=work.entered,  # from then on somebody can know
        )
    )


@dataclass(frozen=True)
class Acknowledge:
    """A notice, and what follows from it."""

    notice: str
    will_do: Annotated[str, About(label=say("what-you-will-do"), rows=2)]


@action(may=Permission.OWN_ACCOUNT)
def acknowledge(work: Work, wanted: Acknowledge) -> NoticeFacts:
    """Say that a notice was read, and what will be done about it."""
    roles = work.actor.roles
    row = work.session.get(Notice, wanted.notice)
    if row is None or row.kind not in kinds_for(roles) | kinds_that_escalate_to(roles):
        raise Missing
    mine = (Acknowledgement.notice == row.id) & (Acknowledgement.login == work.actor.login)
    if work.session.scalar(select(Acknowledgement.at).where(mine)):
        raise Refused(Reason("read-already"))
    work.add(
        Acknowledgement(notice=row.id, login=work.actor.login, will_do=wanted.will_do, at=work.now)
    )
    return queries.notice_facts(work.session, row)
