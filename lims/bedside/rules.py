"""GO or STOP. The same words whatever is in the bag: this module cannot know."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from lims.bags.rules import TERMINAL, BagStanding
from lims.core.days import Moment
from lims.core.quantities import Celsius, Hours, Kilograms, Millilitres, Minutes
from lims.core.reasons import Reason, when
from lims.core.texts import named, say
from lims.core.words import as_words
from lims.orders.rules import protocol_reasons, reweigh_reasons
from lims.trial.rules import (
    FitnessFacts,
    ParticipantStanding,
    WeighingStanding,
    fitness_reasons,
    settled_reasons,
)
from lims.trial.windows import Window, gap_reasons, window_reasons


class InfusionStanding(StrEnum):
    """Where an infusion stands."""

    VERIFIED = "verified"
    INFUSING = "infusing"
    ENDED = "ended"
    GIVEN_UP = "given_up"  # after a GO, before the start


class Word(StrEnum):
    """The verdict in one word."""

    GO = "GO"
    STOP = "STOP"


@dataclass(frozen=True)
class ParticipantAtBedside:
    """Who wears the wristband, as far as the verdict needs it."""

    number: str
    treatment: str | None
    standing: ParticipantStanding
    next_visit: int | None
    window: Window | None
    last_infusion: date | None
    fitness: FitnessFacts | None
    weight: Kilograms | None
    newest_weighing: WeighingStanding | None
    wristband_is_live: bool


@dataclass(frozen=True)
class BagAtBedside:
    """The bag in the hand, as far as the verdict needs it; it has no content."""

    number: str
    treatment: str
    visit: int
    standing: BagStanding
    seen_on_ward: bool
    expires_at: datetime
    ordered_weight: Kilograms
    order_cancelled: bool
    label_is_active: bool
    notice: bool
    used_by: str | None
    used_at: datetime | None = None
    dose: "DoseThen | None" = None


@dataclass(frozen=True)
class DoseThen:
    """What the protocol that judged the bag's order says of the dose."""

    cells_per_kg: int
    reweigh_pct: Decimal


@dataclass(frozen=True)
class Limits:
    """What the protocol asks at the bedside."""

    planned_minutes: int
    reweigh_pct: Decimal
    fitness_hours: Hours
    min_gap_days: int
    cells_per_kg: int
    paused: bool


def stop_reasons(
    person: ParticipantAtBedside | None, bag: BagAtBedside | None, limits: Limits, at: Moment
) -> list[Reason]:
    """Every reason to stop; an empty list is a GO (product.md §6)."""
    reasons = [
        *when(
            person is None,
            Reason("unknown-wristband"),
        ),
        *when(
            bag is None or not bag.seen_on_ward,
            Reason("unknown-bag"),
        ),
        *when(limits.paused, Reason("trial-paused")),
    ]
    seen = bag if bag is not None and bag.seen_on_ward else None
    if person is not None and seen is not None:
        reasons += _together(person, seen, limits)  # first: whether they belong together at all
    if seen is not None:
        reasons += _bag(seen, limits, at)
    if person is not None:
        reasons += _person(person, limits, at)
    return reasons


@dataclass(frozen=True)
class Arriving:
    """A bag at the ward's door, as the scan and the nurse have it."""

    standing: BagStanding
    sent_at: datetime
    expires_at: datetime
    label_is_active: bool


def receipt_reasons(bag: Arriving, now: datetime) -> list[Reason]:
    """Every reason why this bag is not received."""
    return [
        *when(
            bag.standing is BagStanding.WITHDRAWN,
            Reason("withdrawn"),
        ),
        *when(
            bag.standing not in {BagStanding.DISPATCHED, BagStanding.WITHDRAWN},
            Reason("received-already", standing=named(bag.standing)),
        ),
        *when(now < bag.sent_at, Reason("not-yet-sent")),
        *when(bag.expires_at <= now, Reason("expired")),
        *when(not bag.label_is_active, Reason("superseded-label")),
    ]


def temperature_reasons(
    found: Celsius, lowest: Celsius, highest: Celsius, storage: str
) -> list[Reason]:
    """Why a bag that arrived at this temperature is not used before QA has judged it."""
    off = not lowest <= found <= highest
    return list(when(off, Reason("temperature", temperature=found, storage=storage)))


