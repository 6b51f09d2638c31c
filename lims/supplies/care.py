"""What is done for an instrument: how often it is asked for, and when it was done."""

from dataclasses import dataclass
from typing import Annotated

from lims.core.entries import About
from lims.core.facts import facts
from lims.core.texts import heed, named, say
from lims.deviations.actions import note_deviation
from lims.deviations.rules import DeviationKind
from lims.identifiers.fields import EquipmentNumber
from lims.supplies import equipment_rules
from lims.supplies.equipment_rules import (
    CareFacts,
    CareKind,
    EquipmentFacts,
    EquipmentKind,
    EquipmentStanding,
)
from lims.supplies.models import Equipment, EquipmentCare
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

Days = Annotated[int, About(hint=say("days-0-if-not-asked"), least=0, most=3660)]
DONE = (CareKind.CLEANING, CareKind.MAINTENANCE, CareKind.REPAIR)


@dataclass(frozen=True)
class PlanCare:
    """What an instrument is, and how often it is cleaned and maintained."""

    number: EquipmentNumber
    kind: Annotated[EquipmentKind, About(label=say("what-it-is"))]
    clean_every_days: Annotated[Days, About(label=say("cleaned-every"))] = 0
    maintain_every_days: Annotated[Days, About(label=say("maintained-every"))] = 0


@action(may=Permission.SET_SPECIFICATION, signed_as=say("care-of-an-instrument-set"))
def plan_care(work: Work, wanted: PlanCare) -> EquipmentFacts:
    """Say what an instrument is and how often it is cared for; the first care is due today."""
    row = work.lock(Equipment, wanted.number)
    row.kind = wanted.kind
    if row.clean_every_days != wanted.clean_every_days:
        row.clean_every_days = wanted.clean_every_days
        row.cleaned_until = work.today if wanted.clean_every_days else None
    if row.maintain_every_days != wanted.maintain_every_days:
        row.maintain_every_days = wanted.maintain_every_days
        row.maintained_until = work.today if wanted.maintain_every_days else None
    return facts(EquipmentFacts, row)


@dataclass(frozen=True)
class LogCare:
    """What was done for an instrument, and whether it is as it should be."""

    number: EquipmentNumber
    kind: Annotated[
        CareKind,
        About(label=say("what-was-done"), choices=tuple((k.value, named(k)) for k in DONE)),
    ]
    passed: Annotated[bool, About(label=say("it-is-as-it-should-be"))]
    what: Annotated[str, About(label=say("what-was-done-or-found"), rows=2)]


@action(may=Permission.MANAGE_SUPPLIES, late=True)
def log_care(work: Work, wanted: LogCare) -> CareFacts:
    """Note a cleaning, a maintenance or a repair.

    What is not as it should be takes the instrument out of service and is a deviation: QA looks at
    what it was used for, and puts it in service again.
    """
    row = work.lock(Equipment, wanted.number)
    until = None
    if wanted.passed and wanted.kind is CareKind.CLEANING:
        until = row.cleaned_until = equipment_rules.later(
            row.cleaned_until, equipment_rules.care_due(row.clean_every_days, work.today)
        )
    elif wanted.passed and wanted.kind is CareKind.MAINTENANCE:
        until = row.maintained_until = equipment_rules.later(
            row.maintained_until, equipment_rules.care_due(row.maintain_every_days, work.today)
        )
    says = ""
    if not wanted.passed:
        take_out(work, row, wanted.what)
        says = heed(say("is-out-of-service-now", name=row.name, number=row.number))
    kept = EquipmentCare(
        equipment=row.number,
        kind=wanted.kind,
        passed=wanted.passed,
        what=wanted.what,
        until=until,
        by=work.actor.login,
        at=work.now,
    )
    return facts(CareFacts, work.add(kept), says=says)


def take_out(work: Work, row: Equipment, what: str) -> None:
    """Take an instrument out of service that was not as it should be; QA judges what it made."""
    if row.standing is EquipmentStanding.IN_SERVICE:
        row.move_to(EquipmentStanding.OUT_OF_SERVICE)
    note_deviation(work, row.number, DeviationKind.REPORTED, what)
