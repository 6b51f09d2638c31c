"""Instruments: registered with serial number and clock, calibrated, in and out of service, verified."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from zoneinfo import available_timezones

from sqlalchemy import select

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.deviations.actions import note_deviation
from lims.deviations.rules import DeviationKind
from lims.identifiers.fields import EquipmentNumber
from lims.identifiers.numbers import Kind
from lims.labelling.outdating import supersede_untrue
from lims.supplies.equipment_rules import (
    CareKind,
    EquipmentFacts,
    EquipmentKind,
    EquipmentStanding,
)
from lims.supplies.models import Equipment, EquipmentCare
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


def _zone(text: str) -> str:
    """The name of a zone, as Asia/Shanghai or UTC; ValueError for anything else."""
    if text not in available_timezones():
        raise ValueError(say("no-such-zone", zone=text))
    return text


SerialNumber = Annotated[
    str,
    About(label=say("serial-number"), hint=say("as-its-files-name-it"), scan=True, foreign=True),
]
Clock = Annotated[
    str, About(label=say("zone-of-its-clock"), hint=say("for-example-utc-empty"), read=_zone)
]


@dataclass(frozen=True)
class RegisterEquipment:
    """A new instrument."""

    name: str
    calibrated_until: date
    serial: SerialNumber = ""
    clock: Clock = ""
    kind: Annotated[EquipmentKind, About(label=say("what-it-is"))] = EquipmentKind.OTHER


@action(may=Permission.MANAGE_SUPPLIES)
def register_equipment(work: Work, wanted: RegisterEquipment) -> EquipmentFacts:
    """Register an instrument with the end of its calibration and its serial number."""
    serial_must_be_free(work, wanted.serial)
    row = Equipment(
        number=work.new_number(Kind.EQUIPMENT),
        name=wanted.name,
        calibrated_until=wanted.calibrated_until,
        serial=wanted.serial,
        clock=wanted.clock,
        kind=wanted.kind,
    )
    return facts(EquipmentFacts, work.add(row))


def serial_must_be_free(work: Work, serial: str, but: str = "") -> None:
    """Refuse a serial number that another instrument has: its files could not be told apart."""
    same = (Equipment.serial == serial) & (Equipment.number != but)
    if serial and (other := work.session.scalar(select(Equipment.number).where(same))):
        raise Refused(Reason("serial-is-taken", serial=serial, number=other))


@dataclass(frozen=True)
class SetEquipment:
    """A new calibration, a new qualification or a new standing, and what the certificate found."""

    number: EquipmentNumber
    calibrated_until: date
    in_service: bool
    qualified_until: Annotated[
        date | None, About(label=say("qualified.until"), hint=say("empty-if-it-stays"))
    ] = None
    certificate: Annotated[str, About(label=say("certificate-or-report"))] = ""
    found_right: Annotated[
        bool, About(label=say("found-right"), hint=say("before-it-was-adjusted"))
    ] = True


@action(may=Permission.SET_SPECIFICATION, signed_as=say("calibration-checked"))
def set_equipment(work: Work, wanted: SetEquipment) -> EquipmentFacts:
    """Record a calibration or a qualification, and put an instrument in or out of service.

    Out of service, nothing that uses it goes on: every step judges its instruments anew. One that
    was found wrong, before it was adjusted, is a deviation: QA looks at what it was used for.
    """
    row = work.lock(Equipment, wanted.number)
    qualified = wanted.qualified_until or row.qualified_until
    for kind, before, until in (
        (CareKind.CALIBRATION, row.calibrated_until, wanted.calibrated_until),
        (CareKind.QUALIFICATION, row.qualified_until, qualified),
    ):
        if until != before or (kind is CareKind.CALIBRATION and not wanted.found_right):
            _log(work, row, kind, wanted, until)
    row.calibrated_until, row.qualified_until = wanted.calibrated_until, qualified
    to = EquipmentStanding.IN_SERVICE if wanted.in_service else EquipmentStanding.OUT_OF_SERVICE
    if row.standing is not to:
        row.move_to(to)
    if not wanted.found_right:
        what = say("calibration-found-wrong", certificate=wanted.certificate)
        note_deviation(work, row.number, DeviationKind.REPORTED, what)
    supersede_untrue(work, row.number)
    return facts(EquipmentFacts, row)


def _log(
    work: Work, row: Equipment, kind: CareKind, wanted: SetEquipment, until: date | None
) -> None:
    kept = {"passed": wanted.found_right, "what": wanted.certificate, "until": until}
    work.add(
        EquipmentCare(equipment=row.number, kind=kind, **kept, by=work.actor.login, at=work.now)
    )


@dataclass(frozen=True)
class AmendEquipment:
    """What an instrument really is, and why it was wrong."""

    number: EquipmentNumber
    name: str
    why: WhyAmended
    serial: SerialNumber = ""
    clock: Clock = ""


@action(may=Permission.MANAGE_SUPPLIES, signed_as=say("fact-amended"))
def amend_equipment(work: Work, wanted: AmendEquipment) -> EquipmentFacts:
    """Amend an instrument's name, serial number or clock; its label is printed anew."""
    row = work.lock(Equipment, wanted.number)
    serial_must_be_free(work, wanted.serial, row.number)
    right = {"name": wanted.name, "serial": wanted.serial, "clock": wanted.clock}
    amend(work, row, row.number, right, wanted.why)
    supersede_untrue(work, row.number)
    return facts(EquipmentFacts, row)
