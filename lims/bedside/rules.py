"""GO or STOP. The same words whatever is in the bag: this module cannot know."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

from lims.bags.models import TERMINAL, BagStanding
from lims.core.quantities import Kilograms
from lims.core.reasons import Reason, when
from lims.orders.rules import reweigh_deviation
from lims.trial.rules import ParticipantStanding, Window, window_reasons


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
    fit: bool | None
    weight: Kilograms | None
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


@dataclass(frozen=True)
class Limits:
    """What the protocol asks at the bedside."""

    planned_minutes: int
    dose_pct: Decimal
    paused: bool
    zone: tzinfo = UTC


def stop_reasons(
    person: ParticipantAtBedside | None, bag: BagAtBedside | None, limits: Limits, now: datetime
) -> list[Reason]:
    """Every reason to stop; an empty list is a GO (product.md §6)."""
    reasons = [
        *when(
            person is None,
            Reason("unknown-wristband", "This wristband is unknown. Check the participant."),
        ),
        *when(
            bag is None or not bag.seen_on_ward,
            Reason("unknown-bag", "This bag is unknown here. Scan the label of the bag."),
        ),
        *when(limits.paused, Reason("trial-paused", "The trial is paused.")),
    ]
    if person is not None:
        reasons += _person(person, now)
    if bag is not None and bag.seen_on_ward:
        reasons += _bag(bag, limits, now)
    if person is not None and bag is not None and bag.seen_on_ward:
        reasons += _together(person, bag, limits)
    return reasons


def start_reasons(
    person: ParticipantAtBedside | None, bag: BagAtBedside | None, limits: Limits, now: datetime
) -> list[Reason]:
    """Everything that has come up since the GO and now forbids the start."""
    mine = replace(bag, standing=BagStanding.RECEIVED) if bag else None
    return stop_reasons(person, mine, limits, now)


def _person(person: ParticipantAtBedside, now: datetime) -> list[Reason]:
    later = person.next_visit is not None and person.next_visit > 1
    return [
        *when(
            not person.wristband_is_live,
            Reason("superseded-wristband", "This wristband was replaced. Scan the new one."),
        ),
        *when(
            person.standing is ParticipantStanding.WITHDRAWN,
            Reason("participant-withdrawn", "The participant has left the treatment."),
        ),
        *when(later and not person.fit, Reason("not-fit", "Not signed as fit for this infusion.")),
        *window_reasons(person.window, now.date()),
    ]


def _bag(bag: BagAtBedside, limits: Limits, now: datetime) -> list[Reason]:
    used = bag.standing in {
        BagStanding.IN_USE,
        BagStanding.INFUSED,
        BagStanding.PARTLY_INFUSED,
    }
    gone = bag.standing in TERMINAL and not used
    ends = now + timedelta(minutes=limits.planned_minutes)
    return [
        *when(used, Reason("already-in-use", _used(bag, limits))),
        *when(
            bag.standing is BagStanding.DISPATCHED,
            Reason("not-received", "Not received on this ward. Receive the bag first."),
        ),
        *when(
            gone or bag.order_cancelled or bag.notice,
            Reason("withdrawn", "Do not use this bag. Call the cell laboratory. Code H."),
        ),
        *when(not bag.label_is_active, Reason("superseded-label", "This label is superseded.")),
        *when(bag.expires_at <= now, Reason("expired", "The bag has expired.")),
        *when(
            now < bag.expires_at < ends,
            Reason("expires-soon", "The bag would expire before the infusion ends."),
        ),
    ]


def _used(bag: BagAtBedside, limits: Limits) -> str:
    by = bag.used_by or "somebody"
    if bag.used_at is None:
        return f"Already in use by {by}."
    return f"Already scanned at {bag.used_at.astimezone(limits.zone):%H:%M} by {by}."


def _together(person: ParticipantAtBedside, bag: BagAtBedside, limits: Limits) -> list[Reason]:
    mine = bag.treatment == person.treatment
    error = reweigh_deviation(bag.ordered_weight, person.weight) if person.weight else None
    return [
        # Whose it is instead is not said: a wrong-patient STOP never names another participant.
        *when(not mine, Reason("wrong-participant", "This bag is not for this participant.")),
        *when(
            mine and bag.visit != person.next_visit and bag.standing not in TERMINAL,
            Reason("wrong-visit", "This bag is not for this infusion."),
        ),
        *when(
            mine and error is not None and abs(error.value) > limits.dose_pct,
            Reason(
                "weight-changed",
                f"The weight has changed: the dose would be {error.value if error else 0:.2f} %"
                " off. A new bag is needed.",
            ),
        ),
    ]
