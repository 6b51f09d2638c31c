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
from lims.core.texts import named, say
from lims.identifiers.fields import EquipmentNumber
from lims.identifiers.numbers import Kind
from lims.labelling.outdating import supersede_untrue
from lims.supplies.models import Equipment
from lims.supplies.rules import DilutionMeans, EquipmentFacts, EquipmentStanding
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
    )
    return facts(EquipmentFacts, work.add(row))


def serial_must_be_free(work: Work, serial: str, but: str = "") -> None:
    """Refuse a serial number that another instrument has: its files could not be told apart."""
    same = (Equipment.serial == serial) & (Equipment.number != but)
    if serial and (other := work.session.scalar(select(Equipment.number).where(same))):
        raise Refused(Reason("serial-is-taken", serial=serial, number=other))


@dataclass(frozen=True)
class SetEquipment:
    """A new calibration or a new standing."""

    number: EquipmentNumber
    calibrated_until: date
    in_service: bool


@action(may=Permission.SET_SPECIFICATION, signed_as=say("calibration-checked"))
def set_equipment(work: Work, wanted: SetEquipment) -> EquipmentFacts:
    """Record a calibration, and put an instrument in or out of service.

    Out of service, nothing that uses it goes on: every step judges its instruments anew.
    """
    row = work.lock(Equipment, wanted.number)
    row.calibrated_until = wanted.calibrated_until
    to = EquipmentStanding.IN_SERVICE if wanted.in_service else EquipmentStanding.OUT_OF_SERVICE
    if row.standing is not to:
        row.move_to(to)
    supersede_untrue(work, row.number)
    return facts(EquipmentFacts, row)


@dataclass(frozen=True)
class VerifyCounter:
    """What a known sample showed of a counter's dilution."""

    number: EquipmentNumber
    dilution: Annotated[
        DilutionMeans,
        About(
            label=say("dilution-is"),
            choices=(
                ("included", named(DilutionMeans.INCLUDED)),
                ("not_included", named(DilutionMeans.NOT_INCLUDED)),
            ),
        ),
    ]
    sample: Annotated[str, About(label=say("known-sample"), hint=say("known-sample.hint"), rows=2)]


@action(may=Permission.SET_SPECIFICATION, signed_as=say("counter-verified"))
def verify_counter(work: Work, wanted: VerifyCounter) -> EquipmentFacts:
    """Say, once a known sample showed it, whether a counter's figures include the dilution."""
    row = work.lock(Equipment, wanted.number)
    row.dilution, row.dilution_shown = wanted.dilution, wanted.sample
    return facts(EquipmentFacts, row)


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
