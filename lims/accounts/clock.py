"""The server's clock went back: two people sign that it is right now, or it catches up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from sqlalchemy import Connection, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import Base, Login
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.telling import Told
from lims.core.texts import say
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission
from lims.trust.trail.seals import last_seal


class ClockAccepted(Base):
    """That the clock was found right although the newest entry is later."""

    __tablename__ = "clock_accepted"
    stream = ("clock", "by")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    newest_entry: Mapped[datetime]
    clock: Mapped[datetime]
    reason: Mapped[str]
    by: Mapped[Login]
    confirmed_by: Mapped[Login]


def clocks_accepted(session: Session) -> list[ClockAccepted]:
    """Each time that the clock was set back and two people signed that it is right now."""
    return list(session.scalars(select(ClockAccepted).order_by(ClockAccepted.id)))


@dataclass(frozen=True)
class AcceptClock:
    """Why the clock is right, and what became of the entries that are dated later."""

    reason: Annotated[str, About(label=say("which-clock-was-wrong-how"), rows=3)]


@dataclass(frozen=True)
class Accepted:
    """From when on time is judged again."""

    clock: datetime
    says: Told


def clock_is_behind(connection: Connection, now: datetime) -> bool:
    """Whether the newest entry is later than now."""
    newest = last_seal(connection)
    return newest is not None and newest.at > now


@action(
    may=Permission.MANAGE_ACCOUNTS,
    signed_as=say("servers-clock-found-right"),
    witnessed_as=say("servers-clock-found-right"),
    second_may=Permission.CONFIRM_PERSON,
)
def accept_clock(work: Work, wanted: AcceptClock) -> Accepted:
    """Sign with QA that the clock is right although the newest entry is later than now."""
    if not clock_is_behind(work.connection, work.now):
        raise Refused(Reason("clock-is-right"))
    newest = last_seal(work.connection)
    work.add(
        ClockAccepted(
            newest_entry=newest.at if newest else work.now,
            clock=work.now,
            reason=wanted.reason,
            by=work.actor.login,
            confirmed_by=work.second,
        )
    )
    return Accepted(work.now, say("time-is-judged-again-from"))
