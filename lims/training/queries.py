"""Reads of procedures, and of who has read and been signed off on which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.accounts.queries import PersonFacts, people
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.telling import Told
from lims.trust.identity.roles import SIDES, Permission, Side
from lims.trust.identity.training import Delegation, Procedure, ProcedureRead, SignOff


@dataclass(frozen=True)
class ProcedureFacts:
    """A version of a procedure as it is read."""

    id: int
    number: str
    version: str
    title: str
    side: Side
    permission: Permission | None
    effective_on: date
    months: int
    kept_at: str
    by: str
    at: datetime
    withdrawn_at: datetime | None
    withdrawn_why: str
    says: Told = ""

    @property
    def named(self) -> str:
        """Its number and version, as it is acknowledged at a step."""
        return f"{self.number} v{self.version}"


@dataclass(frozen=True)
class Trained:
    """Where somebody stands with a procedure: when they read it, until when they are signed off."""

    procedure: int
    login: str
    read_at: datetime | None
    sign_off: int | None
    until: date | None
    by: str | None


@dataclass(frozen=True)
class DelegationFacts:
    """A delegated task as it is read."""

    id: int
    login: str
    task: Permission
    since: date
    until: date
    by: str
    ended_at: datetime | None
    says: Told = ""


def procedures(session: Session, side: Side) -> list[ProcedureFacts]:
    """Every version of every procedure of a side, the newest of each first."""
    order = (Procedure.number, Procedure.effective_on.desc(), Procedure.id.desc())
    rows = session.scalars(select(Procedure).where(Procedure.side == side).order_by(*order))
    return [facts(ProcedureFacts, row, says="") for row in rows]


def procedure(session: Session, number: int, side: Side) -> Procedure:
    """One version of a side's own procedure."""
    row = session.get(Procedure, number)
    if row is None or row.side is not side:
        raise Missing
    return row


def governing(session: Session, side: Side, today: date) -> list[ProcedureFacts]:
    """The version of each procedure that governs on a day, and those that are to come."""
    newest: dict[str, ProcedureFacts] = {}
    coming = []
    for one in reversed(procedures(session, side)):
        if one.withdrawn_at is not None:
            continue
        if one.effective_on > today:
            coming.append(one)
        else:
            newest[one.number] = one
    return [*newest.values(), *coming]


def of_side(person: PersonFacts, side: Side) -> bool:
    """Whether somebody works on this side of the wall."""
    held = [grant.role for grant in person.grants if grant.until is None]
    return person.active and any(SIDES[role] is side for role in held)


def staff(session: Session, side: Side) -> list[PersonFacts]:
    """Everybody who works on this side."""
    return [person for person in people(session) if of_side(person, side)]


def training(session: Session, procedures: Sequence[int]) -> dict[tuple[int, str], Trained]:
    """Where everybody stands with these, by procedure and login."""
    found: dict[tuple[int, str], Trained] = {}
    if not procedures:
        return found
    reads = select(ProcedureRead).where(ProcedureRead.procedure.in_(procedures))
    for row in session.scalars(reads.order_by(ProcedureRead.id)):
        key = (row.procedure, row.login)
        found[key] = Trained(row.procedure, row.login, row.at, None, None, None)
    signed = SignOff.procedure.in_(procedures) & SignOff.ended_at.is_(None)
    for off in session.scalars(select(SignOff).where(signed).order_by(SignOff.until)):
        key = (off.procedure, off.login)
        read_at = found[key].read_at if key in found else None
        found[key] = Trained(off.procedure, off.login, read_at, off.id, off.until, off.by)
    return found


def delegations(session: Session) -> list[DelegationFacts]:
    """Every delegation, the newest first."""
    rows = session.scalars(select(Delegation).order_by(Delegation.id.desc()))
    return [facts(DelegationFacts, row, says="") for row in rows]
