"""Results: what may be entered, how it is judged, who reviews it, and what it holds back."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lims.core.reasons import Reason
from lims.core.rounding import CompareRule, Outcome, Qualifier
from lims.testing import rules
from lims.testing.rules import (
    LineFacts,
    ResultFacts,
    ResultStanding,
    SampleEvidence,
    SterilityStanding,
)

D = Decimal
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)

NUMBER = LineFacts(
    code="VIA", test="Viability", method="count", chapter="", limit=">=85", unit="%",
    category="", sterility=False, informative=False, any_of="", rule=CompareRule.USP,
    possible="0-100",
)  # fmt: skip
WORD = replace(NUMBER, code="APP", test="Appearance", limit="", unit="", category="Clear")
STERILE = replace(NUMBER, code="STE", test="Sterility", limit="", possible="", sterility=True)
RESULT = ResultFacts(
    id="r", sample="S", code="VIA", qualifier=Qualifier.EQUAL, value=D(90), category="",
    not_performed="", standing=ResultStanding.REVIEWED, outcome=Outcome.CONFORMS,
    entered_by="qi", entered_at=NOW, reviewed_by="qa", amends=None, reason="",
)  # fmt: skip


def codes(reasons: list[Reason]) -> list[str]:
    assert all(reason.sentence for reason in reasons)
    return [reason.code for reason in reasons]


@pytest.mark.parametrize("facts", [LineFacts, ResultFacts, SampleEvidence])
def test_nobody_changes_facts_while_they_are_judged(facts: Any) -> None:
    assert facts.__dataclass_params__.frozen


def test_standings_are_stored_in_words_that_never_change() -> None:
    assert list(ResultStanding) == ["entered", "reviewed", "invalid_run", "superseded"]
    assert list(SterilityStanding) == ["to_do", "incubating", "no_growth", "growth"]


def test_a_line_that_says_no_more_can_be_anything_and_is_not_counted_by_us() -> None:
    plain = LineFacts("A", "a", "m", "", ">=1", "", "", False, False, "", CompareRule.EP)
    assert (plain.possible, plain.own) == ("", "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (NUMBER, ">=85 %"),
        (replace(NUMBER, unit=""), ">=85"),
        (WORD, "Clear"),
        (STERILE, "no growth"),
        (replace(NUMBER, sterility=True), "no growth"),
    ],
)
def test_the_analyst_reads_what_a_line_asks_for(line: LineFacts, words: str) -> None:
    assert line.requirement == words


FULL = replace(NUMBER, rule=CompareRule.GBT_FULL)
ENDOTOXIN = replace(NUMBER, limit="<=0.5", unit="EU/mL")


@pytest.mark.parametrize(
    ("line", "qualifier", "value", "category", "outcome"),
    [
        (NUMBER, "=", "85", "", Outcome.CONFORMS),
        (NUMBER, "=", "84.5", "", Outcome.CONFORMS),
        (NUMBER, "=", "84.4999", "", Outcome.FAILS),
        (FULL, "=", "84.9999", "", Outcome.FAILS),
        (FULL, "=", "85", "", Outcome.CONFORMS),
        (ENDOTOXIN, "<", "0.05", "", Outcome.CONFORMS),
        (ENDOTOXIN, "<", "0.8", "", Outcome.INDETERMINATE),
        (ENDOTOXIN, ">", "0.8", "", Outcome.FAILS),
        (ENDOTOXIN, "=", "0", "", Outcome.CONFORMS),
        (NUMBER, "=", None, "", Outcome.INDETERMINATE),
        (NUMBER, "=", None, "Clear", Outcome.INDETERMINATE),
        (WORD, "=", None, "Clear", Outcome.CONFORMS),
        (WORD, "=", None, " CLEAR ", Outcome.CONFORMS),
        (WORD, "=", None, "clea", Outcome.FAILS),
        (WORD, "=", None, "turbid", Outcome.FAILS),
        (WORD, "=", None, "", Outcome.INDETERMINATE),
        (WORD, "=", "90", "", Outcome.INDETERMINATE),
    ],
)
def test_the_analysts_result_is_judged_by_its_line(
    line: LineFacts, qualifier: str, value: str | None, category: str, outcome: Outcome
) -> None:
    number = None if value is None else D(value)
    assert rules.judge(line, Qualifier(qualifier), number, category) is outcome


@pytest.mark.parametrize(
    ("line", "value", "category", "not_performed", "found"),
    [
        (NUMBER, "90", "", "", []),
        (NUMBER, "0", "", "", []),
        (NUMBER, "100", "", "", []),
        (NUMBER, "100.0001", "", "", ["impossible"]),
        (NUMBER, "-0.0001", "", "", ["impossible"]),
        (replace(NUMBER, possible=""), "101", "", "", []),
        (NUMBER, None, "", "kit missing", []),
        (NUMBER, None, "", "", ["one-of"]),
        (NUMBER, "90", "", "kit missing", ["one-of"]),
        (NUMBER, None, "clear", "", ["number-needed"]),
        (NUMBER, "90", "clear", "", ["one-of", "number-needed"]),
        (WORD, None, "clear", "", []),
        (WORD, None, "", "kit missing", []),
        (WORD, None, "clear", "kit missing", ["one-of"]),
        (WORD, "90", "", "", ["category-needed"]),
        (WORD, "0", "", "", ["category-needed"]),
        (WORD, "101", "", "", ["category-needed"]),
        (STERILE, None, "none", "", ["sterility"]),
        (None, "90", "", "", ["not-in-specification"]),
    ],
)
def test_the_analyst_enters_one_thing_that_can_be(
    line: LineFacts | None, value: str | None, category: str, not_performed: str, found: list[str]
) -> None:
    number = None if value is None else D(value)
    assert codes(rules.entry_reasons(line, number, category, not_performed)) == found


@pytest.mark.parametrize(
    ("line", "value", "category", "said"),
    [
        (None, None, "", "The specification has no such test."),
        (STERILE, None, "none", "Sterility is read on its own page."),
        (NUMBER, None, "", "Give a number, or a category, or why it was not performed."),
        (NUMBER, "929", "", "Viability is 0 to 100 %; 929 cannot be."),
        (NUMBER, None, "clear", "Viability is a number."),
        (WORD, "9", "", "Appearance is a word, not a number."),
    ],
)
def test_the_analyst_reads_what_the_line_takes(
    line: LineFacts | None, value: str | None, category: str, said: str
) -> None:
    (reason,) = rules.entry_reasons(line, None if value is None else D(value), category, "")
    assert reason.sentence == said


# The sterility clock

DUE = NOW + timedelta(hours=336)


@pytest.mark.parametrize(
    ("inoculated", "now", "found"),
    [
        (NOW, DUE, []),
        (NOW, DUE + SECOND, []),
        (NOW, DUE - SECOND, ["too-early"]),
        (NOW, NOW, ["too-early"]),
        (None, DUE, ["not-inoculated"]),
    ],
)
def test_the_analyst_closes_no_growth_after_fourteen_whole_days(
    inoculated: datetime | None, now: datetime, found: list[str]
) -> None:
    assert codes(rules.closing_reasons(inoculated, now, 336)) == found


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=2, hours=3, minutes=59), "2 d 4 h"),
        (timedelta(days=1), "1 d 0 h"),
        (timedelta(hours=23, minutes=59, seconds=59), "1 d 0 h"),
        (timedelta(hours=1), "0 d 1 h"),
    ],
)
def test_the_analyst_reads_how_long_the_sample_still_incubates(left: timedelta, said: str) -> None:
    (reason,) = rules.closing_reasons(NOW, DUE - left, 336)
    assert reason.sentence == f"No growth is final after 336 h; {said} are left."


def test_the_analyst_is_not_told_that_nothing_is_left_of_the_last_hour() -> None:
    (reason,) = rules.closing_reasons(NOW, DUE - timedelta(minutes=30), 336)
    assert "0 d 0 h" not in reason.sentence


def test_the_analyst_reads_that_a_sample_must_be_inoculated_first() -> None:
    (reason,) = rules.closing_reasons(None, DUE, 336)
    assert reason.sentence == "The sample was not inoculated."


# Who reviews


@pytest.mark.parametrize(
    ("entered_by", "acts", "found"),
    [
        ("qi", {}, []),
        ("ping", {}, []),
        ("qa", {}, ["your-own-result"]),
        ("qi", {"qa": {"culture/harvest-flasks"}}, ["your-hands"]),
        ("qi", {"qa": {"testing/enter-result"}}, []),
        ("qi", {"qa": {"testing/enter-result", "bank/fill-vials"}}, ["your-hands"]),
        ("qi", {"qi": {"culture/harvest-flasks"}}, []),
        ("qa", {"qa": {"culture/harvest-flasks"}}, ["your-own-result", "your-hands"]),
    ],
)
def test_the_analyst_reviews_what_others_entered_on_what_others_made(
    entered_by: str, acts: dict[str, set[str]], found: list[str]
) -> None:
    hands = {login: frozenset(done) for login, done in acts.items()}
    assert codes(rules.review_reasons(entered_by, hands, "qa")) == found


def test_the_analyst_reads_that_somebody_else_reviews() -> None:
    (reason,) = rules.review_reasons("qa", {}, "qa")
    assert reason.sentence == "Somebody else reviews what you entered."


# What Funis counted itself


@pytest.mark.parametrize(
    ("own", "value", "found"),
    [
        ("90", "90", []),
        ("84.5", "89.5", []),
        ("84.5", "89.5001", ["counts-differ"]),
        ("95", "90", []),
        ("95.0001", "90", ["counts-differ"]),
        ("84.4", "89", ["own-count-fails"]),
        ("84.4", None, ["own-count-fails"]),
        ("84.5", None, []),
        ("80", "90", ["own-count-fails", "counts-differ"]),
    ],
)
def test_our_own_count_is_judged_by_the_line_and_against_the_result(
    own: str, value: str | None, found: list[str]
) -> None:
    entered = replace(RESULT, value=D(value)) if value else None
    assert codes(rules.own_reasons(NUMBER, D(own), entered, D(5))) == found


def test_our_own_count_stands_against_no_number_when_none_was_entered() -> None:
    for entered in (None, replace(RESULT, value=None)):
        assert rules.own_reasons(NUMBER, D(90), entered, D(0)) == []


def numbers(reason: Reason) -> list[Decimal]:
    """The numbers that the sentence shows."""
    return [D(found) for found in re.findall(r"\d+(?:\.\d+)?", reason.sentence)]


def test_qa_reads_both_counts() -> None:
    fails, differ = rules.own_reasons(NUMBER, D("80.25"), RESULT, D(5))
    assert fails.sentence == "Viability: 80.25 % by our own count fails >=85 %."
    assert numbers(differ) == [D("80.25"), 90, 5]


@pytest.mark.parametrize("own", ["95.0001", "84.9999"])
def test_qa_sees_by_how_much_two_counts_differ_too_far(own: str) -> None:
    full = replace(FULL, limit=">=80")
    (reason,) = rules.own_reasons(full, D(own), replace(RESULT, value=D(90)), D(5))
    shown, value, most = numbers(reason)
    assert abs(shown - value) > most


def test_qa_sees_on_which_side_of_its_limit_our_own_count_lies() -> None:
    (reason,) = rules.own_reasons(FULL, D("84.9999"), None, D(5))
    shown, least = numbers(reason)
    assert shown < least


# What keeps a sample's owner from release

EVIDENCE = SampleEvidence(
    (NUMBER, WORD, STERILE),
    {"VIA": RESULT, "APP": replace(RESULT, code="APP", value=None, category="clear")},
    SterilityStanding.NO_GROWTH,
)


def blockers(evidence: SampleEvidence, *, may_wait: bool = False) -> list[Reason]:
    return rules.sample_blockers(evidence, sterility_may_wait=may_wait)


def with_result(**fact: Any) -> SampleEvidence:
    return replace(EVIDENCE, results={**EVIDENCE.results, "VIA": replace(RESULT, **fact)})


@pytest.mark.parametrize(
    ("evidence", "found"),
    [
        (EVIDENCE, []),
        (replace(EVIDENCE, lines=()), []),
        (replace(EVIDENCE, results={"VIA": RESULT}), ["no-result"]),
        (replace(EVIDENCE, results={}), ["no-result", "no-result"]),
        (with_result(standing=ResultStanding.INVALID_RUN), ["no-result"]),
        (with_result(standing=ResultStanding.ENTERED), ["not-reviewed"]),
        (with_result(outcome=Outcome.FAILS), ["out-of-specification"]),
        (with_result(outcome=Outcome.INDETERMINATE), ["indeterminate"]),
        (
            with_result(standing=ResultStanding.ENTERED, outcome=Outcome.FAILS),
            ["not-reviewed", "out-of-specification"],
        ),
    ],
)
def test_qa_waits_for_every_test_of_the_specification(
    evidence: SampleEvidence, found: list[str]
) -> None:
    assert codes(blockers(evidence)) == found


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (replace(EVIDENCE, results={"VIA": RESULT}), "Appearance has no result."),
        (with_result(standing=ResultStanding.ENTERED), "Viability waits for review."),
        (with_result(outcome=Outcome.FAILS), "Viability fails >=85 %."),
        (with_result(outcome=Outcome.INDETERMINATE), "Viability does not prove >=85 %."),
        (replace(EVIDENCE, sterility=SterilityStanding.GROWTH), "The sterility test grew."),
        (
            replace(EVIDENCE, sterility=SterilityStanding.TO_DO),
            "The sterility sample was not inoculated.",
        ),
        (
            replace(EVIDENCE, sterility=SterilityStanding.INCUBATING),
            "The sterility test is not closed.",
        ),
    ],
)
def test_qa_reads_which_test_and_which_limit(evidence: SampleEvidence, said: str) -> None:
    assert [reason.sentence for reason in blockers(evidence)] == [said]


@pytest.mark.parametrize(
    "fact",
    [{"outcome": Outcome.FAILS}, {"outcome": Outcome.INDETERMINATE},
     {"standing": ResultStanding.ENTERED}],
)  # fmt: skip
def test_an_informative_line_holds_nothing_back(fact: dict[str, Any]) -> None:
    lines = (replace(NUMBER, informative=True), WORD, STERILE)
    assert blockers(replace(with_result(**fact), lines=lines)) == []
    assert blockers(replace(EVIDENCE, lines=lines, results={"APP": RESULT})) == []


def test_what_stands_behind_an_informative_line_is_still_judged() -> None:
    lines = (replace(NUMBER, informative=True), WORD)
    assert codes(blockers(replace(EVIDENCE, lines=lines, results={}))) == ["no-result"]


@pytest.mark.parametrize("may_wait", [True, False])
@pytest.mark.parametrize(
    ("standing", "found", "found_waiting"),
    [
        (SterilityStanding.NO_GROWTH, [], []),
        (SterilityStanding.TO_DO, ["not-inoculated"], ["not-inoculated"]),
        (SterilityStanding.INCUBATING, ["sterility-open"], []),
        (SterilityStanding.GROWTH, ["growth"], ["growth"]),
    ],
)
def test_qa_waits_for_sterility_where_it_may_not_follow_later(
    may_wait: bool, standing: SterilityStanding, found: list[str], found_waiting: list[str]
) -> None:
    evidence = replace(EVIDENCE, sterility=standing)
    assert codes(blockers(evidence, may_wait=may_wait)) == (found_waiting if may_wait else found)


def test_a_sample_without_a_line_of_sterility_waits_for_none() -> None:
    assert blockers(replace(EVIDENCE, lines=(NUMBER,), sterility=SterilityStanding.TO_DO)) == []


CD14, CD11B = (replace(NUMBER, code=c, test=c, any_of="monocytes") for c in ("CD14", "CD11b"))
CD79A, CD19 = (replace(NUMBER, code=c, test=c, any_of="B cells") for c in ("CD79a", "CD19"))
FAILED = replace(RESULT, outcome=Outcome.FAILS)


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ({"CD14": RESULT, "CD11b": RESULT, "CD79a": RESULT}, []),
        ({"CD14": RESULT, "CD79a": RESULT}, []),
        ({"CD11b": RESULT, "CD19": RESULT}, []),
        ({"CD14": FAILED, "CD11b": RESULT, "CD19": RESULT}, []),
        ({"CD14": RESULT, "CD11b": RESULT}, ["no-result"]),
        ({"CD79a": RESULT, "CD19": RESULT}, ["no-result"]),
        ({"CD14": FAILED, "CD19": RESULT}, ["out-of-specification"]),
        ({"CD11b": FAILED, "CD19": RESULT}, ["no-result"]),
        ({"CD14": FAILED, "CD11b": FAILED, "CD19": RESULT}, ["out-of-specification"]),
        ({}, ["no-result", "no-result"]),
    ],
)
def test_one_marker_of_a_pair_suffices_and_of_each_pair_one_is_needed(
    results: dict[str, ResultFacts], found: list[str]
) -> None:
    lines = (CD14, CD11B, CD79A, CD19)
    evidence = SampleEvidence(lines, results, SterilityStanding.TO_DO)
    assert codes(blockers(evidence)) == found
