"""Counts from a counter's file: taken in whole, matched by our number, assigned by two, struck out."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.attachments.keeping import RECORDS, AttachFile, attach_or_find
from lims.core.entries import About
from lims.core.errors import Missing, Refused
from lims.core.facts import facts
from lims.core.reasons import Reason, when
from lims.core.texts import heed, joined, say
from lims.core.uploads import Upload
from lims.deviations.actions import note_deviation
from lims.deviations.rules import DeviationKind
from lims.identifiers.fields import EquipmentNumber
from lims.identifiers.numbers import Kind, kind_of
from lims.identifiers.scans import read_scan
from lims.instruments import rules
from lims.instruments.counts import CellsCounted, count_of, undiluted
from lims.instruments.formats import Means, Measures
from lims.instruments.keeping import clock_of
from lims.instruments.models import InstrumentCount
from lims.instruments.queries import CountFacts, CountsTaken
from lims.instruments.reading import Fault, Reading, Row, read_file
from lims.instruments.rules import CountStanding
from lims.supplies.equipment_rules import DilutionMeans, EquipmentFacts, equipment_reasons
from lims.supplies.models import Equipment
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

MOST_COUNTS = 1000
LETTERS = "0123456789abcdef"
COUNTABLE = (Kind.FLASK,)  # what a count can be of, where its sample is one of our numbers


@dataclass(frozen=True)
class ImportCounts:
    """A counter and its file."""

    instrument: EquipmentNumber
    file: Annotated[Upload, About(label=say("file-of-the-counter"))]


@action(may=Permission.CULTURE_CELLS)
def import_counts(work: Work, wanted: ImportCounts) -> CountsTaken:
    """Take a counter's file in, all of it or nothing; a count serves once somebody takes it."""
    instrument = work.lock(Equipment, wanted.instrument)  # one file of a counter at a time
    reading = read_file(wanted.file.data, Measures.COUNT, clock_of(work, instrument))
    counted, wrong = _counted(reading, instrument.dilution)
    reasons = [
        *reading.reasons,
        *(fault.reason for fault in wrong),
        *rules.serial_reasons(instrument.serial, reading.serials),
        *equipment_reasons(facts(EquipmentFacts, instrument), work.today),
        *when(instrument.dilution is DilutionMeans.UNKNOWN, Reason("counter-not-verified")),
        *when(len(counted) > MOST_COUNTS, Reason("file-too-many-rows", most=MOST_COUNTS)),
        *when(
            any(row.moment is not None and row.moment > work.now for row in reading.rows),
            Reason("file-of-the-future"),
        ),
    ]
    known = _known(work, instrument.number)
    new = [
        (key, row, count) for row, count in counted if (key := _key(row, wanted.file)) not in known
    ]
    if not reasons and not new:
        reasons = [Reason("counted-already")]
    if reasons:
        raise Refused(say("file-was-not-taken"), reasons)
    about = AttachFile(instrument.number, say("counts-of", name=instrument.name), wanted.file)
    kept = attach_or_find(work, about)
    made = [
        _keep(work, instrument, kept.id, key, row, count)
        for key, row, count in sorted(
            new, key=lambda one: one[0][3]
        )  # an analysis anew comes later
    ]
    bare = [one for one in made if one.of is None]
    before = len(counted) - len(made)
    says = say("counts-taken", count=len(made))
    if before:
        says = joined("between.sentences", (says, say("counts-taken-before", count=before)))
    if bare:
        told = say("counts-to-assign", count=len(bare))
        says = heed(joined("between.sentences", (says, told)))
    return CountsTaken(instrument.number, tuple(facts(CountFacts, one) for one in made), says)


