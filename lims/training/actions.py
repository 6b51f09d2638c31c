"""Procedures issued, read and signed off; tasks delegated."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from sqlalchemy import select

from lims.accounts.queries import person
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason
from lims.core.texts import named, say
from lims.training import queries, rules
from lims.training.queries import DelegationFacts, ProcedureFacts
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import PERMISSIONS, Permission, Side
from lims.trust.identity.training import TASKS, Delegation, Procedure, ProcedureRead, SignOff

MONTH = timedelta(days=30)
REQUIRED = tuple(
    (permission.value, named(permission))
    for permission in sorted(Permission)
    if permission.side in {Side.LAB, Side.WARD}
)
Why = Annotated[str, About(rows=2)]


@dataclass(frozen=True)
class IssueProcedure:
    """A version of a procedure, from when it is effective, and what nobody does without it."""

    number: Annotated[str, About(label=say("procedure-number"), hint=say("for-example-sop"))]
    version: str
    title: str
    effective_on: Annotated[
        date, About(label=say("effective-from"), hint=say("leave-time-to-read"))
    ]
    kept_at: Annotated[str, About(label=say("where-its-text-is"))]
    months: Annotated[int, About(label=say("months-of-a-sign-off"), least=1, most=60)] = 24
    permission: Annotated[
        Permission | None,
        About(label=say("needed-for"), hint=say("empty-for-nothing"), choices=REQUIRED),
    ] = None


@action(may=Permission.MANAGE_TRAINING, signed_as=say("procedure-issued"))
def issue_procedure(work: Work, wanted: IssueProcedure) -> ProcedureFacts:
    """Issue a version of a procedure; once it is effective, the version before serves no more."""
    same = (Procedure.number == wanted.number) & (Procedure.version == wanted.version)
    known = work.session.scalar(select(Procedure.id).where(same)) is not None
    side = work.actor.side
    if reasons := rules.issuing_reasons(
        wanted.permission, side, wanted.effective_on, work.today, known=known
    ):
        raise Refused(say("the-procedure-was-not-issued"), reasons)
    kept = {**vars(wanted), "side": side, "by": work.actor.login, "at": work.now}
    return facts(ProcedureFacts, work.add(Procedure(**kept)), says=say("everybody-reads-it"))


@dataclass(frozen=True)
class WithdrawProcedure:
    """A version that governs no more, and why."""

    procedure: int
    why: Why


@action(may=Permission.MANAGE_TRAINING, signed_as=say("procedure-withdrawn"))
def withdraw_procedure(work: Work, wanted: WithdrawProcedure) -> ProcedureFacts:
    """Withdraw a version that was issued by mistake or is not needed; the one before governs again."""
    row = queries.procedure(work.session, wanted.procedure, work.actor.side)
    if row.withdrawn_at is not None:
        raise Refused(Reason("procedure-is-old"))
    row.withdrawn_at, row.withdrawn_why = work.now, wanted.why
    return facts(ProcedureFacts, row, says="")


@dataclass(frozen=True)
class ReadProcedure:
    """A version that one has read."""

    procedure: int


@action(may=Permission.OWN_ACCOUNT, signed_as=say("procedure-read"))
def read_procedure(work: Work, wanted: ReadProcedure) -> ProcedureFacts:
    """Sign that one has read a procedure and understood it; somebody else signs one off."""
    row = queries.procedure(work.session, wanted.procedure, work.actor.side)
    known = (ProcedureRead.procedure == row.id) & (ProcedureRead.login == work.actor.login)
    if work.session.scalar(select(ProcedureRead.id).where(known)) is not None:
        raise Refused(Reason("read-it-already"))
    work.add(ProcedureRead(procedure=row.id, login=work.actor.login, at=work.now))
    return facts(ProcedureFacts, row, says=say("read-now-signed-off"))


@dataclass(frozen=True)
class SignOffPerson:
    """Somebody who was trained on a version."""

    procedure: int
    login: Annotated[str, About(label=say("person"))]


@action(may=Permission.MANAGE_TRAINING, signed_as=say("trained-and-signed-off"))
def sign_off_person(work: Work, wanted: SignOffPerson) -> ProcedureFacts:
    """Sign somebody off on the version that governs or is to come; again, before it ends."""
    side = work.actor.side
    row = queries.procedure(work.session, wanted.procedure, side)
    trained = queries.training(work.session, [row.id]).get((row.id, wanted.login))
    governs = any(p.id == row.id for p in queries.governing(work.session, side, work.today))
    if reasons := rules.signing_off_reasons(
        wanted.login,
        work.actor.login,
        has_read=trained is not None and trained.read_at is not None,
        same_side=queries.of_side(person(work.session, wanted.login), side),
        governs=governs,
    ):
        raise Refused(say("nobody-was-signed-off"), reasons)
    until = max(row.effective_on, work.today) + row.months * MONTH
    kept = {"procedure": row.id, "login": wanted.login, "until": until}
    work.add(SignOff(**kept, by=work.actor.login, at=work.now))
    return facts(
        ProcedureFacts, row, says=say("is-signed-off-until", who=wanted.login, until=until)
    )


@dataclass(frozen=True)
class EndSignOff:
    """Somebody who is not to do it any more before they were trained anew, and why."""

    sign_off: int
    why: Why


@action(may=Permission.MANAGE_TRAINING, signed_as=say("sign-off-ended"))
def end_sign_off(work: Work, wanted: EndSignOff) -> ProcedureFacts:
    """End a signing off: from now on that person does nothing for which it is needed."""
    row = work.lock(SignOff, wanted.sign_off)
    of = queries.procedure(work.session, row.procedure, work.actor.side)
    if row.ended_at is not None:
        raise Refused(Reason("sign-off-has-ended"))
    row.ended_by, row.ended_at, row.ended_why = work.actor.login, work.now, wanted.why
    return facts(ProcedureFacts, of, says="")


@dataclass(frozen=True)
class DelegateTask:
    """A task of the investigator's, who does it, and from when to when."""

    login: Annotated[str, About(label=say("person"))]
    task: Annotated[
        Permission,
        About(
            label=say("task"), choices=tuple((task.value, named(task)) for task in sorted(TASKS))
        ),
    ]
    since: Annotated[date, About(label=say("from-day"))]
    until: Annotated[date, About(label=say("to-day"))]


@action(may=Permission.DECIDE_PARTICIPANT, signed_as=say("task-delegated"))
def delegate_task(work: Work, wanted: DelegateTask) -> DelegationFacts:
    """Delegate a task; from the first delegation on only those do it to whom it is delegated."""
    known = person(work.session, wanted.login)
    held = [grant.role for grant in known.grants if grant.until is None]
    allowed = frozenset(may for role in held for may in PERMISSIONS[role])
    if reasons := rules.delegating_reasons(
        wanted.task, allowed, wanted.since, wanted.until, work.today
    ):
        raise Refused(say("the-task-was-not-delegated"), reasons)
    row = work.add(Delegation(**vars(wanted), by=work.actor.login, at=work.now))
    return facts(DelegationFacts, row, says="")


@dataclass(frozen=True)
class EndDelegation:
    """A delegation that ends before its day."""

    delegation: int


@action(may=Permission.DECIDE_PARTICIPANT, signed_as=say("delegation-ended"))
def end_delegation(work: Work, wanted: EndDelegation) -> DelegationFacts:
    """End a delegation at once."""
    row = work.lock(Delegation, wanted.delegation)
    if row.ended_at is not None:
        raise Refused(Reason("delegation-is-over"))
    row.ended_by, row.ended_at = work.actor.login, work.now
    return facts(DelegationFacts, row, says="")
