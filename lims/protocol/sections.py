"""The trial as a file of settings: what no field here reads cannot be written, nor out of range."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from lims.core.entries import About
from lims.core.quantities import Celsius, Hours, Kilograms, Millilitres
from lims.core.texts import both
from lims.protocol.possible import Days, Positive, Share
from lims.protocol.questions import Criterion
from lims.protocol.room import Room, room_for
from lims.protocol.steps import CultureRules


class Stage(StrEnum):
    """What a specification is for."""

    BANK = "bank"
    PRODUCT = "product"
    VEHICLE = "vehicle"
    BAG = "bag"
    VEHICLE_BAG = "vehicle-bag"
    CORD = "cord"  # its transport liquid
    CULTURE = "culture"  # a vessel, while it grows


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
    method_zh: str = ""
    category_zh: str = ""


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
    late_days: Days = 0  # after the window, with a deviation that the investigator signed


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
    out_of_storage_minutes: Annotated[int, About(least=1, most=240)] = 15  # of a vial in all


@dataclass(frozen=True)
class FreezingRules:
    """How vials are frozen: contact with the freezing medium, cooling, and where it ends."""

    contact_minutes: Annotated[int, About(least=1, most=1440)]  # from the medium to the freezer
    rate_from_c: Celsius  # between these two the rate is judged
    rate_to_c: Celsius
    slowest_c_per_min: Positive
    fastest_c_per_min: Positive
    end_c: Celsius  # at the end it is as cold as this
    hold_minutes: Annotated[int, About(least=0, most=1440)]  # and stays so


@dataclass(frozen=True)
class InfusionRules:
    """The infusion itself."""

    planned_minutes: Annotated[int, About(least=1, most=1440)]
    endotoxin_k: Positive
    drops_per_ml: Annotated[int, About(least=1, most=100)]
    watch_minutes: Annotated[int, About(least=1, most=240)]


@dataclass(frozen=True)
class ConsentForm:
    """A version of the form that a mother signs, and from when to when it is signed."""

    version: str
    text: str
    text_zh: str
    valid_from: date
    valid_until: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", both(self.text, self.text_zh))


@dataclass(frozen=True)
class DonorRules:
    """Consent, history, specimens, markers and transport of a donor."""

    specimen_window_days: Days
    transport_max_hours: Annotated[int, About(least=1, most=240)]
    cord_low_c: Celsius
    cord_high_c: Celsius
    markers: tuple[str, ...]
    informative_markers: tuple[str, ...]
    repeat_after_days: Days = 0  # after the donation; 0: her markers are not repeated
    consent: tuple[ConsentForm, ...] = ()
    question: tuple[Criterion, ...] = ()  # of her history


@dataclass(frozen=True)
class SterilityRules:
    """How long a sterility test is watched."""

    hours: Annotated[int, About(least=1, most=10_000)]


@dataclass(frozen=True)
class EventTerm:
    """One term of the protocol's list of adverse events."""

    term: str
    term_zh: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "term", both(self.term, self.term_zh))


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
    freezing: FreezingRules | None = None  # without it no run is asked for
    notice_hours: Annotated[int, About(least=1, most=1000)] = 24
    deviation_days: Annotated[int, About(least=1, most=365)] = 30

    def lines(self, stage: Stage) -> tuple[SpecLine, ...]:
        """The specification that is offered for a stage."""
        return next((offer.lines for offer in self.specification if offer.stage is stage), ())

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms of the adverse events."""
        return tuple(event.term for event in self.adverse_event)

    @property
    def room(self) -> Room:
        """How far a bag may miss its dose so that no weight of the interval passes the ceiling."""
        return room_for(self.bag.dose_ceiling_pct, self.weight.reweigh_pct)
