"""What contradicts in a protocol file, and what a value can be at all."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from lims.core.reasons import Reason
from lims.core.rounding import Limit, parse_limit
from lims.core.texts import say
from lims.protocol.questions import Computed, Criterion, CriterionKind
from lims.protocol.sections import DonorRules, FreezingRules, SpecLine, Stage, Trial
from lims.protocol.steps import CultureRules, OutputKind, PassageSpan, StepOutput, StepRules

NEEDS = {
    Computed.AGE: (),
    Computed.BMI: ("height", "weight"),
    Computed.PER_KG: ("daily-insulin", "weight"),
}
COUNTED_OURSELVES = ("", "viability")  # figures of a bag or lot that Funis computes from counts


RELEASED_BY = (Stage.BANK, Stage.PRODUCT, Stage.VEHICLE, Stage.BAG, Stage.VEHICLE_BAG)
UNITS = frozenset(
    [
        "%",
        "EU/mL",
        "CFU/mL",
        "mOsm/kg",
        "cells",
        "cells/mL",
        "mL",
        "years",
        "cm",
        "g",
        "kg",
        "kg/m²",
        "U",
        "U/day",
        "U/kg/day",
        "ng/mL",
        "µg/mL",
        "mg/dL",
        "mmol/L",
        "µmol/L",
        "nmol/L",
        "mmol/mol",
        "ng/dose",
        "°C",
        "min",
        "h",
        "days",
        "weeks",
    ]
) | {""}
ASKED_IN = {"END": "EU/mL"}  # what the load of a bag is computed from (F17)


def contradictions(trial: Trial) -> list[str]:
    """Every fault between settings that are possible each for itself: `path: what is wrong`."""
    return [
        *_repeated("strata", trial.strata),
        *_repeated("languages", trial.languages),
        *(
            say("languages-labels-have-no-words", language=f"{language!r}")
            for language in trial.languages
            if language not in {"en", "zh"}
        ),
        *_repeated("eligibility.code", [c.code for c in trial.eligibility]),
        *_repeated("adverse_event.term", trial.terms),
        *_repeated("donor.markers", (*trial.donor.markers, *trial.donor.informative_markers)),
        *_schedule(trial),
        *_weights_and_doses(trial),
        *_bag(trial),
        *_outcomes(trial),
        *(fault for n, c in enumerate(trial.eligibility) for fault in _criterion(trial, n, c)),
        *_donor(trial.donor),
        *_freezing(trial.freezing),
        *_spans(trial.culture.passages),
        *_by_two(trial.culture),
        *_steps(trial.culture.step),
        *_specifications(trial),
    ]


def _repeated(path: str, values: Sequence[str]) -> list[str]:
    return _twice(path, values) if values else [say("must-not-be-empty", path=path)]


def _twice(path: str, values: Sequence[str]) -> list[str]:
    twice = sorted(value for value, times in Counter(values).items() if times > 1)
    return [
        say("path-value-stands-there-twice", path=path, value=f"{str(value)!r}") for value in twice
    ]


def _schedule(trial: Trial) -> Iterator[str]:
    plan = trial.schedule
    if plan.infusions > 1 and 2 * plan.window_days >= plan.interval_days:
        yield say("schedule-window-days-the-windows")
    elif plan.infusions > 1 and 2 * plan.window_days + plan.late_days >= plan.interval_days:
        yield say("schedule-late-days-reach-the")
    if plan.infusions > 1 and plan.min_gap_days > plan.interval_days:
        yield say("schedule-min-gap-days-is")
    last = plan.interval_days * (plan.infusions - 1) + plan.window_days
    if plan.follow_up_weeks * 7 < last:
        yield say("schedule-follow-up-weeks-ends")


def _weights_and_doses(trial: Trial) -> Iterator[str]:
    if trial.weight.min_kg >= trial.weight.max_kg:
        yield say("weight-min-kg-must-be")
    if trial.weight.reweigh_pct >= trial.bag.dose_ceiling_pct:
        yield say("weight-reweigh-pct-must-be")
    if trial.bag.dose_action_pct > trial.bag.dose_ceiling_pct:
        yield say("bag-dose-action-pct-must")


def _bag(trial: Trial) -> Iterator[str]:
    bag = trial.bag
    if bag.storage_low_c >= bag.storage_high_c:
        yield say("bag-storage-low-c-must")
    if trial.donor.cord_low_c >= trial.donor.cord_high_c:
        yield say("donor-cord-low-c-must")
    ready = trial.preparation.lead_time_minutes + trial.infusion.planned_minutes
    if bag.shelf_life_hours * 60 < ready:
        yield say("bag-shelf-life-hours-is")


def _outcomes(trial: Trial) -> Iterator[str]:
    weeks = trial.outcomes.weeks
    if not weeks or weeks[0] != 0 or list(weeks) != sorted(set(weeks)):
        yield say("outcomes-weeks-must-rise-from")
    elif weeks[-1] != trial.schedule.follow_up_weeks:
        yield say("outcomes-weeks-must-end-with")
    gaps = [after - before for before, after in pairwise(weeks)]
    if gaps and min(gaps) * 7 <= 2 * trial.outcomes.window_days:
        yield say("outcomes-window-days-the-windows")


def _freezing(rules: FreezingRules | None) -> Iterator[str]:
    if rules is None:
        return
    if rules.rate_from_c <= rules.rate_to_c:
        yield say("freezing-rate-from-c-must")
    if rules.end_c > rules.rate_to_c:
        yield say("freezing-end-c-must")
    if rules.slowest_c_per_min > rules.fastest_c_per_min:
        yield say("freezing-slowest-must")


def _donor(donor: DonorRules) -> Iterator[str]:
    """Faults of consent forms and of the questions of the history."""
    yield from _twice("donor.consent.version", [form.version for form in donor.consent])
    yield from _twice("donor.question.code", [line.code for line in donor.question])
    for form in donor.consent:
        if form.valid_until and form.valid_until < form.valid_from:
            path, span = f"donor.consent.{form.version}", f"{form.valid_from}–{form.valid_until}"
            yield say("begins-above-its-end", path=path, text=span)
    for place, line in enumerate(donor.question):
        path = f"donor.question.{place}.{line.code}"
        yield from _unit_and_limit(path, line)
        if line.computed is not None or line.kind is CriterionKind.MEASURE:
            yield say("of-a-history-nothing-is-computed", path=path)
        elif line.kind is CriterionKind.RANGE:
            yield from _possible(f"{path}.possible", line.possible, line.limit)


def _unit_and_limit(path: str, line: Criterion) -> Iterator[str]:
    if line.unit not in UNITS:
        yield say("unit-is-no-unit-that", path=path, unit=f"{line.unit!r}")
    if line.kind is CriterionKind.RANGE:
        yield from _limit(f"{path}.limit", line.limit)
    elif line.limit:
        yield say("limit-only-a-range-has", path=path)


def _criterion(trial: Trial, place: int, line: Criterion) -> Iterator[str]:
    path = f"eligibility.{place}.{line.code}"
    yield from _unit_and_limit(path, line)
    if line.computed is not None:
        if line.kind is not CriterionKind.RANGE:
            yield say("computed-only-a-range-is", path=path)
        known = {c.code for c in trial.eligibility if c.kind is CriterionKind.MEASURE}
        for needed in NEEDS[line.computed]:
            if needed not in known:
                yield say("computed-needs-a-criterion-of", path=path, needed=f"{needed!r}")
    elif line.kind in {CriterionKind.RANGE, CriterionKind.MEASURE}:
        yield from _possible(f"{path}.possible", line.possible, line.limit)


def _spans(spans: Sequence[PassageSpan]) -> Iterator[str]:
    yield from _twice("culture.passages.of", [span.of for span in spans])
    for span in spans:
        if span.least > span.most:
            path, text = f"culture.passages.{span.of}", f"{span.least}–{span.most}"
            yield say("begins-above-its-end", path=path, text=text)


def _by_two(culture: CultureRules) -> Iterator[str]:
    if culture.harvest_counted_by_two and not culture.second_count_pct:
        yield say("counted-by-two-within-what", path="culture.harvest_counted_by_two")


def _steps(steps: Sequence[StepRules]) -> Iterator[str]:
    yield from _twice("culture.step.kind", [step.kind for step in steps])
    for step in steps:
        path = f"culture.step.{step.kind}"
        yield from _twice(f"{path}.output.code", [output.code for output in step.output])
        for output in step.output:
            yield from _output(f"{path}.output.{output.code}", output)


def _output(path: str, output: StepOutput) -> Iterator[str]:
    if output.kind is OutputKind.NUMBER:
        if output.unit not in UNITS:
            yield say("unit-is-no-unit-that", path=path, unit=f"{output.unit!r}")
        if output.limit:
            yield from _limit(f"{path}.limit", output.limit)
        yield from _possible(f"{path}.possible", output.possible, output.limit)
    elif output.unit or output.limit or output.possible:
        yield say("only-a-number-has-limits", path=path)
    if (output.kind is OutputKind.CHOICE) != (len(output.choice) > 1):
        yield say("a-choice-has-choices", path=path)
    yield from _twice(f"{path}.choice.code", [choice.code for choice in output.choice])


def _specifications(trial: Trial) -> Iterator[str]:
    stages = [offer.stage for offer in trial.specification]
    yield from _repeated("specification.stage", stages)
    for stage in RELEASED_BY:
        if stage not in stages:
            yield say("specification-stage-there-is-none", stage=stage)
    for offer in trial.specification:
        path = f"specification.{offer.stage}"
        yield from _repeated(f"{path}.code", [line.code for line in offer.lines])
        for line in offer.lines:
            yield from _line(f"{path}.{line.code}", line)


def _line(path: str, line: SpecLine) -> Iterator[str]:
    if sum((bool(line.limit), bool(line.category), line.sterility)) != 1:
        yield say("needs-exactly-one-of-limit", path=path)
    if line.limit:
        yield from _limit(f"{path}.limit", line.limit)
        yield from _possible(f"{path}.possible", line.possible, line.limit)
    if line.unit not in UNITS:
        yield say("unit-is-no-unit-that", path=path, unit=f"{line.unit!r}")
    if line.code in ASKED_IN and line.limit and line.unit != ASKED_IN[line.code]:
        yield say("path-unit-must-be-asked", path=path, asked_in=ASKED_IN[line.code])
    if line.own and line.unit != "%":
        yield say("unit-our-own-viability-is", path=path)
    if line.own not in COUNTED_OURSELVES or (line.own and not line.limit):
        yield say("own-is-one-of-on", path=path, counted_ourselves=COUNTED_OURSELVES[1:])


def _limit(path: str, text: str) -> Iterator[str]:
    try:
        bounds = parse_limit(text)
    except ValueError:
        yield say("is-no-limit-write-85", path=path, text=f"{text!r}")
        return
    if len(bounds) > 1 and bounds[0].value >= bounds[1].value:
        yield say("begins-above-its-end", path=path, text=f"{text!r}")


def _possible(path: str, text: str, limit: str) -> Iterator[str]:
    try:
        low, high = range_of(text)
    except ValueError:
        yield say("is-no-range-write-what", path=path, text=f"{text!r}")
        return
    if low >= high:
        yield say("begins-above-its-end", path=path, text=f"{text!r}")
    try:
        outside = [bound.text for bound in parse_limit(limit) if not low <= bound.value <= high]
    except ValueError:
        return  # named already
    if outside:
        yield say("the-limit-is-not-possible", path=path, limit=f"{limit!r}", text=f"{text!r}")


def range_of(text: str) -> tuple[Decimal, Decimal]:
    """The ends of a range like "0-100", both possible; raises ValueError for anything else."""
    bounds: tuple[Limit, ...] = parse_limit(text)
    if len(bounds) != 2:
        msg = f"{text!r} is not a range"
        raise ValueError(msg)
    return bounds[0].value, bounds[1].value


def impossible(what: str, value: Decimal, possible: str, unit: str) -> list[Reason]:
    """That a value cannot be, with the range in which it can."""
    low, high = range_of(possible)
    if low <= value <= high:
        return []
    ends = {"what": what, "low": f"{low:f}", "high": f"{high:f}"}
    said = say("what-is-low-to-high", **ends, unit=unit) if unit else say("what-is-within", **ends)
    return [Reason("impossible", said=said, value=f"{value:f}")]
