"""The arithmetic of a dose: vials, draw, diluent, deviation, DMSO, endotoxin (F10–F19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from lims.bags.rules import BagStanding
from lims.core.days import Moment
from lims.core.quantities import (
    WIDE,
    CellCount,
    CellsPerMillilitre,
    EndotoxinPerMillilitre,
    Grams,
    Kilograms,
    Millilitres,
    Minutes,
    Percent,
)
from lims.core.reasons import Reason, when
from lims.core.rounding import told
from lims.core.words import as_words
from lims.genealogy.rules import Hands, hands_reasons
from lims.orders.rules import OrderAtBench, bench_reasons, dose_deviation
from lims.protocol.rules import Room
from lims.supplies.rules import LotFacts, lot_reasons
from lims.testing.rules import SampleEvidence, SterilityStanding, own_reasons, sample_blockers

SYRINGE = Decimal("0.1")  # graduation, mL
MOST_RECOVERY_PCT = 120  # leaves room for the error of both counts


def vials_needed(dose: CellCount, viable_after_thaw: CellCount, overage: Percent) -> int:
    """Vials to thaw (F10); recovery is already in the viable cells after thawing."""
    wanted = dose.value * (100 + overage.value) / 100
    return int((wanted / viable_after_thaw.value).to_integral_value(ROUND_CEILING))


def after_thaw(viable_frozen: CellCount, recovery: Percent) -> CellCount:
    """Viable cells that a vial gives after thawing."""
    return CellCount(viable_frozen.value * recovery.value / 100)


def recovery(before: CellCount, after: CellCount) -> Percent:
    """Share of cells found again after thawing (F8): of viable ones, or of all."""
    return Percent(after.value * 100 / before.value)


@dataclass(frozen=True)
class Draw:
    """What is drawn from the pool and what the bag then holds."""

    volume: Millilitres
    diluent: Millilitres
    actual: CellCount
    deviation: Percent
    per_kg: Decimal


def draw(
    dose: CellCount, viable: CellsPerMillilitre, final: Millilitres, weight: Kilograms
) -> Draw:
    """Draw volume to 0.1 mL, half up, and the actual dose with its deviation (F11–F14)."""
    volume = Millilitres((dose.value / viable.value).quantize(SYRINGE, ROUND_HALF_UP, WIDE))
    actual = CellCount(volume.value * viable.value)
    return Draw(
        volume=volume,
        diluent=final - volume,
        actual=actual,
        deviation=dose_deviation(actual, dose),
        per_kg=actual.value / weight.value,
    )


def recovery_reasons(found: Percent) -> list[Reason]:
    """More viable cells than were frozen is a wrong count, not a good thaw."""
    shown = told(found.value, Decimal(MOST_RECOVERY_PCT), places=0)
    text = f"{shown} % of the frozen viable cells were counted. Count again."
    return list(when(found.value > MOST_RECOVERY_PCT, Reason("recovery", text)))


def draw_reasons(drawn: Draw, pool: Millilitres, ceiling_pct: Decimal) -> list[Reason]:
    """Why this draw is not possible."""
    return [
        *when(
            drawn.volume > pool,
            Reason(
                "not-enough-cells",
                f"{drawn.volume} are needed and the pool has {pool}. Thaw more vials.",
            ),
        ),
        *when(
            drawn.diluent.value < 0,
            Reason("too-dilute", "The cells are too dilute for the volume of the bag."),
        ),
        *dose_reasons(drawn.deviation, ceiling_pct),
    ]


def dose_reasons(deviation: Percent, most_pct: Decimal) -> list[Reason]:
    """Whether a dose misses its target by more than so many per cent; the limit is inside."""
    off = abs(deviation.value) > most_pct
    shown = told(deviation.value, most_pct, -most_pct)
    text = f"The dose misses its target by {shown} %; at most {most_pct} %."
    return list(when(off, Reason("dose-deviation", text)))


def ceiling_reasons(deviation: Percent, room: Room) -> list[Reason]:
    """Whether some weight that the bedside accepts would take the dose beyond the ceiling.

    The ward judges the weight and knows no cells, the laboratory the cells and no person: each
    keeps its own part of the ceiling, and together they never pass it.
    """
    beyond = not room.low <= deviation.value <= room.high
    text = (
        f"The dose misses its target by {told(deviation.value, room.low, room.high)} %; between"
        f" {told(room.low, deviation.value)} and {told(room.high, deviation.value)} % it stays"
        " under the ceiling for every weight that may be given it."
    )
    return list(when(beyond, Reason("dose-ceiling", text)))


@dataclass(frozen=True)
class Usability:
    """What a bag's use rests on at this moment: computed each time, never stored."""

    standing: BagStanding
    expires_at: datetime
    has_label: bool
    order: OrderAtBench
    staged: Sequence[LotFacts]
    used: Sequence[Reason]  # materials and instruments of its session, judged now
    upstream: Sequence[Reason]


