"""Judging results by the specification in force at sampling, and the sterility clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from lims.core.reasons import Reason, when
from lims.core.rounding import CompareRule, Outcome, Qualifier, compare, parse_limit, told
from lims.core.telling import Told
from lims.core.texts import both, say
from lims.genealogy.rules import Hands, hands_reasons, makers
from lims.protocol.rules import impossible


class ResultStanding(StrEnum):
    """Where a result stands."""

    ENTERED = "entered"
    REVIEWED = "reviewed"
    INVALID_RUN = "invalid_run"  # a control failed: says nothing about the sample
    SUPERSEDED = "superseded"  # amended; the old value stays readable


class SterilityStanding(StrEnum):
    """Where a sterility test stands."""

    TO_DO = "to_do"
    INCUBATING = "incubating"
    NO_GROWTH = "no_growth"
    GROWTH = "growth"


@dataclass(frozen=True)
class LineFacts:
    """One line of an approved specification."""

    code: str
    test: str
    method: str
    chapter: str
    limit: str
    unit: str
    category: str
    sterility: bool
    informative: bool
    any_of: str
    rule: CompareRule
    possible: str = ""
    own: str = ""
    test_zh: str = ""
    method_zh: str = ""
    category_zh: str = ""

    def __post_init__(self) -> None:
        for name in ("test", "method", "category"):
            if chinese := getattr(self, f"{name}_zh"):
                object.__setattr__(self, name, both(getattr(self, name), chinese))

    @property
    def requirement(self) -> str:
        """What is asked for, in words."""
        if self.sterility:
            return say("no-growth")
        return f"{self.limit} {self.unit}".strip() or self.category


@dataclass(frozen=True)
class ResultFacts:
    """A result as it is read."""

    id: str
    sample: str
    code: str
    qualifier: Qualifier
    value: Decimal | None
    category: str
    not_performed: str
    standing: ResultStanding
    outcome: Outcome
    entered_by: str
    entered_at: datetime
    reviewed_by: str | None
    amends: str | None
    reason: str
    instrument: str | None = None
    file: str | None = None
    measured_at: datetime | None = None
    says: Told = ""


def judge(line: LineFacts, qualifier: Qualifier, value: Decimal | None, category: str) -> Outcome:
    """Whether a result keeps its line; "not performed" proves nothing."""
    if line.limit:
        if value is None:
            return Outcome.INDETERMINATE
        return compare(qualifier, value, line.limit, line.rule)
    if not category:
        return Outcome.INDETERMINATE
    same = category.strip().casefold() == line.category.casefold()
    return Outcome.CONFORMS if same else Outcome.FAILS


def sample_reasons(*, voided: bool) -> list[Reason]:
    """Why nothing is entered of a sample: it does not count."""
    return list(when(voided, Reason("sample-is-void")))


def entry_reasons(
    line: LineFacts | None, value: Decimal | None, category: str, not_performed: str
) -> list[Reason]:
    """Why an entry cannot be taken as a result of this line."""
    if line is None:
        return [Reason("not-in-specification")]
    given = [value is not None, bool(category), bool(not_performed)]
    return [
        *when(line.sterility, Reason("sterility")),
        *when(
            sum(given) != 1,
            Reason("one-of"),
        ),
        *(
            impossible(line.test, value, line.possible, line.unit)
            if value is not None and line.limit and line.possible
            else []
        ),
        *when(line.limit and category, Reason("number-needed", test=line.test)),
        *when(
            line.category and value is not None,
            Reason("category-needed", test=line.test),
        ),
    ]


def closing_reasons(inoculated_at: datetime | None, now: datetime, hours: int) -> list[Reason]:
    """Why "no growth" cannot be final yet: not before inoculation + 14 × 24 h (USP <71>)."""
    if inoculated_at is None:
        return [Reason("not-inoculated")]
    due = inoculated_at + timedelta(hours=hours)
    left = -(-(due - now) // timedelta(hours=1))  # begun hours count: never "0 h are left"
    return list(
        when(
            now < due,
            Reason("too-early.no", hours=hours, left=left // 24, left_2=left % 24),
        )
    )


def review_reasons(entered_by: str, hands: Hands, who: str) -> list[Reason]:
    """Why this person may not review this result: not their own, and not what they made."""
    return [
        *when(
            entered_by == who,
            Reason("your-own-result"),
        ),
        *hands_reasons(makers(hands), who),
    ]


def own_reasons(
    line: LineFacts, own: Decimal, entered: ResultFacts | None, most_apart: Decimal
) -> list[Reason]:
    """What Funis computed from its own counts is judged by the line, and against what was entered."""
    value = entered.value if entered else None
    apart = abs(own - value) if value is not None else Decimal(0)
    bounds = [limit.value for limit in parse_limit(line.limit)]
    ends = [value - most_apart, value + most_apart] if value is not None else []
    return [
        *when(
            compare(Qualifier.EQUAL, own, line.limit, line.rule) is not Outcome.CONFORMS,
            Reason(
                "own-count-fails",
                test=line.test,
                own=told(own, *bounds),
                unit=line.unit,
                requirement=line.requirement,
            ),
        ),
        *when(
            apart > most_apart,
            Reason(
                "counts-differ",
                test=line.test,
                own=told(own, *ends),
                unit=line.unit,
                value=value,
                most_apart=most_apart,
            ),
        ),
    ]


@dataclass(frozen=True)
class SampleEvidence:
    """A sample's specification and what was found."""

    lines: Sequence[LineFacts]
    results: Mapping[str, ResultFacts]
    sterility: SterilityStanding


