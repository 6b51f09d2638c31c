"""Specifications approved, samples taken, results entered and reviewed by different people."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from lims.attachments.keeping import RECORDS
from lims.core.entries import About, HowMuch
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason, when
from lims.core.rounding import CompareRule, Outcome, Qualifier
from lims.core.texts import heed, say
from lims.deviations.actions import note_deviation
from lims.deviations.rules import DeviationKind
from lims.genealogy.actions import connect
from lims.genealogy.hands import hands_on
from lims.genealogy.rules import hands_reasons
from lims.identifiers.fields import CordFlaskOrHarvestNumber, LotNumber, SampleNumber
from lims.identifiers.numbers import Kind, kind_of
from lims.notices.actions import raise_notice
from lims.notices.rules import NoticeKind
from lims.protocol.queries import protocol_in_force
from lims.protocol.sections import Stage
from lims.supplies.models import Lot
from lims.supplies.rules import LotKind
from lims.testing import queries, rules
from lims.testing.models import Result, Sample, Specification, SpecificationLine
from lims.testing.queries import SampleFacts, SpecificationFacts
from lims.testing.rules import LineFacts, ResultFacts, ResultStanding
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

STAGE_OF = {
    LotKind.MASTER_BANK: Stage.BANK,
    LotKind.WORKING_BANK: Stage.BANK,
    LotKind.PRODUCT: Stage.PRODUCT,
    LotKind.VEHICLE: Stage.VEHICLE,
}


@dataclass(frozen=True)
class ResultFailed:
    """News: a reviewed or amended result fails its specification."""

    of: str
    test: str


@dataclass(frozen=True)
class ApproveSpecification:
    """The protocol file's lines for a stage, put in force."""

    stage: Stage
    rule: Annotated[CompareRule, About(label=say("rounding-rule"))] = CompareRule.USP


@action(may=Permission.SET_SPECIFICATION, signed_as=say("specification-approved"))
def approve_specification(work: Work, wanted: ApproveSpecification) -> SpecificationFacts:
    """Put the protocol's lines for a stage in force as a new version."""
    governing = protocol_in_force(work)
    if not governing.trial.lines(wanted.stage):
        raise Refused(Reason("protocol-without-stage", stage=wanted.stage))
    newest = queries.in_force(work.session, wanted.stage)
    version = newest.version + 1 if newest else 1
    lines = [facts(LineFacts, x, rule=wanted.rule) for x in governing.trial.lines(wanted.stage)]
    if (
        newest
        and newest.protocol == governing.version
        and queries.lines_of(work.session, newest.id) == lines
    ):
        raise Refused(Reason("unchanged-specification", version=newest.version))
    row = Specification(
        id=f"{wanted.stage}/{version}",
        stage=wanted.stage,
        version=version,
        protocol=governing.version,
        approved_by=work.actor.login,
        approved_at=work.now,
        signature=work.signed,
    )
    work.add(row)
    for place, line in enumerate(lines):
        work.add(SpecificationLine(specification=row.id, place=place, **vars(line)))
    return queries.specification_facts(work.session, row)


@dataclass(frozen=True)
class SampleLot:
    """A sample of a lot for its release tests."""

    lot: LotNumber


@action(may=Permission.TAKE_SAMPLE, late=True)
def sample_lot(work: Work, wanted: SampleLot) -> SampleFacts:
    """Take a lot's release sample; the specification in force now will judge it."""
    lot = work.lock(Lot, wanted.lot)
    if queries.samples_of(work.session, lot.number):
        raise Refused(Reason("sampled-already"))
    row = take_sample(work, lot.number, STAGE_OF[lot.kind])
    return queries.sample_facts(work.session, row)


IN_PROCESS = {Kind.CORD: Stage.CORD, Kind.FLASK: Stage.CULTURE, Kind.HARVEST: Stage.CULTURE}


@dataclass(frozen=True)
class SampleInProcess:
    """What is tested on the way: a cord's transport liquid, a growing vessel or a harvest."""

    of: CordFlaskOrHarvestNumber


@action(may=Permission.TAKE_SAMPLE, late=True)
def sample_in_process(work: Work, wanted: SampleInProcess) -> SampleFacts:
    """Take a sample on the way; what it fails holds every lot that descends from there."""
    kind = kind_of(wanted.of)
    RECORDS[work.side, kind](work, wanted.of)  # or it is Missing
    return queries.sample_facts(work.session, take_sample(work, wanted.of, IN_PROCESS[kind]))


@dataclass(frozen=True)
class VoidSample:
    """A sample on the way that was taken by mistake, and why."""

    sample: SampleNumber
    reason: Annotated[str, About(label=say("why-it-does-not-count"), rows=2)]


@action(may=Permission.RELEASE_LOT, signed_as=say("sample-does-not-count"))
def void_sample(work: Work, wanted: VoidSample) -> SampleFacts:
    """Say that a sample on the way does not count; what it failed stays a deviation."""
    row = work.lock(Sample, wanted.sample)
    reasons = [
        *when(kind_of(row.of) not in IN_PROCESS, Reason("not-on-the-way")),
        *when(row.voided_at is not None, Reason("struck-out-already")),
        *hands_reasons({row.taken_by: frozenset({"testing/sample-in-process"})}, work.actor.login),
    ]
    if reasons:
        raise Refused(say("the-sample-counts"), reasons)
    row.voided_by, row.voided_at = work.actor.login, work.now
    row.voided_why = wanted.reason
    return queries.sample_facts(work.session, row)


