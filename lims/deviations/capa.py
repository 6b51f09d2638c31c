"""What is done about a deviation: planned, done by its owner, checked by somebody else."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from lims.accounts.queries import person
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.texts import say
from lims.deviations import rules
from lims.deviations.capa_queries import CapaFacts, capa_facts
from lims.deviations.models import Capa, Deviation
from lims.deviations.rules import CapaKind, CapaStanding
from lims.identifiers.fields import DeviationNumber
from lims.training.queries import of_side
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

Owner = Annotated[str, About(label=say("who-answers-for-it"))]
DueOn = Annotated[date, About(label=say("due-on"))]
CheckOn = Annotated[date, About(label=say("check-on"), hint=say("check-on.hint"))]


@dataclass(frozen=True)
class PlanCapa:
    """What will be done about a deviation, by whom, until when, and when one looks whether it works."""

    deviation: DeviationNumber
    kind: CapaKind
    what: Annotated[str, About(label=say("what-will-be-done"), rows=2)]
    owner: Owner
    due_on: DueOn
    check_on: CheckOn


@action(may=Permission.RELEASE_LOT, signed_as=say("measure-planned"))
def plan_capa(work: Work, wanted: PlanCapa) -> CapaFacts:
    """Plan a corrective or preventive measure, also after the deviation was closed."""
    work.get(Deviation, wanted.deviation)
    _may_be_planned(work, wanted.owner, wanted.due_on, wanted.check_on)
    return capa_facts(work.add(Capa(**vars(wanted), by=work.actor.login, at=work.now)))


def _may_be_planned(work: Work, owner: str, due_on: date, check_on: date) -> None:
    works_here = of_side(person(work.session, owner), work.actor.side)
    reasons = rules.planning_reasons(due_on, check_on, work.today, works_here=works_here)
    if reasons:
        raise Refused(say("the-measure-is-not-planned"), reasons)


@dataclass(frozen=True)
class ReplanCapa:
    """Who answers for it now and until when, and why that is another plan."""

    capa: int
    owner: Owner
    due_on: DueOn
    check_on: CheckOn
    why: WhyAmended


@action(may=Permission.RELEASE_LOT, signed_as=say("measure-planned-anew"))
def replan_capa(work: Work, wanted: ReplanCapa) -> CapaFacts:
    """Give a planned measure another owner or other days; the old plan stays readable."""
    row = work.lock(Capa, wanted.capa)
    if row.standing is not CapaStanding.PLANNED:
        raise Refused(rules.NOT_PLANNED)
    _may_be_planned(work, wanted.owner, wanted.due_on, wanted.check_on)
    new = {"owner": wanted.owner, "due_on": wanted.due_on, "check_on": wanted.check_on}
    amend(work, row, row.deviation, new, wanted.why)
    return capa_facts(row)


@dataclass(frozen=True)
class ReportCapa:
    """What was done."""

    capa: int
    report: Annotated[str, About(label=say("what-was-done"), rows=3)]


@action(may=Permission.READ_LAB, signed_as=say("measure-done"))
def report_capa(work: Work, wanted: ReportCapa) -> CapaFacts:
    """Report a measure as done; whoever answers for it does."""
    row = work.lock(Capa, wanted.capa)
    if reasons := rules.done_reasons(work.actor.login, row.owner):
        raise Refused(say("the-measure-stays-planned"), reasons)
    row.move_to(CapaStanding.DONE)
    row.report = wanted.report
    row.done_by, row.done_at = work.actor.login, work.now
    return capa_facts(row)


@dataclass(frozen=True)
class CheckCapa:
    """Whether a measure works, and how one knows."""

    capa: int
    effective: Annotated[bool, About(label=say("it-works"))]
    evidence: Annotated[str, About(label=say("how-one-knows"), rows=3)]


@action(may=Permission.RELEASE_LOT, signed_as=say("effectiveness-checked"))
def check_capa(work: Work, wanted: CheckCapa) -> CapaFacts:
    """Say whether a measure works, from the day of the check on; what does not is planned anew."""
    row = work.lock(Capa, wanted.capa)
    reasons = [
        *rules.checking_reasons(work.actor.login, row.owner, row.done_by),
        *rules.checking_day_reasons(row.check_on, work.today),
    ]
    if reasons:
        raise Refused(say("the-measure-is-not-checked"), reasons)
    row.move_to(CapaStanding.EFFECTIVE if wanted.effective else CapaStanding.NOT_EFFECTIVE)
    row.evidence = wanted.evidence
    row.checked_by, row.checked_at = work.actor.login, work.now
    return capa_facts(row)


@dataclass(frozen=True)
class DropCapa:
    """A measure that will not be taken, and why."""

    capa: int
    evidence: Annotated[str, About(label=say("why-it-is-dropped"), rows=2)]


@action(may=Permission.RELEASE_LOT, signed_as=say("measure-dropped"))
def drop_capa(work: Work, wanted: DropCapa) -> CapaFacts:
    """Drop a planned measure; it stays readable, and its deviation waits for it no more."""
    row = work.lock(Capa, wanted.capa)
    row.move_to(CapaStanding.DROPPED)
    row.evidence = wanted.evidence
    row.checked_by, row.checked_at = work.actor.login, work.now
    return capa_facts(row)
