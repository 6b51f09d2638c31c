"""Donor eligibility and cord receipt: pure judgements (21 CFR 1271.50, .80, .85)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from lims.core.quantities import Celsius
from lims.core.reasons import Reason, when
from lims.core.rounding import told
from lims.core.texts import named, say
from lims.supplies.rules import LotStanding


class DonorStanding(StrEnum):
    """Whether what descends from a donor may leave quarantine."""

    PENDING = "pending"
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"


class CordStanding(StrEnum):
    """What became of a cord."""

    RECEIVED = "received"
    ACCEPTED = "accepted"  # by QA: cells may be isolated from it
    USED = "used"
    REJECTED = "rejected"


ONE_DONATION = timedelta(days=1)  # cords collected within it are of one birth


@dataclass(frozen=True)
class MarkerFacts:
    """One marker's result."""

    marker: str
    specimen_at: datetime
    reactive: bool


@dataclass(frozen=True)
class DonorEvidence:
    """All that the decision on a donor rests on."""

    consent_at: datetime
    recovered_at: datetime | None
    history_clear: bool | None
    results: Sequence[MarkerFacts]
    required: Sequence[str]
    window_days: int


def eligibility_blockers(donor: DonorEvidence) -> list[Reason]:
    """Every reason why this donor may not be declared eligible."""
    tested = {result.marker for result in donor.results if _in_window(donor, result)}
    asked = set(donor.required)
    missing = [marker for marker in donor.required if marker not in tested]
    reactive = [r.marker for r in donor.results if r.reactive and r.marker in donor.required]
    late = [
        r.marker
        for r in donor.results
        if r.marker in asked - tested  # informative ones never block
    ]
    recovered = donor.recovered_at
    return [
        *when(recovered is None, Reason("no-cord")),
        *when(
            recovered is not None and donor.consent_at > recovered,
            Reason("consent-late.consent"),
        ),
        *when(donor.history_clear is None, Reason("no-history")),
        *when(
            donor.history_clear is False,
            Reason("history"),
        ),
        *(Reason("marker-missing", marker=marker) for marker in missing),
        *(Reason("specimen-time", marker=marker, window_days=donor.window_days) for marker in late),
        *(Reason("reactive", marker=marker) for marker in reactive),
    ]


def acceptance_reasons(
    donor: DonorStanding, deviations: Sequence[str], received_by: str, who: str
) -> list[Reason]:
    """Why this cord may not be accepted for isolation by this person."""
    return [
        *when(
            donor is DonorStanding.INELIGIBLE,
            Reason("donor-ineligible"),
        ),
        *(Reason("open-deviation", number=number) for number in deviations),
        *when(
            received_by == who,
            Reason("you-received-this-cord"),
        ),
    ]


@dataclass(frozen=True)
class Upstream:
    """What a thing descends from that could forbid its use: (number, name, standing)."""

    lots: Sequence[tuple[str, str, LotStanding]]
    donors: Sequence[tuple[str, DonorStanding]]
    uncleared_cords: Sequence[str]


def upstream_reasons(found: Upstream, *, settled: bool) -> list[Reason]:
    """Every lot, donor or donation upstream that forbids the use of a thing.

    `settled` asks for a decision of QA's on donor and donation; without it a pending one may be
    worked on in quarantine.
    """
    bad = {LotStanding.HOLD, LotStanding.RECALLED, LotStanding.REJECTED}
    wrong = {DonorStanding.INELIGIBLE, *([DonorStanding.PENDING] if settled else [])}
    return [
        *(
            Reason(
                f"ancestor-{standing}",
                say("name-lot-is-in-standing", name=name, lot=lot, standing=named(standing)),
            )
            for lot, name, standing in found.lots
            if standing in bad
        ),
        *(
            Reason(
                f"donor-{standing}",
                say("donor-donor-is-standing", donor=donor, standing=named(standing)),
            )
            for donor, standing in found.donors
            if standing in wrong
        ),
        *(Reason("donation-pending", cord=cord) for cord in found.uncleared_cords if settled),
    ]


def _in_window(donor: DonorEvidence, result: MarkerFacts) -> bool:
    """Within ±7 days of recovery, inclusive to the second (21 CFR 1271.80(b))."""
    if donor.recovered_at is None:
        return True
    return abs(result.specimen_at - donor.recovered_at) <= timedelta(days=donor.window_days)


@dataclass(frozen=True)
class Journey:
    """How a cord came to the laboratory."""

    collected_at: datetime
    received_at: datetime
    lowest: Celsius
    highest: Celsius


@dataclass(frozen=True)
class JourneyLimits:
    """What a cord's journey may be."""

    hours: int
    lowest: Celsius
    highest: Celsius


def journey_findings(cord: Journey, limits: JourneyLimits) -> list[Reason]:
    """What was out of limits on the way; each becomes a deviation, not a refusal."""
    elapsed = cord.received_at - cord.collected_at
    hours = Decimal(int(elapsed.total_seconds())) / 3600
    shown = told(hours, Decimal(limits.hours), places=1)
    return [
        *when(
            elapsed > timedelta(hours=limits.hours),
            Reason("transport-time", shown=shown, hours=limits.hours),
        ),
        *when(
            cord.lowest < limits.lowest,
            Reason("too-cold", lowest=cord.lowest, lowest_2=limits.lowest),
        ),
        *when(
            cord.highest > limits.highest,
            Reason("too-warm", highest=cord.highest, highest_2=limits.highest),
        ),
    ]
