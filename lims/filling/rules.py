"""The arithmetic of a dose: vials, draw, diluent, deviation, DMSO, endotoxin (F10–F19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from lims.bags.rules import BagStanding
from lims.core.days import Moment
from lims.core.quantities import Percent
from lims.core.reasons import Reason, when
from lims.core.rounding import told
from lims.core.texts import named, say
from lims.core.words import as_words
from lims.filling.dose import ceiling_reasons, dose_reasons
from lims.genealogy.rules import Hands, hands_reasons
from lims.orders.rules import OrderAtBench, bench_reasons
from lims.protocol.room import Room
from lims.supplies.rules import LotFacts, lot_reasons
from lims.testing.rules import SampleEvidence, SterilityStanding, own_reasons, sample_blockers


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


def seen_reasons(first: tuple[str, str], second: tuple[str, str]) -> list[Reason]:
    """What the second person's own scans of label and sleeve speak against."""
    return [
        *when(first[0] != second[0], Reason("another-bag-seen")),
        *when(first[1] != second[1], Reason("another-sleeve-seen")),
    ]


def usable_reasons(bag: Usability, at: Moment, *, labelled: bool = True) -> list[Reason]:
    """Every reason why a bag may not go on its way; `labelled` once it should carry a label."""
    found = [
        *bench_reasons(bag.order),
        *when(bag.standing is BagStanding.WITHDRAWN, Reason("withdrawn.the")),
        *when(at.now >= bag.expires_at, Reason("expired")),
        *when(
            labelled and not bag.has_label,
            Reason("no-active-label"),
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
            Reason("not-drawn.the", standing=named(standing)),
        ),
        *usable_reasons(bag.usability, at),
        *(
            sample_blockers(bag.sample, sterility_may_wait=True)
            if bag.sample
            else [Reason("no-sample")]
        ),
        *drawn_blockers(bag, limits),
        *when(
            bag.endotoxin_load is not None and bag.endotoxin_load > limits.endotoxin_k,
            Reason(
                "endotoxin-load",
                _endotoxin_words(bag.endotoxin_load, limits.endotoxin_k),
            ),
        ),
        *when(bag.sleeve is None, Reason("no-sleeve")),
        *(Reason("open-deviation", number=number) for number in bag.open_deviations),
        *hands_reasons(bag.hands, releaser),
    ]


def _endotoxin_words(load: Decimal | None, most: Decimal) -> str:
    return say("endotoxin-eu-kg-h-at", load=told(load or Decimal(0), most, places=3), most=most)


def drawn_blockers(bag: BagEvidence, limits: BagLimits) -> list[Reason]:
    """What speaks against what was drawn: its dose, and the viability of its pool."""
    return [*_dose_blockers(bag, limits), *_own_count(bag, limits)]


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
        *when(bag.notice, Reason("withdrawn.the-bag")),
        *when(not bag.released, Reason("not-released.the")),
        *when(not closed, Reason("sterility-open")),
        *when(bag.certified, Reason("certified")),
        *(Reason("open-deviation", number=number) for number in bag.open_deviations),
        *hands_reasons(bag.hands, certifier),
    ]


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
            Reason("too-early", begins=as_words(begins, at.zone)),
        ),
        *when(at.now > slot, Reason("slot-over")),
    ]


def shelf_reasons(expires: datetime, slot: datetime, planned_minutes: int) -> list[Reason]:
    """A bag that could not be given to its end at the slot is not begun."""
    ends = slot + timedelta(minutes=planned_minutes)
    return list(when(expires < ends, Reason("component-expires")))
