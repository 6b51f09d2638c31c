"""Comparison of a result with a limit, by the rule that the specification names."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from enum import StrEnum

from lims.core.quantities import WIDE


class CompareRule(StrEnum):
    """How a result is rounded before it is compared with a limit."""

    USP = "usp"  # USP General Notices 7.20: half up to the limit's decimals
    EP = "ep"  # EP/BP General Notices: half up to the limit's significant figures
    GBT_ROUNDED = "gbt_rounded"  # GB/T 8170 rounded value comparison: half to even
    GBT_FULL = "gbt_full"  # GB/T 8170 full value comparison: no rounding


class Qualifier(StrEnum):
    """How a reported number stands to the true one."""

    EQUAL = "="
    LESS = "<"
    MORE = ">"


class Outcome(StrEnum):
    """What a comparison says."""

    CONFORMS = "conforms"
    FAILS = "fails"
    INDETERMINATE = "indeterminate"  # a censored value that proves neither


@dataclass(frozen=True, slots=True)
class Limit:
    """One bound as it is written: "≥85.0" has a sign and one decimal."""

    sign: str
    text: str

    @property
    def value(self) -> Decimal:
        """The number of the bound; limits are fixed and never rounded."""
        return Decimal(self.text)


_BOUND = re.compile(r"(>=|<=|≥|≤|>|<)\s*(-?\d+(?:\.\d+)?)")
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\s*[–-]\s*(-?\d+(?:\.\d+)?)")
_SIGNS = {"≥": ">=", "≤": "<="}


def parse_limit(text: str) -> tuple[Limit, ...]:
    """Read "≥85", "<=0.5" or "6.5–7.5"; raise ValueError for anything else."""
    if found := _RANGE.fullmatch(text.strip()):
        return (Limit(">=", found[1]), Limit("<=", found[2]))
    if found := _BOUND.fullmatch(text.strip()):
        return (Limit(_SIGNS.get(found[1], found[1]), found[2]),)
    msg = f"{text!r} is not a limit"
    raise ValueError(msg)


def significant(value: Decimal, figures: int) -> Decimal:
    """Round half up to so many significant figures."""
    return value.quantize(Decimal(1).scaleb(value.adjusted() - figures + 1), ROUND_HALF_UP, WIDE)


def rounded_for(value: Decimal, limit: Limit, rule: CompareRule) -> Decimal:
    """The value as the rule rounds it against this limit; intermediates are never rounded."""
    bound = limit.value
    if rule is CompareRule.GBT_FULL:
        return value
    if rule is CompareRule.EP:
        return significant(value, len(bound.as_tuple().digits)) if value else value
    mode = ROUND_HALF_UP if rule is CompareRule.USP else ROUND_HALF_EVEN
    return value.quantize(Decimal(1).scaleb(min(0, int(bound.as_tuple().exponent))), mode, WIDE)


def told(value: Decimal, *limits: Decimal, places: int = 2) -> str:
    """A value for a sentence: so many decimals, or as many as show on which side of its limits."""
    for digits in range(places, 16):
        shown = WIDE.quantize(value, Decimal(1).scaleb(-digits))
        if all(_side(shown, limit) == _side(value, limit) for limit in limits):
            return f"{shown:f}"
    return f"{value:f}"


def _side(value: Decimal, limit: Decimal) -> int:
    return (value > limit) - (value < limit)


def within(value: Decimal, limit: Limit, rule: CompareRule) -> bool:
    """Whether the value keeps the limit; ≤ and ≥ include the bound itself."""
    shown, bound = rounded_for(value, limit, rule), limit.value
    match limit.sign:
        case ">=":
            return shown >= bound
        case "<=":
            return shown <= bound
        case ">":
            return shown > bound
        case _:
            return shown < bound


def compare(qualifier: str, value: Decimal, limit_text: str, rule: CompareRule) -> Outcome:
    """Judge "<0.05" or "=97.96" against a limit; a censored value may prove nothing."""
    outcomes = [_against(qualifier, value, limit, rule) for limit in parse_limit(limit_text)]
    if Outcome.FAILS in outcomes:
        return Outcome.FAILS
    return Outcome.INDETERMINATE if Outcome.INDETERMINATE in outcomes else Outcome.CONFORMS


def _against(qualifier: str, value: Decimal, limit: Limit, rule: CompareRule) -> Outcome:
    inside = within(value, limit, rule)
    if qualifier == "=":
        return Outcome.CONFORMS if inside else Outcome.FAILS
    # The true value lies beyond the reported one; without rounding the edge itself is left out.
    at_edge = rule is CompareRule.GBT_FULL and value == limit.value
    towards_limit = (qualifier == ">") == (limit.sign in {"<=", "<"})
    if towards_limit:
        return Outcome.FAILS if not inside or at_edge else Outcome.INDETERMINATE
    return Outcome.CONFORMS if inside or at_edge else Outcome.INDETERMINATE
