"""A place watched by a sensor: its limits, and its file read and judged."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from sqlalchemy import select

from lims.attachments.keeping import AttachFile, attach_or_find
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import Celsius, Minutes
from lims.core.reasons import Reason, when
from lims.core.texts import heed, say
from lims.core.uploads import Upload
from lims.identifiers.fields import EquipmentNumber, PlaceOrEquipmentNumber
from lims.instruments.formats import Measures
from lims.instruments.keeping import clock_of, temperatures
from lims.instruments.reading import read_file
from lims.instruments.rules import serial_reasons
from lims.monitoring import rules
from lims.monitoring.excursions import hold_contents, must_be_there
from lims.monitoring.models import Excursion, Watch
from lims.monitoring.queries import WatchFacts
from lims.monitoring.rules import ExcursionKind, ExcursionStanding, Found, Limits
from lims.supplies.equipment_rules import EquipmentFacts, equipment_reasons
from lims.supplies.models import Equipment
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class SetWatch:
    """A place or an instrument, its sensor, and what it may show."""

    of: PlaceOrEquipmentNumber
    sensor: Annotated[EquipmentNumber, About(label=say("sensor"))]
    lowest: Annotated[Celsius, About(label=say("not-colder-than"))]
    highest: Annotated[Celsius, About(label=say("not-warmer-than"))]
    every: Annotated[Minutes, About(label=say("time-between-readings"), least=1, most=1440)]
    read_every_hours: Annotated[int, About(label=say("file-is-read-every"), least=1, most=744)] = 24


@action(may=Permission.SET_SPECIFICATION, signed_as=say("limits-of-a-place-set"))
def set_watch(work: Work, wanted: SetWatch) -> WatchFacts:
    """Set what a place's temperature may be, and which sensor says it."""
    must_be_there(work, wanted.of)
    work.get(Equipment, wanted.sensor)
    if reasons := rules.limits_reasons(wanted.lowest, wanted.highest):
        raise Refused(say("limits-were-not-set"), reasons)
    row = work.session.get(Watch, wanted.of, with_for_update=True)
    if row is None:
        kept = {**vars(wanted), "by": work.actor.login, "since": work.now}
        row = work.add(Watch(**kept))
    else:
        for name, value in vars(wanted).items():
            setattr(row, name, value)
        row.by, row.since = work.actor.login, work.now
    return facts(WatchFacts, row, says="")


@dataclass(frozen=True)
class ReadSensor:
    """A sensor's file for the place that it watches."""

    of: PlaceOrEquipmentNumber
    file: Annotated[Upload, About(label=say("file-of-the-sensor"))]


@action(may=Permission.BANK_CELLS)
def read_sensor(work: Work, wanted: ReadSensor) -> WatchFacts:
    """Read a sensor's file: each span beyond the limits, and each silence, holds what lay there."""
    watch = work.lock(Watch, wanted.of)
    sensor = work.get(Equipment, watch.sensor)
    reading = read_file(wanted.file.data, Measures.TEMPERATURE, clock_of(work, sensor))
    points = sorted(temperatures(reading), key=lambda one: one.at)
    reasons = [
        *reading.reasons,
        *serial_reasons(sensor.serial, reading.serials),
        *equipment_reasons(facts(EquipmentFacts, sensor), work.today),
        *when(any(one.at > work.now for one in points), Reason("file-of-the-future")),
    ]
    if reasons:
        raise Refused(say("file-was-not-taken"), list(dict.fromkeys(reasons)))
    what = say("file-of-logger", name=sensor.name)
    file = attach_or_find(work, AttachFile(wanted.of, what, wanted.file)).id
    limits = Limits(watch.lowest, watch.highest, watch.every)
    found = [
        *_silent_before(watch, points[0].at, limits),
        *rules.excursions_in(points, limits, points[-1].at),
    ]
    for one in found:
        _keep(work, watch, one, limits, file)
    watch.read_until = max(watch.read_until or points[-1].at, points[-1].at)
    says = heed(say("excursions-were-found", count=len(found))) if found else say("within-limits")
    return facts(WatchFacts, watch, says=says)


def _silent_before(watch: Watch, first: datetime, limits: Limits) -> list[Found]:
    """A gap between the files before and this one."""
    if watch.read_until is None or first <= watch.read_until:
        return []
    return rules.silence(watch.read_until, first, limits)


def _keep(work: Work, watch: Watch, found: Found, limits: Limits, file: str) -> None:
    """A new excursion, or what is known now of the one that somebody reported at that time."""
    same = (Excursion.of == watch.of) & (Excursion.since <= found.until)
    still = Excursion.until.is_(None) | (Excursion.until >= found.since)
    alarm = Excursion.kind.in_((ExcursionKind.ALARM, found.kind))
    row = work.session.scalars(
        select(Excursion)
        .where(same, still, alarm)
        .order_by(Excursion.id)
        .limit(1)
        .with_for_update()
    ).first()
    if row is not None and rules.is_known(row.standing, (row.since, row.until), found):
        return  # read again: what was judged stays judged
    told = rules.told(found, limits)
    anew = row is None or found.since < row.since
    if row is None:
        row = work.add(
            Excursion(
                of=watch.of,
                kind=found.kind,
                standing=ExcursionStanding.GOING_ON if found.goes_on else ExcursionStanding.OVER,
                since=found.since,
                until=None if found.goes_on else found.until,
                worst=found.worst,
                what=told,
                file=file,
                by=work.actor.login,
                at=work.now,
            )
        )
    else:
        row.since = min(row.since, found.since)
        row.worst, row.file = rules.worse(found, row.worst), file
        _goes_on_or_is_over(row, found)
    hold_contents(work, row, anew=anew)


def _goes_on_or_is_over(row: Excursion, found: Found) -> None:
    """What a person reported is over when a person says so; the rest, when the readings do."""
    if found.goes_on and row.standing is ExcursionStanding.OVER:
        row.move_to(ExcursionStanding.GOING_ON)
        row.until = None
    elif row.standing is ExcursionStanding.OVER:
        row.until = max(row.until or found.until, found.until)
    elif row.kind is found.kind and not found.goes_on:
        row.move_to(ExcursionStanding.OVER)
        row.until = found.until
