"""Results put right: amended, or declared the fruit of an invalid run."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from lims.core.entries import About, HowMuch
from lims.core.errors import Missing, Refused
from lims.core.rounding import Qualifier
from lims.core.texts import say
from lims.deviations.actions import note_deviation
from lims.deviations.rules import DeviationKind
from lims.testing import queries, rules
from lims.testing.actions import (
    EnterResult,
    investigate,
    line_of,
    result_of,
    somebody_else,
    tell_if_failing,
)
from lims.testing.models import Result, Sample
from lims.testing.rules import ResultFacts, ResultStanding
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class InvalidateRun:
    """A run whose control failed."""

    result: Annotated[str, About(label=say("result"), hint=say("its-identifier"))]
    reason: Annotated[str, About(label=say("which-control-failed-and-the"), rows=2)]


@action(
    may=Permission.REVIEW_RESULT,
    signed_as=say("run-declared-invalid"),
    witnessed_as=say("cause-of-the-invalid-run"),
    second_may=Permission.RELEASE_LOT,
)
def invalidate_run(work: Work, wanted: InvalidateRun) -> ResultFacts:
    """Declare a run invalid, with QA: a failed control, not a failed sample. The value stays."""
    row = work.lock(Result, wanted.result)
    sample = work.get(Sample, row.sample)
    somebody_else(work, sample.of, row.entered_by, work.actor.login, work.second)
    row.move_to(ResultStanding.INVALID_RUN)
    row.reason = wanted.reason
    row.reviewed_by = row.reviewed_by or work.actor.login
    what = say("of-sample-invalid-run", code=row.code, number=sample.number, reason=wanted.reason)
    note_deviation(work, sample.of, DeviationKind.INVALID_RUN, what)
    tell_if_failing(work, row)
    return queries.result_facts(row)


@dataclass(frozen=True)
class AmendResult:
    """The right value and why the old one was wrong."""

    result: Annotated[str, About(label=say("result"), hint=say("its-identifier"))]
    reason: Annotated[str, About(label=say("why-it-is-amended"))]
    qualifier: HowMuch = Qualifier.EQUAL
    value: Decimal | None = None
    category: str = ""


@action(
    may=Permission.REVIEW_RESULT,
    signed_as=say("result-amended"),
    witnessed_as=say("amendment-checked"),
)
def amend_result(work: Work, wanted: AmendResult) -> ResultFacts:
    """Amend a result, also after release; the lot is judged again at once."""
    old = work.lock(Result, wanted.result)
    sample = work.lock(Sample, old.sample)
    line = line_of(work, sample, old.code)
    if line is None:
        raise Missing(say("thing.test"))
    if reasons := rules.entry_reasons(line, wanted.value, wanted.category, ""):
        raise Refused(say("the-amendment-was-not-taken"), reasons)
    somebody_else(work, sample.of, work.actor.login, work.second)
    old.move_to(ResultStanding.SUPERSEDED)
    entry = EnterResult(sample.number, old.code, wanted.qualifier, wanted.value, wanted.category)
    row = result_of(work, sample, line, entry)
    row.standing = ResultStanding.REVIEWED
    row.reviewed_by = work.second
    row.amends, row.reason = old.id, wanted.reason
    work.add(row)
    says = investigate(work, sample, line, row)
    tell_if_failing(work, row)
    return queries.result_facts(row, says)
