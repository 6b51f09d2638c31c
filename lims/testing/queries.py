"""Reads of specifications, samples and results."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.gathering import gathered
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.telling import Made, Told
from lims.protocol.sections import Stage
from lims.testing.models import (
    Result,
    Sample,
    Specification,
    SpecificationLine,
    SterilityReading,
)
from lims.testing.rules import (
    LineFacts,
    ResultFacts,
    ResultStanding,
    SampleEvidence,
    SterilityStanding,
)

LIVE = (ResultStanding.ENTERED, ResultStanding.REVIEWED)


@dataclass(frozen=True)
class SpecificationFacts:
    """An approved specification."""

    id: str
    stage: Stage
    version: int
    protocol: int
    approved_by: str
    approved_at: datetime
    lines: tuple[LineFacts, ...]


@dataclass(frozen=True)
class ReadingFacts:
    """One look at the sterility cultures."""

    at: datetime
    by: str
    growth: bool


@dataclass(frozen=True)
class SampleFacts:
    """A sample with its results."""

    number: Made
    of: str
    specification: str
    protocol: int
    taken_by: str
    taken_at: datetime
    standing: SterilityStanding
    inoculated_at: datetime | None
    inoculated_by: str | None
    growth_seen_at: datetime | None
    organism: str
    closed_at: datetime | None
    closed_by: str | None
    closing_checked_by: str | None
    voided_by: str | None
    voided_at: datetime | None
    voided_why: str
    results: tuple[ResultFacts, ...]
    readings: tuple[ReadingFacts, ...]
    says: Told = ""


def specifications(session: Session) -> list[SpecificationFacts]:
    """All versions, the newest first."""
    order = (Specification.stage, Specification.version.desc())
    rows = session.scalars(select(Specification).order_by(*order)).all()
    lines = lines_by_specification(session)
    return [
        facts(SpecificationFacts, row, lines=tuple(facts(LineFacts, n) for n in lines[row.id]))
        for row in rows
    ]


def stages_specified(session: Session) -> frozenset[Stage]:
    """The stages that have an approved specification."""
    return frozenset(session.scalars(select(Specification.stage).distinct()))


def specification(session: Session, stage: str, version: str) -> SpecificationFacts:
    """One version of a specification."""
    row = session.get(Specification, f"{stage}/{version}")
    if row is None:
        raise Missing
    return specification_facts(session, row)


def specification_facts(session: Session, row: Specification) -> SpecificationFacts:
    """A version with its lines."""
    return facts(SpecificationFacts, row, lines=tuple(lines_of(session, row.id)))


def in_force(session: Session, stage: Stage) -> Specification | None:
    """The newest approved version."""
    newest = select(Specification).where(Specification.stage == stage)
    return session.scalar(newest.order_by(Specification.version.desc()).limit(1))


def result_facts(row: Result, says: str = "") -> ResultFacts:
    """A result as it is read."""
    return facts(ResultFacts, row, says=says)


def lines_of(session: Session, specification_id: str) -> list[LineFacts]:
    """The lines of a version in order."""
    rows = session.scalars(
        select(SpecificationLine)
        .where(SpecificationLine.specification == specification_id)
        .order_by(SpecificationLine.place)
    )
    return [facts(LineFacts, row) for row in rows]


def results_of(session: Session, sample: str) -> list[ResultFacts]:
    """All results of a sample, the amended ones too."""
    rows = session.scalars(
        select(Result).where(Result.sample == sample).order_by(Result.entered_at, Result.code)
    )
    return [result_facts(row) for row in rows]


def sample(session: Session, number: str) -> SampleFacts:
    """One sample."""
    row = session.get(Sample, number)
    if row is None:
        raise Missing
    return sample_facts(session, row)


def sample_facts(session: Session, row: Sample, says: str = "") -> SampleFacts:
    """A sample with its results and readings."""
    (found,) = _with_results(session, [row], says)
    return found


def _with_results(session: Session, rows: Sequence[Sample], says: str = "") -> list[SampleFacts]:
    numbers = [row.number for row in rows]
    entered = select(Result).where(Result.sample.in_(numbers))
    results = gathered(session, entered.order_by(Result.entered_at, Result.code), Result.sample)
    looked = select(SterilityReading).where(SterilityReading.sample.in_(numbers))
    readings = gathered(session, looked.order_by(SterilityReading.id), SterilityReading.sample)
    return [
        facts(
            SampleFacts,
            row,
            results=tuple(result_facts(found) for found in results[row.number]),
            readings=tuple(facts(ReadingFacts, found) for found in readings[row.number]),
            says=says,
        )
        for row in rows
    ]


SAMPLES = Listing(
    (Sample.taken_at, Sample.number),
    finds=(Sample.number, Sample.of, Sample.specification),
    stands=Sample.standing,
    sorts={"of": Sample.of, "specification": Sample.specification, "taken": Sample.taken_at},
)


def samples(session: Session, asked: Asked = EVERYTHING) -> Listed[SampleFacts]:
    """All samples, the newest first."""
    page = one_page(session, select(Sample), SAMPLES, asked)
    return page.told(_with_results(session, page.rows))


def unfinished(session: Session) -> list[SampleFacts]:
    """Every sample that lacks a result, waits for the incubator or stands in it."""
    entered = select(Result.id).where(
        Result.sample == Sample.number,
        Result.code == SpecificationLine.code,
        Result.standing.in_(LIVE),
    )
    lacking = select(SpecificationLine.code).where(
        SpecificationLine.specification == Sample.specification,
        SpecificationLine.sterility.is_(False),
        ~entered.exists(),
    )
    sterile = select(SpecificationLine.code).where(
        SpecificationLine.specification == Sample.specification, SpecificationLine.sterility
    )
    open_ = Sample.standing.in_((SterilityStanding.TO_DO, SterilityStanding.INCUBATING))
    waits = (lacking.exists() | (open_ & sterile.exists())) & Sample.voided_at.is_(None)
    return _with_results(session, session.scalars(select(Sample).where(waits)).all())


def unreviewed(session: Session) -> list[ResultFacts]:
    """Every result that waits for its review, the oldest first."""
    entered = select(Result).where(Result.standing == ResultStanding.ENTERED)
    rows = session.scalars(entered.order_by(Result.entered_at, Result.sample, Result.code))
    return [result_facts(row) for row in rows]


def lines_by_specification(session: Session) -> Mapping[str, list[SpecificationLine]]:
    """The lines of every version in order."""
    lines = select(SpecificationLine).order_by(SpecificationLine.place)
    return gathered(session, lines, SpecificationLine.specification)


def samples_of(session: Session, number: str) -> list[SampleFacts]:
    """The samples of a lot or bag."""
    taken = select(Sample).where(Sample.of == number).order_by(Sample.number)
    return _with_results(session, session.scalars(taken).all())


@dataclass(frozen=True)
class InProcess:
    """What a sample taken on the way proves."""

    of: str
    sample: str
    evidence: SampleEvidence


def in_process(session: Session, numbers: Collection[str]) -> list[InProcess]:
    """What every sample proves that was taken of these on the way to a lot."""
    of_these = Sample.of.in_(numbers) & Sample.voided_at.is_(None)
    taken = select(Sample).where(of_these).order_by(Sample.number)
    found = _with_results(session, session.scalars(taken).all())
    return [InProcess(one.of, one.number, _evidence(session, one)) for one in found]


def evidence_of(session: Session, number: str) -> SampleEvidence | None:
    """What the newest sample of a lot or bag proves; None if none was taken."""
    taken = samples_of(session, number)
    if not taken:
        return None
    return _evidence(session, taken[-1])


def _evidence(session: Session, sample: SampleFacts) -> SampleEvidence:
    return SampleEvidence(
        lines=lines_of(session, sample.specification),
        results={r.code: r for r in sample.results if r.standing in LIVE},
        sterility=sample.standing,
    )
