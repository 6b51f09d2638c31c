"""Criteria of the protocol: what is known is computed, what is told is compared, what fails is named."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from lims.core.quantities import WIDE
from lims.core.reasons import Reason, when
from lims.core.rounding import CompareRule, Outcome, compare
from lims.core.texts import say
from lims.core.written import PLAIN, fault_of
from lims.protocol.questions import Computed, Criterion, CriterionKind
from lims.protocol.rules import impossible

NUMBERS = frozenset({CriterionKind.RANGE, CriterionKind.MEASURE})


def years_between(born_on: date, day: date) -> int:
    """Completed years on a day; who was born on 29 February turns on 1 March."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def computed_answers(
    criteria: Sequence[Criterion], answers: Mapping[str, str], born_on: date, today: date
) -> dict[str, str]:
    """What the program knows itself: age, body-mass index, insulin for each kilogram."""
    found = {}
    for criterion in criteria:
        if criterion.computed is None:
            continue
        try:
            value = _computed(criterion.computed, answers, born_on, today)
        except (KeyError, InvalidOperation, ZeroDivisionError):
            continue  # what it is computed from is missing: it has no answer
        found[criterion.code] = f"{value:f}"
    return found


def _computed(what: Computed, answers: Mapping[str, str], born_on: date, today: date) -> Decimal:
    if what is Computed.AGE:
        return Decimal(years_between(born_on, today))
    weight = Decimal(answers["weight"])
    if what is Computed.PER_KG:
        return WIDE.quantize(Decimal(answers["daily-insulin"]) / weight, Decimal("0.000001"))
    metres = Decimal(answers["height"]) / 100
    return WIDE.quantize(weight / (metres * metres), Decimal("0.000001"))


def answer_reasons(
    criteria: Sequence[Criterion],
    given: Sequence[tuple[str, str]],
    computed: Mapping[str, str],
) -> list[Reason]:
    """Why these answers cannot be taken: unknown, unreadable, impossible, or known otherwise."""
    by_code = {criterion.code: criterion for criterion in criteria}
    codes = [code for code, _ in given]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    reasons = [Reason("answered-twice", code=code) for code in twice]
    for code, value in given:
        criterion = by_code.get(code)
        if criterion is None:
            reasons.append(Reason("unknown-criterion", code=code))
        elif criterion.kind not in NUMBERS:
            wrong = value not in {"yes", "no"}
            text = say("choose-yes-or-no.sentence", text=criterion.text)
            reasons += when(wrong, Reason(f"unreadable-{code}", text))
        elif not PLAIN.fullmatch(value):
            text = say("text-not-a-number-value", text=criterion.text, value=fault_of(value))
            reasons.append(Reason(f"unreadable-{code}", text))
        elif criterion.computed is not None:
            reasons += _compared(criterion, value, computed.get(code))
        else:
            reasons += impossible(
                criterion.text, Decimal(value), criterion.possible, criterion.unit
            )
    return reasons


def _compared(criterion: Criterion, said: str, known: str | None) -> list[Reason]:
    """A person's word beside what is known: at the person's own precision they must agree."""
    if known is None:
        text = say("enter-what-it-is-computed", text=criterion.text)
        return [Reason(f"not-computed-{criterion.code}", text)]
    exponent = Decimal(1).scaleb(int(Decimal(said).as_tuple().exponent))
    rounded = Decimal(known).quantize(exponent, ROUND_HALF_UP, WIDE)
    text = say(
        "was-entered-is-computed",
        text=criterion.text,
        said=said,
        rounded=f"{rounded:f}",
        unit=criterion.unit,
    )
    return list(when(rounded != Decimal(said), Reason(f"differs-{criterion.code}", text)))


def eligibility_reasons(criteria: Sequence[Criterion], answers: Mapping[str, str]) -> list[Reason]:
    """Every criterion of the protocol that is not met or not answered."""
    judged = (_criterion(criterion, answers.get(criterion.code, "")) for criterion in criteria)
    return [reason for reason in judged if reason is not None]


def _criterion(criterion: Criterion, answer: str) -> Reason | None:
    if not answer:
        return Reason(f"missing-{criterion.code}", say("text-no-answer", text=criterion.text))
    if criterion.kind is CriterionKind.MEASURE:
        return None
    if criterion.kind is not CriterionKind.RANGE:
        met = answer == criterion.kind
        text = say(
            "text-answer-must-be-kind", text=criterion.text, answer=answer, kind=criterion.kind
        )
        return None if met else Reason(f"not-{criterion.code}", text)
    try:
        value = Decimal(answer)
        met = compare("=", value, criterion.limit, CompareRule.GBT_FULL) is Outcome.CONFORMS
    except (InvalidOperation, ValueError):
        return Reason(f"unreadable-{criterion.code}", say("text-not-a-number", text=criterion.text))
    text = say(
        "text-answer-unit-must-be",
        text=criterion.text,
        answer=answer,
        unit=criterion.unit,
        limit=criterion.limit,
    )
    return None if met else Reason(f"not-{criterion.code}", text)


def yes_or_no(text: str) -> str:
    """Yes and no as people write them in either language; a number stays as it is."""
    return {"是": "yes", "否": "no"}.get(text.strip(), text.strip().lower())