def take_sample(work: Work, of: str, stage: Stage) -> Sample:
    """Take a sample from inside another action."""
    specification = queries.in_force(work.session, stage)
    if specification is None:
        raise Refused(Reason("no-specification", stage=stage))
    row = Sample(
        number=work.new_number(Kind.SAMPLE),
        of=of,
        specification=specification.id,
        protocol=protocol_in_force(work).version,
        taken_by=work.actor.login,
        taken_at=work.now,
    )
    work.add(row)
    connect(work, row.number, of)
    return row


@dataclass(frozen=True)
class EnterResult:
    """A number with its qualifier, or a category, or why it was not performed."""

    sample: SampleNumber
    code: Annotated[str, About(label=say("test"))]
    qualifier: HowMuch = Qualifier.EQUAL
    value: Decimal | None = None
    category: str = ""
    not_performed: Annotated[str, About(label=say("not-performed-because"))] = ""


@action(may=Permission.ENTER_RESULT, late=True)
def enter_result(work: Work, wanted: EnterResult) -> ResultFacts:
    """Enter a test's result; somebody else reviews it."""
    sample = work.lock(Sample, wanted.sample)
    line = line_of(work, sample, wanted.code)
    earlier = [
        r
        for r in queries.results_of(work.session, sample.number)
        if r.code == wanted.code and r.standing in queries.LIVE
    ]
    reasons = [
        *rules.sample_reasons(voided=sample.voided_at is not None),
        *rules.entry_reasons(line, wanted.value, wanted.category, wanted.not_performed),
        *when(earlier, Reason("has-result")),
    ]
    if reasons or line is None:
        raise Refused(say("the-result-was-not-taken"), reasons)
    row = work.add(result_of(work, sample, line, wanted))
    return queries.result_facts(row, investigate(work, sample, line, row))


def investigate(work: Work, sample: Sample, line: LineFacts, row: Result) -> str:
    """What fails or proves nothing opens an investigation at once: it cannot vanish unsigned."""
    kind = {
        Outcome.FAILS: DeviationKind.OUT_OF_SPECIFICATION,
        Outcome.INDETERMINATE: DeviationKind.INDETERMINATE,
    }.get(row.outcome)
    if kind is None or line.informative:
        return ""
    shown = row.not_performed or row.category or f"{row.qualifier} {row.value:f} {line.unit}"
    what = say(
        "test-shown-against-requirement-sample",
        test=line.test,
        shown=shown,
        requirement=line.requirement,
        number=sample.number,
    )
    note_deviation(work, sample.of, kind, what)
    raise_notice(work, NoticeKind.RESULT_FAILED, sample.of)
    return heed(say("entered-a-deviation-is-open", test=line.test, requirement=line.requirement))


def line_of(work: Work, sample: Sample, code: str) -> LineFacts | None:
    """The line of the specification that judges this sample's test."""
    lines = queries.lines_of(work.session, sample.specification)
    return next((line for line in lines if line.code == code), None)


def result_of(work: Work, sample: Sample, line: LineFacts, wanted: EnterResult) -> Result:
    """A new result, judged by its line."""
    return Result(
        id=work.chance.letters("result", "0123456789abcdef", 16),
        sample=sample.number,
        code=line.code,
        qualifier=wanted.qualifier,
        value=wanted.value,
        category=wanted.category,
        not_performed=wanted.not_performed,
        outcome=rules.judge(line, wanted.qualifier, wanted.value, wanted.category),
        entered_by=work.actor.login,
        entered_at=work.now,
    )


@dataclass(frozen=True)
class ReviewResult:
    """A result that was checked against its raw data."""

    result: Annotated[str, About(label=say("result"), hint=say("its-identifier"))]


@action(may=Permission.REVIEW_RESULT, signed_as=say("result-reviewed"))
def review_result(work: Work, wanted: ReviewResult) -> ResultFacts:
    """Review a result that somebody else entered (21 CFR 211.194(a)(8))."""
    row = work.lock(Result, wanted.result)
    sample = work.get(Sample, row.sample)
    somebody_else(work, sample.of, row.entered_by, work.actor.login)
    row.move_to(ResultStanding.REVIEWED)
    row.reviewed_by = work.actor.login
    tell_if_failing(work, row)
    return queries.result_facts(row)


def somebody_else(work: Work, of: str, entered_by: str, *judges: str) -> None:
    """Refuse a judge who entered the result, or whose hands made what was sampled."""
    hands = hands_on(work.session, of)
    reasons = [r for judge in judges for r in rules.review_reasons(entered_by, hands, judge)]
    if reasons:
        raise Refused(say("somebody-else-judges-this-result"), list(dict.fromkeys(reasons)))


def tell_if_failing(work: Work, row: Result) -> None:
    """Tell the stages downstream when a blocking line is not proved any more.

    It failed, or it proves nothing, or its run was invalid: what was released on it is stopped.
    Its investigation is open already.
    """
    sample = work.get(Sample, row.sample)
    line = line_of(work, sample, row.code)
    proved = row.outcome is Outcome.CONFORMS and row.standing is not ResultStanding.INVALID_RUN
    if line is None or line.informative or proved:
        return
    work.publish(ResultFailed(sample.of, line.test))
