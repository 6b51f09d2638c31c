"""Reading a logger's file inside another stage's action: whose it is, what it says, kept whole."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from lims.attachments.keeping import AttachFile, attach_or_find
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import Celsius
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.core.uploads import Upload
from lims.genealogy.actions import connect
from lims.instruments import rules
from lims.instruments.formats import Means, Measures
from lims.instruments.models import LoggerRun
from lims.instruments.reading import Reading, read_file
from lims.instruments.rules import TemperatureAt
from lims.supplies.equipment_rules import EquipmentFacts, equipment_reasons
from lims.supplies.models import Equipment
from lims.trust.context import Work


@dataclass(frozen=True)
class Span:
    """From when to when, and within which limits."""

    since: datetime
    until: datetime
    lowest: Celsius
    highest: Celsius


def keep_run(work: Work, of: str, logger: str | None, file: Upload, span: Span) -> LoggerRun:
    """Read a logger's file for a thing that lay beside it; Refused with everything against it."""
    instrument = work.get(Equipment, logger) if logger else None
    reading = read_file(file.data, Measures.TEMPERATURE, clock_of(work, instrument))
    if reading.reasons:
        raise Refused(say("file-was-not-taken"), reading.reasons)
    found = instrument or _of_serial(work, reading)
    if instrument is None and found.clock:  # now it is known what its clock shows
        reading = read_file(file.data, Measures.TEMPERATURE, clock_of(work, found))
    readings = temperatures(reading)
    reasons = [
        *rules.serial_reasons(found.serial, reading.serials),
        *equipment_reasons(facts(EquipmentFacts, found), work.today),
        *rules.run_reasons(readings, span.since, span.until, work.now),
    ]
    if reasons:
        raise Refused(say("file-was-not-taken"), reasons)
    kept = attach_or_find(work, AttachFile(of, say("file-of-logger", name=found.name), file))
    inside = rules.within(readings, span.since, span.until)
    run = rules.run_of(readings, span.since, span.until, span.lowest, span.highest)
    row = LoggerRun(
        of=of,
        logger=found.number,
        file=kept.id,
        since=span.since,
        until=span.until,
        readings=len(inside),
        **vars(run),
        curve=rules.curve_of(inside, span.since),
        by=work.actor.login,
        at=work.now,
    )
    connect(work, of, found.number)
    return work.add(row)


def clock_of(work: Work, instrument: Equipment | None) -> ZoneInfo:
    """What an instrument's clock shows: its own zone, or the site's."""
    return ZoneInfo(instrument.clock) if instrument and instrument.clock else work.settings.zone


def _of_serial(work: Work, reading: Reading) -> Equipment:
    named = sorted(reading.serials)
    if not named:
        raise Refused(Reason("scan-the-logger"))
    known = work.session.scalars(select(Equipment).where(Equipment.serial != "")).all()
    asked = {rules.serial_of(serial) for serial in named}
    found = [one for one in known if rules.serial_of(one.serial) in asked]
    if len(found) != 1:
        raise Refused(Reason("logger-not-registered", serial=", ".join(named)))
    return found[0]


def temperatures(reading: Reading) -> list[TemperatureAt]:
    """Every reading of a file that has a moment."""
    told = ((row.moment, row.number(Means.TEMPERATURE)) for row in reading.rows)
    return [TemperatureAt(at, Celsius(c)) for at, c in told if at is not None and c is not None]