def usable_reasons(bag: Usability, at: Moment, *, labelled: bool = True) -> list[Reason]:
    """Every reason why a bag may not go on its way; `labelled` once it should carry a label."""
    found = [
        *bench_reasons(bag.order),
        *when(bag.standing is BagStanding.WITHDRAWN, Reason("withdrawn", "The bag is withdrawn.")),
        *when(at.now >= bag.expires_at, Reason("expired", "The bag has expired.")),
        *when(
            labelled and not bag.has_label,
            Reason("no-active-label", "The bag has no label that was scanned back."),
        ),
        *(reason for lot in bag.staged for reason in lot_reasons(lot, at)),
        *bag.used,
        *bag.upstream,
    ]
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class BagEvidence:
    """All that the conditional release of a bag rests on."""

    usability: Usability
    sample: SampleEvidence | None
    sleeve: str | None
    deviation: Percent | None  # None for vehicle
    dose_deviation_closed: bool
    viability: Percent | None  # by our own count; None for vehicle
    endotoxin_load: Decimal | None
    open_deviations: Sequence[str]
    hands: Hands


@dataclass(frozen=True)
class BagLimits:
    """The protocol's limits for a bag."""

    action_pct: Decimal
    ceiling_pct: Decimal
    room: Room
    viability_differs_pct: Decimal
    endotoxin_k: Decimal


def bag_blockers(bag: BagEvidence, releaser: str, limits: BagLimits, at: Moment) -> list[Reason]:
    """Every reason why this bag may not be released, by this person, at this moment."""
    standing = bag.usability.standing
    return [
        *when(
            standing is not BagStanding.DRAWN,
            Reason("not-drawn", f"The bag is {standing.replace('_', ' ')}."),
        ),
        *usable_reasons(bag.usability, at),
        *(
            sample_blockers(bag.sample, sterility_may_wait=True)
            if bag.sample
            else [Reason("no-sample", "The bag was not sampled.")]
        ),
        *_dose_blockers(bag, limits),
        *_own_count(bag, limits),
        *when(
            bag.endotoxin_load is not None and bag.endotoxin_load > limits.endotoxin_k,
            Reason(
                "endotoxin-load",
                _endotoxin_words(bag.endotoxin_load, limits.endotoxin_k),
            ),
        ),
        *when(bag.sleeve is None, Reason("no-sleeve", "The bag has no sleeve.")),
        *(
            Reason("open-deviation", f"Deviation {number} is open.")
            for number in bag.open_deviations
        ),
        *hands_reasons(bag.hands, releaser),
    ]


def _endotoxin_words(load: Decimal | None, most: Decimal) -> str:
    return f"Endotoxin {told(load or Decimal(0), most, places=3)} EU/kg/h; at most {most}."


def _dose_blockers(bag: BagEvidence, limits: BagLimits) -> list[Reason]:
    """Within the action limit; beyond it only by the draw's own deviation, closed; never above."""
    if bag.deviation is None:
        return []
    most = limits.ceiling_pct if bag.dose_deviation_closed else limits.action_pct
    return [*dose_reasons(bag.deviation, most), *ceiling_reasons(bag.deviation, limits.room)]


