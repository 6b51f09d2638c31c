"""Results from an instrument's file: all of it or nothing, each for the sample that its name tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from lims.attachments.keeping import AttachFile, attach_or_find
from lims.attachments.queries import one_file
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason, when
from lims.core.telling import Made, Told
from lims.core.texts import heed, joined, say
from lims.core.uploads import Upload
from lims.identifiers.fields import EquipmentNumber
from lims.identifiers.numbers import copy_of
from lims.instruments.formats import Measures
from lims.instruments.keeping import clock_of
from lims.instruments.reading import read_file
from lims.instruments.rules import serial_reasons
from lims.supplies.equipment_rules import EquipmentFacts, equipment_reasons
from lims.supplies.models import Equipment
from lims.supplies.using import log_use
from lims.testing import queries, rules
from lims.testing.actions import EnterResult, investigate, line_of, result_of
from lims.testing.measured_rules import Reported, controls_of, recovery_told, reported
from lims.testing.models import Sample
from lims.testing.plate_map_rules import map_reasons, sample_named
from lims.testing.rules import LineFacts, ResultFacts
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class ResultsTaken:
    """What was taken in of one file."""

    number: Made
    results: tuple[ResultFacts, ...]
    says: Told = ""


@dataclass(frozen=True)
class ImportResults:
    """A plate reader or a cytometer, and its file; each sample is called by our number there."""

    instrument: EquipmentNumber
    file: Annotated[Upload, About(label=say("file-of-the-instrument"))]


@action(may=Permission.ENTER_RESULT)
def import_results(work: Work, wanted: ImportResults) -> ResultsTaken:
    """Take a file's results in, all or none; somebody else reviews them."""
    return _import(work, wanted, {}, [])


@dataclass(frozen=True)
class ImportByMap(ImportResults):
    """The same, and what the instrument's names of its samples stand for."""

    names: Annotated[
        tuple[str, ...], About(label=say("plate-map"), hint=say("plate-map.hint"), rows=4)
    ]


@action(may=Permission.ENTER_RESULT, witnessed_as=say("plate-map-checked"))
def import_by_map(work: Work, wanted: ImportByMap) -> ResultsTaken:
    """Take a file in whose samples have other names than our numbers; a second person reads the map."""
    lines = [_line(text) for text in wanted.names]
    found = {name.casefold(): ours[0] for name, number in lines if (ours := copy_of(number))}
    return _import(work, wanted, found, map_reasons(lines))


def _line(text: str) -> tuple[str, str]:
    """A name and, behind it, our number."""
    name, _, number = text.strip().rpartition(" ")
    return name.strip(), number.strip().upper()


def _import(
    work: Work, wanted: ImportResults, named: Mapping[str, str], against: Sequence[Reason]
) -> ResultsTaken:
    instrument = work.lock(Equipment, wanted.instrument)
    reading = read_file(wanted.file.data, Measures.RESULT, clock_of(work, instrument))
    form = reading.form
    found, faults = reported(form, reading.rows) if form else ([], [])
    left = controls_of(form, reading.rows) if form else []
    of = {one.sample: sample_named(one.sample, named) for one in found}
    samples = {
        number: work.lock(Sample, number) for number in sorted(filter(None, set(of.values())))
    }
    reasons = [
        *against,
        *reading.reasons,
        *(fault.reason for fault in faults),
        *serial_reasons(instrument.serial, reading.serials),
        *equipment_reasons(facts(EquipmentFacts, instrument), work.today),
        *when(
            any(row.moment is not None and row.moment > work.now for row in reading.rows),
            Reason("file-of-the-future"),
        ),
        *(Reason("map-names-a-control", name=n) for n in named if form and form.is_control(n)),
        *(Reason("sample-of-nobody", sample=name) for name, number in of.items() if not number),
        *when(
            len(set(filter(None, of.values()))) < sum(1 for number in of.values() if number),
            Reason("two-names-of-one-sample"),
        ),
    ]
    asked = [(samples[number], one) for one in found if (number := of[one.sample])]
    judged = [(*pair, line_of(work, pair[0], pair[1].test)) for pair in asked]
    new = [
        (sample, one, line)
        for sample, one, line in judged
        if line is not None and not _known(work, sample, one, wanted)
    ]
    reasons += [reason for each in new for reason in _reasons(work, *each)]
    if not reasons and not new:
        only = not found and left
        reasons = [Reason("only-controls") if only else Reason("results-known-already")]
    if reasons:
        raise Refused(say("file-was-not-taken"), reasons)
    return _take(work, instrument, wanted.file, new, _told(len(judged) - len(new), left))


