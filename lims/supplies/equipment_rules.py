"""Whether an instrument may be used, and for whom a cabinet is cleared."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from lims.core.reasons import Reason, when
from lims.core.telling import Made, Told


class EquipmentStanding(StrEnum):
    """Whether an instrument may be used."""

    IN_SERVICE = "in_service"
    OUT_OF_SERVICE = "out_of_service"


class EquipmentKind(StrEnum):
    """What an instrument is; a cabinet is cleared for one donor, an incubator holds for days."""

    CABINET = "cabinet"
    INCUBATOR = "incubator"
    CENTRIFUGE = "centrifuge"
    COUNTER = "counter"
    FRIDGE = "fridge"
    FREEZER = "freezer"
    BALANCE = "balance"
    SENSOR = "sensor"
    OTHER = "other"


class CareKind(StrEnum):
    """What was done for an instrument."""

    CALIBRATION = "calibration"
    QUALIFICATION = "qualification"
    MAINTENANCE = "maintenance"
    CLEANING = "cleaning"
    REPAIR = "repair"


class DilutionMeans(StrEnum):
    """Whether a counter's concentrations are of the sample as it was before it was diluted."""

    UNKNOWN = "unknown"  # nothing is taken from it
    INCLUDED = "included"
    NOT_INCLUDED = "not_included"


@dataclass(frozen=True)
class EquipmentFacts:
    """An instrument as it is read."""

    number: Made
    name: str
    calibrated_until: date
    standing: EquipmentStanding
    serial: str = ""
    clock: str = ""
    dilution: DilutionMeans = DilutionMeans.UNKNOWN
    dilution_shown: str = ""
    kind: EquipmentKind = EquipmentKind.OTHER
    qualified_until: date | None = None
    maintain_every_days: int = 0
    maintained_until: date | None = None
    clean_every_days: int = 0
    cleaned_until: date | None = None


@dataclass(frozen=True)
class CareFacts:
    """What was done for an instrument, as it is read."""

    equipment: str
    kind: CareKind
    passed: bool
    what: str
    until: date | None
    by: str
    at: datetime
    says: Told = ""


@dataclass(frozen=True)
class ClearanceFacts:
    """For whom a cabinet was cleared, as it is read."""

    cabinet: str
    line: str
    by: str
    second: str
    at: datetime


def equipment_reasons(equipment: EquipmentFacts, today: date) -> list[Reason]:
    """Every reason why this instrument may not be used today."""
    which = f"{equipment.name} {equipment.number}"
    return [
        *when(
            equipment.standing is not EquipmentStanding.IN_SERVICE,
            Reason("out-of-service", which=which),
        ),
        *overdue(equipment, today),
    ]


def overdue(equipment: EquipmentFacts, today: date) -> list[Reason]:
    """Every term of this instrument that is over: the day named is the last on which it holds."""
    which = f"{equipment.name} {equipment.number}"
    calibrated = equipment.calibrated_until
    terms = {
        "qualification-overdue": equipment.qualified_until,
        "maintenance-overdue": equipment.maintained_until,
        "cleaning-overdue": equipment.cleaned_until,
    }
    return [
        *when(
            calibrated < today,
            Reason("calibration-overdue", which=which, calibrated_until=calibrated),
        ),
        *(
            Reason(code, which=which, until=until)
            for code, until in terms.items()
            if until is not None and until < today
        ),
    ]


def usable_until(equipment: EquipmentFacts) -> date:
    """The last day on which all terms of this instrument hold."""
    terms = (equipment.qualified_until, equipment.maintained_until, equipment.cleaned_until)
    return min([equipment.calibrated_until, *(day for day in terms if day is not None)])


def fell_due(equipment: EquipmentFacts, began: date, today: date) -> list[Reason]:
    """What fell due while a step went on that began in time: QA judges what it means."""
    before = {reason.code for reason in overdue(equipment, began)}
    return [
        Reason("fell-due", what=reason.sentence)
        for reason in overdue(equipment, today)
        if reason.code not in before
    ]


def care_due(every: int, done: date) -> date | None:
    """Until when a cleaning or a maintenance holds; None where none is asked for."""
    return done + timedelta(days=every) if every else None


def later(known: date | None, found: date | None) -> date | None:
    """The later of two days: what is entered late does not shorten what was done since."""
    return max(known, found) if known and found else found


def line_reasons(cabinet: str, cleared_for: str, line: str) -> list[Reason]:
    """Why a cabinet is not used for this line: it was last cleared for another one."""
    return list(when(cleared_for != line, Reason("line-not-cleared", cabinet=cabinet)))
