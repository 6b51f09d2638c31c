"""Comparison with a limit: USP General Notices 7.20, EP, GB/T 8170, and censored values."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lims.core.rounding import CompareRule, Limit, Outcome, compare, parse_limit, rounded_for

USP, EP = CompareRule.USP, CompareRule.EP
EVEN, FULL = CompareRule.GBT_ROUNDED, CompareRule.GBT_FULL
PASS, FAIL, OPEN = Outcome.CONFORMS, Outcome.FAILS, Outcome.INDETERMINATE
D = Decimal

# domain.md §2.6: raw value, limit, then (shown, verdict) by USP and by GB/T rounded; full value
TABLE = [
    ("69.5", "≥70", "70", PASS, "70", PASS, FAIL),
    ("69.49", "≥70", "69", FAIL, "69", FAIL, FAIL),
    ("69.95", "≥70.0", "70.0", PASS, "70.0", PASS, FAIL),
    ("84.5", "≥85", "85", PASS, "84", FAIL, FAIL),
    ("94.5", "≥95", "95", PASS, "94", FAIL, FAIL),
    ("2.5", "≤2", "3", FAIL, "2", PASS, FAIL),
    ("2.49", "≤2", "2", PASS, "2", PASS, FAIL),
    ("2.05", "≤2.0", "2.1", FAIL, "2.0", PASS, FAIL),
    ("0.54", "≤0.5", "0.5", PASS, "0.5", PASS, FAIL),
    ("0.55", "≤0.5", "0.6", FAIL, "0.6", FAIL, FAIL),
    ("0.45", "<0.5", "0.5", FAIL, "0.4", PASS, PASS),
]

# USP General Notices 7.20, table: raw value, limit, shown, verdict
PHARMACOPOEIA = [
    ("97.96", "≥98.0", "98.0", PASS),
    ("97.92", "≥98.0", "97.9", FAIL),
    ("97.95", "≥98.0", "98.0", PASS),
    ("101.55", "≤101.5", "101.6", FAIL),
    ("101.46", "≤101.5", "101.5", PASS),
    ("101.45", "≤101.5", "101.5", PASS),
    ("0.025", "≤0.02", "0.03", FAIL),
    ("0.015", "≤0.02", "0.02", PASS),
    ("0.027", "≤0.02", "0.03", FAIL),
]

LIMITS = [
    "≥70", "≥85.0", "≤2", "≤0.5", "≤0.02", "<0.5", ">70", ">0.50", "≤100", "≥0", "<10", "6.5–7.5",
    "280-340", "100.0–102.0",
]  # fmt: skip
values = st.decimals("-500", "500", places=3)
limits, rules = st.sampled_from(LIMITS), st.sampled_from(CompareRule)


def shown(raw: str, limit: str, rule: CompareRule) -> str:
    return str(rounded_for(D(raw), parse_limit(limit)[0], rule))


@pytest.mark.parametrize(("raw", "limit", "usp", "by_usp", "even", "by_even", "in_full"), TABLE)
def test_each_worked_comparison_comes_out_as_the_domain_sheet_says(
    raw: str, limit: str, usp: str, by_usp: Outcome, even: str, by_even: Outcome, in_full: Outcome
) -> None:
    assert (shown(raw, limit, USP), compare("=", D(raw), limit, USP)) == (usp, by_usp)
    assert (shown(raw, limit, EVEN), compare("=", D(raw), limit, EVEN)) == (even, by_even)
    assert (shown(raw, limit, FULL), compare("=", D(raw), limit, FULL)) == (raw, in_full)


@pytest.mark.parametrize(("raw", "limit", "seen", "verdict"), PHARMACOPOEIA)
def test_the_examples_printed_in_the_pharmacopoeia_come_out_as_printed(
    raw: str, limit: str, seen: str, verdict: Outcome
) -> None:
    assert (shown(raw, limit, USP), compare("=", D(raw), limit, USP)) == (seen, verdict)


def test_significant_figures_and_decimals_differ_where_the_magnitude_differs() -> None:
    lower, upper = parse_limit("100.0–102.0")
    raw = D("98.28568")
    assert [str(rounded_for(raw, bound, EP)) for bound in (lower, upper)] == ["98.29", "98.29"]
    assert [str(rounded_for(raw, bound, USP)) for bound in (lower, upper)] == ["98.3", "98.3"]


@pytest.mark.parametrize(
    ("raw", "limit", "seen", "verdict"),
    [
        ("0.00456", "≤0.0045", "0.0046", FAIL),  # leading noughts are not figures
        ("9.996", "≤10.0", "10.00", PASS),  # a carry changes the magnitude
        ("99.95", "≥100.0", "99.95", FAIL),  # four figures; by decimals it would pass
        ("100.05", "≤100.0", "100.1", FAIL),
        ("0", "≤0.5", "0", PASS),
    ],
)
def test_significant_figures_are_counted_as_they_are_written(
    raw: str, limit: str, seen: str, verdict: Outcome
) -> None:
    assert D(shown(raw, limit, EP)) == D(seen)
    assert compare("=", D(raw), limit, EP) is verdict


def test_a_limit_written_with_one_more_decimal_is_another_limit() -> None:
    assert compare("=", D("84.6"), "≥85", USP) is PASS
    assert compare("=", D("84.6"), "≥85.0", USP) is FAIL


@pytest.mark.parametrize(
    ("qualifier", "value", "limit", "verdict"),
    [
        ("<", "0.05", "≤0.5", PASS),
        ("<", "1.0", "≤0.5", OPEN),
        ("<", "0.5", "≤0.5", PASS),
        (">", "1.0", "≤0.5", FAIL),
        (">", "0.05", "≤0.5", OPEN),
        (">", "95", "≥70", PASS),
        (">", "70", "≥70", PASS),
        (">", "60", "≥70", OPEN),
        ("<", "60", "≥70", FAIL),
        ("<", "80", "≥70", OPEN),
        ("<", "7.0", "6.5–7.5", OPEN),
        ("<", "6.0", "6.5–7.5", FAIL),
        (">", "8.0", "6.5–7.5", FAIL),
    ],
)
@pytest.mark.parametrize("rule", CompareRule)
def test_a_censored_value_passes_only_where_it_proves_something(
    qualifier: str, value: str, limit: str, verdict: Outcome, rule: CompareRule
) -> None:
    assert compare(qualifier, D(value), limit, rule) is verdict


@given(true=values, reported=values, limit=limits, rule=rules)
@example(true=D("0.49"), reported=D("0.5"), limit="<0.5", rule=USP)
@example(true=D("70.2"), reported=D("70"), limit=">70", rule=USP)
def test_no_value_behind_a_censored_pass_would_itself_have_failed(
    true: Decimal, reported: Decimal, limit: str, rule: CompareRule
) -> None:
    qualifier = "<" if true < reported else ">"
    if true != reported and compare(qualifier, reported, limit, rule) is PASS:
        assert compare("=", true, limit, rule) is PASS


@given(true=values, reported=values, limit=limits, rule=rules)
@example(true=D("69.9"), reported=D("70"), limit="≥70", rule=USP)
@example(true=D("0.52"), reported=D("0.5"), limit="≤0.5", rule=USP)
def test_no_value_behind_a_censored_failure_would_itself_have_passed(
    true: Decimal, reported: Decimal, limit: str, rule: CompareRule
) -> None:
    qualifier = "<" if true < reported else ">"
    if true != reported and compare(qualifier, reported, limit, rule) is FAIL:
        assert compare("=", true, limit, rule) is FAIL


@given(value=values, limit=limits, rule=rules)
def test_an_exact_value_always_passes_or_fails(
    value: Decimal, limit: str, rule: CompareRule
) -> None:
    assert compare("=", value, limit, rule) in {PASS, FAIL}


@given(one=values, other=values, limit=limits, rule=rules)
def test_rounding_never_turns_two_values_round(
    one: Decimal, other: Decimal, limit: str, rule: CompareRule
) -> None:
    low, high = sorted((one, other))
    for bound in parse_limit(limit):
        assert rounded_for(low, bound, rule) <= rounded_for(high, bound, rule)


@given(limit=limits, rule=rules)
def test_a_value_on_the_bound_itself_is_inside_unless_the_limit_is_strict(
    limit: str, rule: CompareRule
) -> None:
    for bound in parse_limit(limit):
        inside = compare("=", bound.value, limit, rule) is PASS
        assert inside is (bound.sign in {">=", "<="})


@pytest.mark.parametrize(
    "text",
    ["", "85", "≥", "≥85 %", "≥NaN", "≥1e2", "≥.5", "=5", "≥≥5", "about 5", "5–", "–", "≥5≤9", "≥5\x00"],
)  # fmt: skip
def test_it_refuses_a_text_that_is_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match="is not a limit"):
        parse_limit(text)


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("≥85.0", (Limit(">=", "85.0"),)),
        (" <=0.5 ", (Limit("<=", "0.5"),)),
        ("< 2", (Limit("<", "2"),)),
        ("6.5–7.5", (Limit(">=", "6.5"), Limit("<=", "7.5"))),
        ("280-340", (Limit(">=", "280"), Limit("<=", "340"))),
        ("-5--2", (Limit(">=", "-5"), Limit("<=", "-2"))),
    ],
)
def test_a_limit_keeps_the_decimals_it_was_written_with(
    text: str, bounds: tuple[Limit, ...]
) -> None:
    assert parse_limit(text) == bounds