New = Sequence[tuple[Sample, Reported, LineFacts]]


def _told(others: int, controls: Sequence[str]) -> list[str]:
    """What of a file was not taken in."""
    told: list[str] = []
    if others:
        told.append(say("results-left", count=others))
    if controls:
        told.append(say("controls-left-out", names=joined("between.words", controls)))
    return told


def _take(
    work: Work, instrument: Equipment, file: Upload, new: New, left: Sequence[str]
) -> ResultsTaken:
    made: list[ResultFacts] = []
    says: list[str] = []
    for sample, one, line in new:
        what = say("results-of", name=instrument.name)
        kept = attach_or_find(work, AttachFile(sample.number, what, file))
        row = result_of(work, sample, line, _entry(sample, one))
        row.instrument, row.file, row.measured_at = instrument.number, kept.id, one.measured_at
        work.add(row)
        if heard := investigate(work, sample, line, row):
            says.append(heard)
        made.append(queries.result_facts(row))
    for number in dict.fromkeys(sample.number for sample, _, _ in new):
        log_use(work, number, instrument.number)
    sentences = [say("results-taken", count=len(made)), *left, *says]
    whole = joined("between.sentences", sentences)
    return ResultsTaken(instrument.number, tuple(made), heed(whole) if says else whole)


def _reasons(work: Work, sample: Sample, one: Reported, line: LineFacts) -> list[Reason]:
    """Why a result of a file cannot be one of its sample."""
    live = [
        result
        for result in queries.results_of(work.session, sample.number)
        if result.code == line.code and result.standing in queries.LIVE
    ]
    entry = _entry(sample, one)
    found = [
        *rules.sample_reasons(voided=sample.voided_at is not None),
        *rules.entry_reasons(line, entry.value, "", entry.not_performed),
        *when(live, Reason("has-result")),
        *when(
            one.measured_at is not None and one.measured_at < sample.taken_at,
            Reason("measured-before-taken"),
        ),
    ]
    of = {"number": sample.number, "test": line.test}
    return [Reason(why.code, say("of-this-sample", **of, says=why.sentence)) for why in found]


def _entry(sample: Sample, one: Reported) -> EnterResult:
    if why := recovery_told(one.recovery):
        return EnterResult(sample.number, one.test, not_performed=why)
    return EnterResult(sample.number, one.test, one.qualifier, one.value)


def _known(work: Work, sample: Sample, one: Reported, wanted: ImportResults) -> bool:
    """Whether this result of this instrument was taken before, whatever became of it since.

    A file that grew adds what is new; a run that was invalid does not come back by itself. Where
    a file has no time, what does not count any more is known by the file: an equal value of a new
    run is a new one.
    """
    entry = _entry(sample, one)
    mine = (one.test, wanted.instrument, entry.qualifier, entry.value, one.measured_at)
    same = [
        row
        for row in queries.results_of(work.session, sample.number)
        if (row.code, row.instrument, row.qualifier, row.value, row.measured_at) == mine
    ]
    return any(
        row.standing in queries.LIVE
        or one.measured_at is not None
        or one_file(work.session, work.side, row.file or "").digest == wanted.file.digest
        for row in same
    )
