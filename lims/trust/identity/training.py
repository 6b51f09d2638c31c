"""Who is signed off on which procedure, and to whom a task is delegated: judged at every action.

A permission may require both; then the role alone is not enough. What protects a person is never
held up by it: such actions say so themselves (`urgent`).
"""

from datetime import date, datetime
from typing import Protocol, cast

from sqlalchemy import Connection, ForeignKey, Table, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import Base, Login, Word
from lims.core.errors import Refused
from lims.core.prepared import Prepared
from lims.core.reasons import Reason, when
from lims.core.texts import joined, say
from lims.trust.context import Work
from lims.trust.identity.people import PROGRAM_LOGIN, Actor, Person, RoleGrant
from lims.trust.identity.roles import PERMISSIONS, SIDES, Permission, Side


class Procedure(Base):
    """One version of a procedure; the newest that is effective governs."""

    __tablename__ = "procedure"
    __table_args__ = (UniqueConstraint("number", "version"),)
    stream = ("procedure", "number")

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    version: Mapped[str]
    title: Mapped[str]
    side: Mapped[Side]
    permission: Mapped[Permission | None] = mapped_column(
        Word(Permission), index=True, comment="what nobody does who is not signed off"
    )
    effective_on: Mapped[date]
    months: Mapped[int] = mapped_column(comment="how long a signing off lasts")
    kept_at: Mapped[str] = mapped_column(comment="where its text is")
    by: Mapped[Login]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str] = mapped_column(default="")


class ProcedureRead(Base):
    """Somebody has read a version, and signed that they understood it."""

    __tablename__ = "procedure_read"
    stream = ("procedure", "procedure")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure: Mapped[int] = mapped_column(ForeignKey("procedure.id"), index=True)
    login: Mapped[Login]
    at: Mapped[datetime]


class SignOff(Base):
    """Somebody was trained on a version, says whoever trained them; until a day."""

    __tablename__ = "sign_off"
    stream = ("procedure", "procedure")

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure: Mapped[int] = mapped_column(ForeignKey("procedure.id"), index=True)
    login: Mapped[Login]
    until: Mapped[date]
    by: Mapped[Login]
    at: Mapped[datetime]
    ended_by: Mapped[Login | None]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str] = mapped_column(default="")


class Delegation(Base):
    """A task of the investigator's that somebody else does, from one day to another.

    From the first delegation of a task on only those do it to whom it is delegated.
    """

    __tablename__ = "delegation"
    stream = ("delegation", "login")

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[Login]
    task: Mapped[Permission] = mapped_column(Word(Permission), index=True)
    since: Mapped[date]
    until: Mapped[date]
    by: Mapped[Login]
    at: Mapped[datetime]
    ended_by: Mapped[Login | None]
    ended_at: Mapped[datetime | None]


# What an investigator delegates: work on the ward that somebody else's role allows.
TASKS = frozenset(
    {
        Permission.GIVE_INFUSION,
        Permission.WEIGH,
        Permission.ASSESS_OUTCOME,
        Permission.REPORT_EVENT,
    }
)
P = cast("Table", Procedure.__table__)
_S = cast("Table", SignOff.__table__)
_D = cast("Table", Delegation.__table__)
_GOVERNING = Prepared(
    select(P.c.id, P.c.number, P.c.version)
    .where(
        P.c.permission == bindparam("permission", type_=P.c.permission.type),
        P.c.effective_on <= bindparam("today", type_=P.c.effective_on.type),
        P.c.withdrawn_at.is_(None),
    )
    .order_by(P.c.effective_on, P.c.id)
)
_SIGNED = Prepared(
    select(_S.c.procedure, _S.c.until)
    .where(_S.c.login == bindparam("login", type_=_S.c.login.type), _S.c.ended_at.is_(None))
    .order_by(_S.c.until)
)
_DELEGATED = Prepared(
    select(_D.c.login, _D.c.since, _D.c.until, _D.c.ended_at).where(
        _D.c.task == bindparam("task", type_=_D.c.task.type)
    )
)


class Wanted(Protocol):
    """What somebody is about to do."""

    @property
    def may(self) -> Permission:
        """What the person must be allowed."""
        ...

    @property
    def second_may(self) -> Permission | None:
        """What the second person must be allowed; None: the same."""
        ...

    @property
    def urgent(self) -> bool:
        """Whether it protects a person."""
        ...


def must_be_trained(work: Work, wanted: Wanted, second: Actor | None) -> None:
    """Refuse whoever is not signed off on what governs this, the second person too."""
    if wanted.urgent or work.actor.login == PROGRAM_LOGIN:
        return
    reasons = training_reasons(work.connection, work.actor, wanted.may, work.today)
    if second:
        may = wanted.second_may or wanted.may
        reasons += training_reasons(work.connection, second, may, work.today)
    if reasons:
        raise Refused(say("not-trained-for-this"), reasons)


def training_reasons(
    connection: Connection, who: Actor, permission: Permission, today: date
) -> list[Reason]:
    """Why this person does not do this today although a role allows it, and who can mend it."""
    rows = _GOVERNING.rows(connection, permission=permission, today=today)
    governing = {row.number: row for row in rows}  # of each procedure its newest version
    signed = {}
    if governing:
        signed = {row.procedure: row.until for row in _SIGNED.rows(connection, login=who.login)}
    reasons = []
    for row in governing.values():
        until = signed.get(row.id)
        told = {"who": who.name, "number": row.number, "version": row.version}
        if until is None:
            reasons.append(("not-signed-off", told))
        elif until < today:
            reasons.append(("sign-off-over", {**told, "until": until}))
    alone = _not_delegated(connection, who, permission, today)
    if not reasons and not alone:
        return []
    with Session(connection) as session:
        renews = joined("between.words", who_renews(session, permission.side))
    return [
        *(Reason(code, **told, renews=renews) for code, told in reasons),
        *when(
            alone,
            Reason("task-not-delegated", who=who.name, renews=renews),
        ),
    ]


def _not_delegated(connection: Connection, who: Actor, permission: Permission, today: date) -> bool:
    if permission not in TASKS or who.may(Permission.DECIDE_PARTICIPANT):
        return False  # an investigator does what an investigator delegates
    rows = _DELEGATED.rows(connection, task=permission)
    now = [r for r in rows if r.ended_at is None and r.since <= today <= r.until]
    return bool(rows) and who.login not in {row.login for row in now}


def who_renews(session: Session, side: Side) -> list[str]:
    """The names of those who sign off and delegate on this side of the wall."""
    trains = Permission.MANAGE_TRAINING
    trainers = [role for role, may in PERMISSIONS.items() if trains in may and SIDES[role] is side]
    names = (
        select(Person.name)
        .join(RoleGrant, RoleGrant.login == Person.login)
        .where(RoleGrant.role.in_(trainers), Person.active, RoleGrant.until.is_(None))
    )
    return sorted(set(session.scalars(names)))
