"""The trial as a file of settings: its sections, their possible values, and what contradicts.

Each section is a frozen dataclass: the file's tables and keys are its fields, so that a setting
which nothing reads cannot be written. A number's range stands in its type or beside it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from lims.core.quantities import Celsius, Hours, Kilograms, Millilitres
from lims.core.reasons import Reason
from lims.core.rounding import Limit, parse_limit
from lims.core.shapes import About


class Stage(StrEnum):
    """What a specification is for."""

    BANK = "bank"
    PRODUCT = "product"
    VEHICLE = "vehicle"
    BAG = "bag"
    VEHICLE_BAG = "vehicle-bag"


class CriterionKind(StrEnum):
    """How a line of the eligibility rules is answered."""

    YES = "yes"
    NO = "no"
    RANGE = "range"  # a number within a limit
    MEASURE = "measure"  # a number that other lines are computed from


class Computed(StrEnum):
    """What the program computes itself instead of asking."""

    AGE = "age"  # completed years on the day of screening
    BMI = "bmi"  # kg/m², from the measures height (cm) and weight (kg)
    PER_KG = "insulin-per-kg"  # U/kg/day, from the measures daily-insulin (U) and weight (kg)


NEEDS = {
    Computed.AGE: (),
    Computed.BMI: ("height", "weight"),
    Computed.PER_KG: ("daily-insulin", "weight"),
}
COUNTED_OURSELVES = ("", "viability")  # figures of a bag or lot that Funis computes from counts

Days = Annotated[int, About(least=0, most=400)]
Share = Annotated[Decimal, About(least=Decimal(0), most=Decimal(100))]
Positive = Annotated[Decimal, About(least=Decimal("0.000001"), most=Decimal(1_000_000))]


@dataclass(frozen=True)
class Criterion:
    """One line of the eligibility rules."""

    code: str
    kind: CriterionKind
    text: str
    text_zh: str
    unit: str = ""
    limit: str = ""
    possible: str = ""
    computed: Computed | None = None


@dataclass(frozen=True)
class SpecLine:
    """One line of a specification as the file offers it for approval."""

    code: str
    test: str
    test_zh: str
    method: str
    chapter: str = ""
    limit: str = ""
    possible: str = ""
    unit: str = ""
    category: str = ""
    sterility: bool = False
    informative: bool = False
    any_of: str = ""
    own: str = ""


@dataclass(frozen=True)
class SpecificationOffer:
    """The lines that the file offers for a stage."""

    stage: Stage
    lines: tuple[SpecLine, ...]


@dataclass(frozen=True)
class Arms:
    """The words for the two arms, shown only after a code break."""

    cells: str
    cells_zh: str
    vehicle: str
    vehicle_zh: str


@dataclass(frozen=True)
class Randomisation:
    """What the statistician's list must hold."""

    planned: Annotated[int, About(least=1, most=100_000)]
    cells_share_pct: Share
    share_tolerance_pct: Share


@dataclass(frozen=True)
class Dose:
    """Viable cells for each kilogram of body weight."""

    cells_per_kg: Annotated[int, About(least=1, most=1_000_000_000)]


@dataclass(frozen=True)
class Schedule:
    """Infusions, their distance and how far a visit may move."""

    infusions: Annotated[int, About(least=1, most=50)]
    interval_days: Annotated[int, About(least=1, most=400)]
    window_days: Days
    min_gap_days: Days
    follow_up_weeks: Annotated[int, About(least=1, most=1000)]


@dataclass(frozen=True)
class WeightRules:
    """How a weight is taken, and how far it may move before a new bag is needed."""

    min_kg: Annotated[Kilograms, About(least=1)]
    max_kg: Annotated[Kilograms, About(least=1)]
    max_age_hours: Annotated[Hours, About(least=Decimal(1), most=Decimal(240))]
    change_pct: Share  # against the last weight: beyond, a third weighing or a signed reason
    reweigh_pct: Share  # dose error that a new weight alone may make, the same for every bag


@dataclass(frozen=True)
class FitnessRules:
    """How long before an infusion it may be signed."""

    max_age_hours: Annotated[Hours, About(least=Decimal(1), most=Decimal(240))]


@dataclass(frozen=True)
class BagRules:
    """The bag: volume, dose limits, shelf life, storage."""

    final_volume_ml: Annotated[Millilitres, About(least=Decimal(1), most=Decimal(5000))]
    dose_action_pct: Share
    dose_ceiling_pct: Share
    viability_differs_pct: Share  # between two counts of one bag
    shelf_life_hours: Annotated[int, About(least=1, most=1000)]
    storage: str
    storage_low_c: Celsius
    storage_high_c: Celsius


@dataclass(frozen=True)
class PreparationRules:
    """How a bag is prepared."""

    overage_pct: Share
    expected_recovery_pct: Annotated[Decimal, About(least=Decimal(1), most=Decimal(120))]
    lead_time_minutes: Annotated[int, About(least=1, most=10_000)]
    vial_volume_ml: Annotated[Millilitres, About(least=Decimal("0.1"), most=Decimal(1000))]
    viable_per_vial: Annotated[int, About(least=1, most=100_000_000_000)]
    vial_storage: str
    dmso_pct: Share
    dmso_g_per_ml: Positive
    dmso_limit_g_per_kg_day: Positive