def amended_volume_reasons(
    *, ended: bool, nothing: bool, later_given: bool, given_otherwise: bool
) -> list[Reason]:
    """Why the volume that was given is not amended so."""
    return [
        *when(not ended, Reason("not-ended")),
        *when(nothing and later_given, Reason("later-infusion-given")),
        *when(not nothing and given_otherwise, Reason("visit-given-meanwhile")),
    ]


def vital_reasons(systolic: int | None, diastolic: int | None) -> list[Reason]:
    """Pressures that cannot be one reading: the upper one is above the lower one."""
    both = systolic is not None and diastolic is not None
    swapped = both and (systolic or 0) <= (diastolic or 0)
    return list(when(swapped, Reason("pressures-swapped", systolic=systolic, diastolic=diastolic)))


def drops_per_minute(volume: Millilitres, span: Minutes, drops_per_ml: int) -> Decimal:
    """Drip rate (F18)."""
    return volume.value * drops_per_ml / span.value


def start_reasons(
    person: ParticipantAtBedside | None, bag: BagAtBedside | None, limits: Limits, at: Moment
) -> list[Reason]:
    """Everything that has come up since the GO and now forbids the start."""
    if bag and bag.standing is BagStanding.IN_USE:
        bag = replace(bag, standing=BagStanding.RECEIVED)  # in use since this very GO
    return stop_reasons(person, bag, limits, at)


def _person(person: ParticipantAtBedside, limits: Limits, at: Moment) -> list[Reason]:
    return [
        *when(
            not person.wristband_is_live,
            Reason("superseded-wristband"),
        ),
        *when(
            person.standing is ParticipantStanding.WITHDRAWN,
            Reason("participant-withdrawn"),
        ),
        *fitness_reasons(person.fitness, at.now, limits.fitness_hours),
        *settled_reasons(person.newest_weighing),
        *when(person.weight is None, Reason("no-weight")),
        *window_reasons(person.window, at.today),
        *gap_reasons(person.last_infusion, at.today, limits.min_gap_days),
    ]


def _bag(bag: BagAtBedside, limits: Limits, at: Moment) -> list[Reason]:
    used = bag.standing in {
        BagStanding.IN_USE,
        BagStanding.INFUSED,
        BagStanding.PARTLY_INFUSED,
    }
    waits = bag.standing in {BagStanding.DISPATCHED, BagStanding.RECEIVED}
    gone = not used and not waits
    now, ends = at.now, at.now + timedelta(minutes=limits.planned_minutes)
    return [
        *when(used, Reason("already-in-use", _used(bag, at))),
        *when(
            bag.standing is BagStanding.DISPATCHED,
            Reason("not-received"),
        ),
        *when(
            gone or bag.order_cancelled or bag.notice,
            Reason("withdrawn"),
        ),
        *when(not bag.label_is_active, Reason("superseded-label")),
        *when(bag.expires_at <= now, Reason("expired")),
        *when(
            now < bag.expires_at < ends,
            Reason("expires-soon"),
        ),
    ]


def _used(bag: BagAtBedside, at: Moment) -> str:
    by = bag.used_by or "somebody"
    if bag.standing is not BagStanding.IN_USE and bag.used_at is not None:
        return say("infused-already-by", used_at=as_words(bag.used_at, at.zone), by=by)
    if bag.used_at is None:
        return say("already-in-use-by", by=by)
    return say("already-scanned-at-by", used_at=as_words(bag.used_at, at.zone), by=by)


def _together(person: ParticipantAtBedside, bag: BagAtBedside, limits: Limits) -> list[Reason]:
    mine = bag.treatment == person.treatment
    then = bag.dose
    most_pct = min(limits.reweigh_pct, then.reweigh_pct) if then else limits.reweigh_pct
    return [
        # Whose it is instead is not said: a wrong-patient STOP never names another participant.
        *when(not mine, Reason("wrong-participant")),
        *when(
            mine and bag.visit != person.next_visit and bag.standing not in TERMINAL,
            Reason("wrong-visit"),
        ),
        *(
            reweigh_reasons(bag.ordered_weight, person.weight, most_pct)
            if mine and person.weight
            else []
        ),
        *(protocol_reasons(then.cells_per_kg, limits.cells_per_kg) if mine and then else []),
    ]