def _counted(
    reading: Reading, means: DilutionMeans
) -> tuple[list[tuple[Row, CellsCounted]], list[Fault]]:
    found: list[tuple[Row, CellsCounted]] = []
    wrong: list[Fault] = []
    form = reading.form
    if form is None:
        return found, wrong
    seen: set[tuple[str, ...]] = set()
    for row in reading.rows:
        count = count_of(row, form.viability_within)
        if not isinstance(count, CellsCounted):
            wrong += [Fault(row.line, "–", says) for says in count]
            continue
        plain = undiluted(count, means, is_share=form.dilution_is_share)
        same = tuple(_texts(row))
        if plain is None:
            wrong.append(Fault(row.line, "–", say("count-without-dilution")))
        elif any(same) and row.moment is not None and same in seen:
            wrong.append(Fault(row.line, "–", say("count-twice-in-the-file")))
        else:
            found.append((row, plain))
        seen.add(same)
    return found, wrong


Key = tuple[str, str, str, str]  # image, sample, when it was counted and when analysed anew


def _texts(row: Row) -> Key:
    moment = row.moment.isoformat() if row.moment else ""
    image, sample = row.texts.get(Means.IMAGE, ""), row.texts.get(Means.SAMPLE, "")
    return image, sample, moment, row.texts.get(Means.AGAIN, "")


def _key(row: Row, file: Upload) -> Key:
    """By what a measurement is known again: where a file tells neither time nor image, by itself."""
    image, sample, moment, again = _texts(row)
    return image if moment or image else f"{file.digest[:16]}/{row.line}", sample, moment, again


def _known(work: Work, instrument: str) -> set[Key]:
    """What this counter has counted already; what was struck out may come again."""
    mine = select(InstrumentCount).where(InstrumentCount.instrument == instrument)
    rows = work.session.scalars(mine.where(InstrumentCount.standing != CountStanding.STRUCK_OUT))
    return {
        (row.image, row.sample, row.counted_at.isoformat() if row.counted_at else "", row.again)
        for row in rows
    }


def _keep(
    work: Work, instrument: Equipment, file: str, key: Key, row: Row, count: CellsCounted
) -> InstrumentCount:
    image, sample, _, again = key
    made = InstrumentCount(
        id=work.chance.letters("count", LETTERS, 16),
        instrument=instrument.number,
        file=file,
        line=row.line,
        image=image,
        sample=sample,
        counted_at=row.moment,
        again=again,
        of=_ours(work, sample),
        live=count.live,
        total=count.total,
        dilution=count.dilution,
        standing=CountStanding.COUNTED,
        by=work.actor.login,
        at=work.now,
    )
    _one_of_an_image(work, made)
    return work.add(made)


def _one_of_an_image(work: Work, made: InstrumentCount) -> None:
    """Of one image analysed more than once the last analysis serves, in whatever order they come."""
    if made.counted_at is None:
        return
    same = (
        InstrumentCount.instrument == made.instrument,
        InstrumentCount.image == made.image,
        InstrumentCount.sample == made.sample,
        InstrumentCount.counted_at == made.counted_at,
        InstrumentCount.standing.in_((CountStanding.COUNTED, CountStanding.TAKEN)),
    )
    for other in work.session.scalars(select(InstrumentCount).where(*same).with_for_update()):
        made.of = made.of or other.of
        if other.again > made.again:
            made.standing = CountStanding.ANALYSED_ANEW
            continue
        taken_for, was = other.taken_for, other.standing
        other.move_to(CountStanding.ANALYSED_ANEW)
        if was is CountStanding.TAKEN and other.of:
            told = say("count-analysed-anew", harvest=taken_for, was=other.live, now=made.live)
            note_deviation(work, other.of, DeviationKind.REPORTED, told)


def _ours(work: Work, sample: str) -> str | None:
    """The number that a sample was called by, if it is one of ours, whole, and there."""
    try:
        number = read_scan(sample).number
        kind = kind_of(number)
        if kind not in COUNTABLE:
            return None
        RECORDS[work.side, kind](work, number)
    except (Refused, Missing):
        return None
    return number