@dataclass(frozen=True)
class InfusionRules:
    """The infusion itself."""

    planned_minutes: Annotated[int, About(least=1, most=1440)]
    endotoxin_k: Positive
    drops_per_ml: Annotated[int, About(least=1, most=100)]
    watch_minutes: Annotated[int, About(least=1, most=240)]


@dataclass(frozen=True)
class CultureRules:
    """How long and how far cells are grown."""

    passage_max: Annotated[int, About(least=0, most=100)]
    cumulative_doublings_max: Positive
    min_cells_counted: Annotated[int, About(least=1, most=100_000)]
    feed_every_days: Annotated[int, About(least=1, most=30)]
    yield_qc_pct: Share


@dataclass(frozen=True)
class DonorRules:
    """Specimen, transport and markers of a donor."""

    specimen_window_days: Days
    transport_max_hours: Annotated[int, About(least=1, most=240)]
    cord_low_c: Celsius
    cord_high_c: Celsius
    markers: tuple[str, ...]
    informative_markers: tuple[str, ...]


@dataclass(frozen=True)
class SterilityRules:
    """How long a sterility test is watched."""

    hours: Annotated[int, About(least=1, most=10_000)]


@dataclass(frozen=True)
class EventTerm:
    """One term of the protocol's list of adverse events."""

    term: str
    term_zh: str


@dataclass(frozen=True)
class Outcomes:
    """Which weeks are measured and when a week's measurement counts as that week's."""

    weeks: tuple[int, ...]
    window_days: Days
    baseline_days: Days  # how long before the first infusion the baseline may be


@dataclass(frozen=True)
class EndpointRules:
    """The primary endpoint at the last week."""

    hba1c_below_pct: Positive
    insulin_reduction_pct: Share


@dataclass(frozen=True)
class Trial:
    """One trial. Every number that a rule compares with comes from here."""

    code: str
    other_code: str
    title: str
    title_zh: str
    sponsor: str
    contact: str
    product: str
    blinded_name: str
    blinded_name_zh: str
    languages: tuple[str, ...]
    strata: tuple[str, ...]
    arms: Arms
    randomisation: Randomisation
    dose: Dose
    schedule: Schedule
    weight: WeightRules
    fitness: FitnessRules
    bag: BagRules
    preparation: PreparationRules
    infusion: InfusionRules
    culture: CultureRules
    donor: DonorRules
    sterility: SterilityRules
    outcomes: Outcomes
    adverse_event: tuple[EventTerm, ...]
    eligibility: tuple[Criterion, ...]
    specification: tuple[SpecificationOffer, ...]
    endpoint: EndpointRules | None = None

    def lines(self, stage: Stage) -> tuple[SpecLine, ...]:
        """The specification that is offered for a stage."""
        return next(offer.lines for offer in self.specification if offer.stage is stage)

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms of the adverse events."""
        return tuple(event.term for event in self.adverse_event)

    @property
    def room(self) -> "Room":
        """How far a bag may miss its dose so that no weight of the interval passes the ceiling."""
        return room_for(self.bag.dose_ceiling_pct, self.weight.reweigh_pct)


@dataclass(frozen=True)
class Room:
    """Per cent by which a bag's actual cells may lie below and above its target."""

    low: Decimal
    high: Decimal


def room_for(ceiling_pct: Decimal, reweigh_pct: Decimal) -> Room:
    """What the ceiling leaves for the laboratory when the weight alone may use its whole interval.

    Errors multiply: a bag d % over, given to somebody for whom the ordered weight is e % over,
    is (1+d)(1+e)−1 over. With a ceiling of 20 % and ±10 % on the weight d is at most +9.09 %.
    """
    low = (100 - ceiling_pct) * 100 / (100 - reweigh_pct) - 100
    return Room(low, (100 + ceiling_pct) * 100 / (100 + reweigh_pct) - 100)


