"""Materials and instruments judged at the moment of use, and every use of an instrument kept."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from sqlalchemy import select

from lims.core.days import day_of
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.deviations.actions import note_findings
from lims.genealogy.actions import connect
from lims.identifiers.fields import EquipmentNumber, MaterialNumber
from lims.identifiers.numbers import Kind, kind_of
from lims.supplies import equipment_rules, rules
from lims.supplies.clearance import clearance_reasons
from lims.supplies.equipment_rules import EquipmentFacts, EquipmentKind
from lims.supplies.models import Equipment, EquipmentUse, Lot
from lims.supplies.rules import LotFacts
from lims.trust.context import Work

Materials = Annotated[
    tuple[MaterialNumber, ...],
    About(label=say("materials"), hint=say("scan-each-one"), scan=True, least=1),
]
Instruments = Annotated[
    tuple[EquipmentNumber, ...],
    About(label=say("equipment"), hint=say("scan-each-one"), scan=True, least=1),
]
FurtherInstruments = Annotated[
    tuple[EquipmentNumber, ...],
    About(label=say("further-equipment"), hint=say("scan-each-one"), scan=True),
]


def use(
    work: Work,
    into: str,
    materials: Sequence[str],
    equipment: Sequence[str],
    *,
    since: datetime | None = None,
    line: str = "",
) -> None:
    """Judge materials and instruments at the moment of use and trace them into what they make.

    `since` is when the step began: an instrument that fell due meanwhile is a deviation and stops
    nothing. `line` is the donor for whom a cabinet has to be cleared; empty where that is judged
    by the step itself.
    """
    began = day_of(since, work.settings.zone) if since else work.today
    reasons = [
        *use_reasons(work, [*materials, *equipment], began),
        *clearance_reasons(work.session, equipment, line),
    ]
    if reasons:
        raise Refused(say("these-may-not-be-used"), reasons)
    for number in materials:
        lot = work.get(Lot, number)
        lot.opened_at = min(lot.opened_at or work.now, work.now)
    connect(work, into, *materials)
    for number in dict.fromkeys(equipment):
        log_use(work, into, number, since)
    _note_due(work, into, equipment, began)


def log_use(work: Work, into: str, instrument: str, since: datetime | None = None) -> None:
    """Keep that an instrument was used for something, and trace it into it."""
    connect(work, into, instrument)
    kept = {"equipment": instrument, "of": into, "by": work.actor.login}
    work.add(EquipmentUse(**kept, since=since or work.now, at=work.now))


def _note_due(work: Work, about: str, equipment: Sequence[str], began: date) -> None:
    known = [facts(EquipmentFacts, work.get(Equipment, number)) for number in equipment]
    fell = [reason for one in known for reason in equipment_rules.fell_due(one, began, work.today)]
    note_findings(work, about, fell)


def note_due_while_growing(work: Work, vessel: str, since: datetime) -> None:
    """A deviation for each incubator that fell due while it held this vessel."""
    held = select(EquipmentUse.equipment).where(EquipmentUse.of == vessel).distinct()
    incubator = Equipment.number.in_(held) & (Equipment.kind == EquipmentKind.INCUBATOR)
    found = work.session.scalars(select(Equipment.number).where(incubator)).all()
    _note_due(work, vessel, sorted(found), day_of(since, work.settings.zone))


def expiry_reasons(work: Work, expires_on: date, materials: Sequence[str]) -> list[Reason]:
    """Why what is made of these materials cannot last so long."""
    used = [facts(LotFacts, work.get(Lot, number)) for number in materials]
    return rules.expiry_reasons(expires_on, used, work.today)


def use_reasons(work: Work, numbers: Sequence[str], day: date | None = None) -> list[Reason]:
    """Every reason why these may not be used now; an instrument is judged on the day of its step."""
    reasons: list[Reason] = []
    for number in dict.fromkeys(numbers):
        if kind_of(number) is Kind.EQUIPMENT:
            instrument = facts(EquipmentFacts, work.get(Equipment, number))
            reasons += equipment_rules.equipment_reasons(instrument, day or work.today)
        else:
            lot = work.lock(Lot, number)
            known = facts(LotFacts, lot)
            reasons += [*rules.lot_reasons(known, work.moment), *rules.container_reasons(known)]
    return reasons