def sample_blockers(sample: SampleEvidence, *, sterility_may_wait: bool) -> list[Reason]:
    """Every reason why the tests do not yet allow a release."""
    groups: dict[str, list[LineFacts]] = {}
    reasons: list[Reason] = []
    for line in sample.lines:
        if line.informative:
            continue
        if line.sterility:
            reasons += _sterility(sample.sterility, may_wait=sterility_may_wait)
        elif line.any_of:
            groups.setdefault(line.any_of, []).append(line)
        else:
            reasons += _line(line, sample.results.get(line.code))
    for lines in groups.values():
        found = [_line(line, sample.results.get(line.code)) for line in lines]
        reasons += [] if any(not blockers for blockers in found) else found[0]
    return reasons


FAILING = frozenset({"growth", "out-of-specification", "indeterminate"})


def failing_reasons(sample: SampleEvidence) -> list[Reason]:
    """What its tests have found against a thing; what is not known yet says nothing."""
    found = sample_blockers(sample, sterility_may_wait=True)
    return [reason for reason in found if reason.code in FAILING]


def _line(line: LineFacts, result: ResultFacts | None) -> list[Reason]:
    if result is None or result.standing not in {ResultStanding.ENTERED, ResultStanding.REVIEWED}:
        return [Reason("no-result", test=line.test)]
    return [
        *when(
            result.standing is ResultStanding.ENTERED,
            Reason("not-reviewed", test=line.test),
        ),
        *when(
            result.outcome is Outcome.FAILS,
            Reason("out-of-specification", test=line.test, requirement=line.requirement),
        ),
        *when(
            result.outcome is Outcome.INDETERMINATE,
            Reason("indeterminate", test=line.test, requirement=line.requirement),
        ),
    ]


def _sterility(standing: SterilityStanding, *, may_wait: bool) -> list[Reason]:
    return [
        *when(standing is SterilityStanding.GROWTH, Reason("growth")),
        *when(
            standing is SterilityStanding.TO_DO,
            Reason("not-inoculated.the"),
        ),
        *when(
            standing is SterilityStanding.INCUBATING and not may_wait,
            Reason("sterility-open.the"),
        ),
    ]