def contradictions(trial: Trial) -> list[str]:
    """Every fault between settings that are possible each for itself: `path: what is wrong`."""
    return [
        *_repeated("strata", trial.strata),
        *_repeated("languages", trial.languages),
        *(
            f"languages: labels have no words in {language!r}; there are en and zh"
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
        *_specifications(trial),
    ]


def _repeated(path: str, values: Sequence[str]) -> list[str]:
    if not values:
        return [f"{path}: must not be empty"]
    twice = sorted(value for value, times in Counter(values).items() if times > 1)
    return [f"{path}: {str(value)!r} stands there twice" for value in twice]


def _schedule(trial: Trial) -> Iterator[str]:
    plan = trial.schedule
    if plan.infusions > 1 and 2 * plan.window_days >= plan.interval_days:
        yield "schedule.window_days: the windows of two infusions overlap"
    if plan.infusions > 1 and plan.min_gap_days > plan.interval_days:
        yield "schedule.min_gap_days: is more than interval_days, so no infusion could be on its day"
    last = plan.interval_days * (plan.infusions - 1) + plan.window_days
    if plan.follow_up_weeks * 7 < last:
        yield "schedule.follow_up_weeks: ends before the last infusion"


def _weights_and_doses(trial: Trial) -> Iterator[str]:
    if trial.weight.min_kg >= trial.weight.max_kg:
        yield "weight.min_kg: must be less than max_kg"
    if trial.weight.reweigh_pct >= trial.bag.dose_ceiling_pct:
        yield "weight.reweigh_pct: must be less than bag.dose_ceiling_pct, or no bag could be given"
    if trial.bag.dose_action_pct > trial.bag.dose_ceiling_pct:
        yield "bag.dose_action_pct: must not be more than dose_ceiling_pct"


def _bag(trial: Trial) -> Iterator[str]:
    bag = trial.bag
    if bag.storage_low_c >= bag.storage_high_c:
        yield "bag.storage_low_c: must be less than storage_high_c"
    if trial.donor.cord_low_c >= trial.donor.cord_high_c:
        yield "donor.cord_low_c: must be less than cord_high_c"
    ready = trial.preparation.lead_time_minutes + trial.infusion.planned_minutes
    if bag.shelf_life_hours * 60 < ready:
        yield "bag.shelf_life_hours: is less than lead time and infusion together"


def _outcomes(trial: Trial) -> Iterator[str]:
    weeks = trial.outcomes.weeks
    if not weeks or weeks[0] != 0 or list(weeks) != sorted(set(weeks)):
        yield "outcomes.weeks: must rise from 0, the baseline"
    elif weeks[-1] != trial.schedule.follow_up_weeks:
        yield "outcomes.weeks: must end with schedule.follow_up_weeks"
    gaps = [after - before for before, after in pairwise(weeks)]
    if gaps and min(gaps) * 7 <= 2 * trial.outcomes.window_days:
        yield "outcomes.window_days: the windows of two weeks overlap"


def _criterion(trial: Trial, place: int, line: Criterion) -> Iterator[str]:
    path = f"eligibility.{place}.{line.code}"
    if line.kind is CriterionKind.RANGE:
        yield from _limit(f"{path}.limit", line.limit)
    elif line.limit:
        yield f"{path}.limit: only a range has one"
    if line.computed is not None:
        if line.kind is not CriterionKind.RANGE:
            yield f"{path}.computed: only a range is computed"
        known = {c.code for c in trial.eligibility if c.kind is CriterionKind.MEASURE}
        for needed in NEEDS[line.computed]:
            if needed not in known:
                yield f"{path}.computed: needs a criterion {needed!r} of the kind measure"
    elif line.kind in {CriterionKind.RANGE, CriterionKind.MEASURE}:
        yield from _possible(f"{path}.possible", line.possible, line.limit)


def _specifications(trial: Trial) -> Iterator[str]:
    stages = [offer.stage for offer in trial.specification]
    yield from _repeated("specification.stage", stages)
    for stage in Stage:
        if stage not in stages:
            yield f"specification.stage: there is none for {stage}"
    for offer in trial.specification:
        path = f"specification.{offer.stage}"
        yield from _repeated(f"{path}.code", [line.code for line in offer.lines])
        for line in offer.lines:
            yield from _line(f"{path}.{line.code}", line)


def _line(path: str, line: SpecLine) -> Iterator[str]:
    if sum((bool(line.limit), bool(line.category), line.sterility)) != 1:
        yield f"{path}: needs exactly one of limit, category, sterility"
    if line.limit:
        yield from _limit(f"{path}.limit", line.limit)
        yield from _possible(f"{path}.possible", line.possible, line.limit)
    if line.own not in COUNTED_OURSELVES or (line.own and not line.limit):
        yield f"{path}.own: is one of {COUNTED_OURSELVES[1:]} on a line with a limit"


def _limit(path: str, text: str) -> Iterator[str]:
    try:
        bounds = parse_limit(text)
    except ValueError:
        yield f'{path}: {text!r} is no limit; write "≥85", "<=0.5" or "6.5-7.5"'
        return
    if len(bounds) > 1 and bounds[0].value >= bounds[1].value:
        yield f"{path}: {text!r} begins above its end"


def _possible(path: str, text: str, limit: str) -> Iterator[str]:
    try:
        low, high = range_of(text)
    except ValueError:
        yield f'{path}: {text!r} is no range; write what can be at all, for example "0-100"'
        return
    if low >= high:
        yield f"{path}: {text!r} begins above its end"
    try:
        outside = [bound.text for bound in parse_limit(limit) if not low <= bound.value <= high]
    except ValueError:
        return  # named already
    if outside:
        yield f"{path}: the limit {limit!r} is not possible within {text!r}"


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
    said = f"{what} is {low:f} to {high:f} {unit}".strip()
    return [Reason("impossible", f"{said}; {value:f} cannot be.")]
