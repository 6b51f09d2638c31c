"""Plates exposed and read, and what a failing one means for what was worked on there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import heed, named, say
from lims.deviations.actions import note_findings
from lims.identifiers.fields import EquipmentNumber
from lims.rooms import rules
from lims.rooms.models import Plate, Room, StandsIn
from lims.rooms.queries import PlateFacts, covered, plate_facts
from lims.rooms.rules import PlateKind, PlateStanding
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

Count = Annotated[
    int, About(label=say("how-many-counted"), hint=say("colonies-or-particles"), least=0)
]
Organism = Annotated[str, About(label=say("organism"), hint=say("if-it-was-identified"))]


@dataclass(frozen=True)
class ExposePlate:
    """A plate, or a count of particles: where, and from when to when."""

    kind: Annotated[PlateKind, About(label=say("how-it-is-watched"))]
    since: Annotated[datetime, About(label=say("since-when"))]
    until: Annotated[datetime, About(label=say("till-when"))]
    cabinet: Annotated[
        EquipmentNumber | None, About(label=say("cabinet"), hint=say("empty-in-the-room"))
    ] = None
    room: Annotated[int | None, About(label=say("room"), hint=say("empty-with-a-cabinet"))] = None
    spot: Annotated[str, About(label=say("spot"), hint=say("where-or-whose-gloves"))] = ""


@action(may=Permission.TAKE_SAMPLE)
def expose_plate(work: Work, wanted: ExposePlate) -> PlateFacts:
    """Note a plate that was exposed, or particles that are being counted; it is read later."""
    inside = work.session.get(StandsIn, wanted.cabinet) if wanted.cabinet else None
    room = inside.room if inside else wanted.room
    reasons = rules.exposure_reasons(wanted.kind, wanted.since, wanted.until, work.now)
    if wanted.cabinet and inside is None:
        reasons.append(Reason("stands-in-no-room", number=wanted.cabinet))
    elif room is None:
        reasons.append(Reason("nowhere-exposed"))
    if reasons or room is None:
        raise Refused(say("the-plate-was-not-noted"), reasons)
    grade = inside.grade if inside else work.get(Room, room).grade
    kept = {**vars(wanted), "room": room, "grade": grade}
    row = work.add(Plate(**kept, by=work.actor.login, at=work.now))
    return plate_facts(work.session, row)


@dataclass(frozen=True)
class ReadPlate:
    """What grew on a plate, or how many particles there were in a cubic metre."""

    plate: int
    count: Count
    organism: Organism = ""


@action(may=Permission.ENTER_RESULT)
def read_plate(work: Work, wanted: ReadPlate) -> PlateFacts:
    """Read a plate; beyond its action limit it is a deviation of all that was worked on there then."""
    row = work.lock(Plate, wanted.plate)
    if reasons := rules.reading_reasons(row.standing, row.kind, row.until, work.now):
        raise Refused(say("the-plate-was-not-read"), reasons)
    row.move_to(PlateStanding.READ)
    row.count, row.organism = wanted.count, wanted.organism
    row.read_by, row.read_at = work.actor.login, work.now
    return _judged(work, row)


@dataclass(frozen=True)
class AmendPlate:
    """What was really counted, and why it was wrong."""

    plate: int
    count: Count
    why: WhyAmended
    organism: Organism = ""


@action(may=Permission.ENTER_RESULT, signed_as=say("fact-amended"))
def amend_plate(work: Work, wanted: AmendPlate) -> PlateFacts:
    """Amend what was read; a deviation that it opened stays, and QA closes it."""
    row = work.lock(Plate, wanted.plate)
    if row.standing is not PlateStanding.READ:
        raise Refused(Reason("plate-is-not-read"))
    right = {"count": wanted.count, "organism": wanted.organism}
    amend(work, row, str(row.id), right, wanted.why)
    return _judged(work, row)


def _judged(work: Work, row: Plate) -> PlateFacts:
    touched = tuple(covered(work.session, row))
    count = row.count or 0
    if not rules.is_over(row.kind, row.grade, count):
        return plate_facts(work.session, row, touched, say("within-its-limit"))
    of = {"kind": named(row.kind), "room": work.get(Room, row.room).name, "count": count}
    limit = rules.action_limit(row.kind, row.grade)
    finding = Reason("action-limit", **of, limit=limit, organism=row.organism or "–", plate=row.id)
    for number in touched:
        note_findings(work, number, [finding])
    told = say("beyond-its-limit", count=len(touched)) if touched else say("beyond-its-limit-alone")
    says = heed(told)
    return plate_facts(work.session, row, touched, says)
