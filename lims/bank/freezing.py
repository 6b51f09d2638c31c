"""A lot's run in the controlled-rate freezer: its file read, judged and kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lims.attachments.keeping import AttachFile, attach_or_find
from lims.bank import curve
from lims.bank.freezing_queries import FreezingFacts
from lims.bank.models import Bank, Freezing
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason, when
from lims.core.texts import heed, say
from lims.core.uploads import Upload
from lims.deviations.actions import note_findings
from lims.genealogy.actions import connect
from lims.identifiers.fields import EquipmentNumber, LotNumber
from lims.instruments.formats import Means, Measures
from lims.instruments.keeping import clock_of, temperatures
from lims.instruments.reading import read_file
from lims.instruments.rules import curve_of, serial_reasons
from lims.protocol.queries import trial_in_force
from lims.supplies.equipment_rules import EquipmentFacts, equipment_reasons
from lims.supplies.models import Equipment, Lot
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class RecordFreezing:
    """A lot of vials, when the freezing medium was added, and the freezer's file."""

    lot: LotNumber
    medium_at: Annotated[datetime, About(label=say("freezing-medium-added"))]
    freezer: EquipmentNumber
    file: Annotated[Upload, About(label=say("file-of-the-freezer"))]


@action(may=Permission.BANK_CELLS, witnessed_as=say("run-checked"))
def record_freezing(work: Work, wanted: RecordFreezing) -> FreezingFacts:
    """Read a freezing run; contact, rate and end that are out of limits are deviations of the lot."""
    lot = work.lock(Lot, wanted.lot)
    bank = work.get(Bank, lot.number)
    limits = trial_in_force(work).freezing
    if limits is None:
        raise Refused(Reason("protocol-without-freezing"))
    freezer = work.get(Equipment, wanted.freezer)
    reading = read_file(wanted.file.data, Measures.TEMPERATURE, clock_of(work, freezer))
    points = sorted(temperatures(reading), key=lambda one: one.at)
    reasons = [
        *reading.reasons,
        *when(
            any(row.number(Means.CHAMBER) is None for row in reading.rows),
            Reason("file-of-no-freezer"),
        ),
        *serial_reasons(freezer.serial, reading.serials),
        *equipment_reasons(facts(EquipmentFacts, freezer), work.today),
        *(curve.run_reasons(wanted.medium_at, points, bank.filled_at, work.now)),
    ]
    if reasons:
        raise Refused(say("file-was-not-taken"), list(dict.fromkeys(reasons)))
    run = curve.run_of(wanted.medium_at, points, limits)
    row = Freezing(
        lot=lot.number,
        freezer=freezer.number,
        file=attach_or_find(
            work, AttachFile(lot.number, say("run-of", name=freezer.name), wanted.file)
        ).id,
        medium_at=wanted.medium_at,
        started_at=points[0].at,
        ended_at=points[-1].at,
        **vars(run),
        curve=curve_of(points, points[0].at),
        by=work.actor.login,
        checked_by=work.second,
        at=work.now,
    )
    work.add(row)
    connect(work, lot.number, freezer.number)
    found = curve.run_findings(run, limits)
    note_findings(work, lot.number, found)
    says = heed(say("run-out-of-limits")) if found else say("run-within-limits")
    return facts(FreezingFacts, row, says=says)