def _own_count(bag: BagEvidence, limits: BagLimits) -> list[Reason]:
    if bag.viability is None or bag.sample is None:
        return []
    results = bag.sample.results
    return [
        reason
        for line in bag.sample.lines
        if line.own == "viability"
        for reason in own_reasons(
            line, bag.viability.value, results.get(line.code), limits.viability_differs_pct
        )
    ]


@dataclass(frozen=True)
class CertifyEvidence:
    """What the final certification of a bag rests on."""

    notice: bool
    released: bool
    sterility: SterilityStanding | None
    certified: bool
    open_deviations: Sequence[str]
    hands: Hands


def certify_blockers(bag: CertifyEvidence, certifier: str) -> list[Reason]:
    """Every reason why this bag may not be certified for good by this person."""
    closed = bag.sterility is SterilityStanding.NO_GROWTH
    return [
        *when(bag.notice, Reason("withdrawn", "The bag or its session was withdrawn.")),
        *when(not bag.released, Reason("not-released", "The bag was never released.")),
        *when(not closed, Reason("sterility-open", "The sterility test has not closed.")),
        *when(bag.certified, Reason("certified", "The bag is certified already.")),
        *(
            Reason("open-deviation", f"Deviation {number} is open.")
            for number in bag.open_deviations
        ),
        *hands_reasons(bag.hands, certifier),
    ]


def dmso(volumes: Sequence[Millilitres], share: Percent, density: Decimal) -> Grams:
    """DMSO in so many volumes of freezing medium (F15); density in g/mL."""
    millilitres = sum((volume.value for volume in volumes), Decimal(0))
    return Grams(millilitres * share.value / 100 * density)


def dmso_per_kg(amount: Grams, weight: Kilograms) -> Decimal:
    """Grams of DMSO for each kilogram of body weight."""
    return amount.value / weight.value


def dmso_reasons(per_kg: Decimal, most: Decimal) -> list[Reason]:
    """Whether a bag carries more DMSO for each kilogram than a person may get in a day."""
    text = f"DMSO {told(per_kg, most)} g/kg is too much; at most {most}."
    return list(when(per_kg > most, Reason("dmso", text)))


def endotoxin_limit(
    k: Decimal, weight: Kilograms, volume: Millilitres, span: Minutes
) -> EndotoxinPerMillilitre:
    """Highest concentration (F16): K·w over the volume given in any one hour."""
    return EndotoxinPerMillilitre(k * weight.value / in_one_hour(volume, span).value)


def endotoxin_load(
    found: EndotoxinPerMillilitre, weight: Kilograms, volume: Millilitres, span: Minutes
) -> Decimal:
    """EU/kg/h that a person gets (F17)."""
    return found.value * in_one_hour(volume, span).value / weight.value


def in_one_hour(volume: Millilitres, span: Minutes) -> Millilitres:
    """The volume given in an hour; a shorter infusion gives all of it."""
    return Millilitres(volume.value / max(span.value / 60, Decimal(1)))


def bag_expiry(
    slot: datetime, lead_minutes: int, shelf_hours: int, ends: Sequence[datetime]
) -> datetime:
    """Expiry of a bag (F19), the same function of the slot in both arms.

    Preparation may not begin before the slot minus the lead time, so no thaw is earlier than
    the start of this shelf life; components last to the end of their last day on the site.
    """
    begins = slot - timedelta(minutes=lead_minutes)
    return min([begins + timedelta(hours=shelf_hours), *ends])


def start_reasons(at: Moment, slot: datetime, lead_minutes: int) -> list[Reason]:
    """Why an order may not be prepared at this moment."""
    begins = slot - timedelta(minutes=lead_minutes)
    return [
        *when(
            at.now < begins,
            Reason("too-early", f"Preparation begins at {as_words(begins, at.zone)}."),
        ),
        *when(at.now > slot, Reason("slot-over", "The slot is over; the ward orders anew.")),
    ]


def shelf_reasons(expires: datetime, slot: datetime, planned_minutes: int) -> list[Reason]:
    """A bag that could not be given to its end at the slot is not begun."""
    ends = slot + timedelta(minutes=planned_minutes)
    text = "A component expires before the infusion would end."
    return list(when(expires < ends, Reason("component-expires", text)))
