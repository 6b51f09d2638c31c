"""How a cord came to the laboratory: pure judgements; what is out of limits opens a deviation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from lims.core.quantities import Celsius
from lims.core.reasons import Reason, when
from lims.core.rounding import told
from lims.donation.rules import DonorStanding
from lims.instruments.rules import TemperatureRun, is_silent
from lims.supplies.rules import LotFacts, LotStanding


@dataclass(frozen=True)
class Journey:
    """How long a cord was on its way, and what was read off its logger; None: nothing was."""

    collected_at: datetime
    received_at: datetime
    lowest: Celsius | None
    highest: Celsius | None


@dataclass(frozen=True)
class JourneyLimits:
    """What a cord's journey may be."""

    hours: int
    lowest: Celsius
    highest: Celsius


def reading_reasons(lowest: Celsius | None, highest: Celsius | None) -> list[Reason]:
    """Why these cannot be what a logger shows: one without the other, or the wrong way round."""
    alone = (lowest is None) != (highest is None)
    swapped = lowest is not None and highest is not None and lowest > highest
    return [
        *when(alone, Reason("one-temperature-alone")),
        *when(swapped, Reason("temperatures-swapped")),
    ]


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
        *temperature_findings(cord.lowest, cord.highest, limits),
    ]


def temperature_findings(
    lowest: Celsius | None, highest: Celsius | None, limits: JourneyLimits
) -> list[Reason]:
    """What was too cold or too warm."""
    cold = lowest is not None and lowest < limits.lowest
    warm = highest is not None and highest > limits.highest
    return [
        *when(cold, Reason("too-cold", lowest=lowest, lowest_2=limits.lowest)),
        *when(warm, Reason("too-warm", highest=highest, highest_2=limits.highest)),
    ]


def run_findings(run: TemperatureRun, limits: JourneyLimits) -> list[Reason]:
    """What a logger's file shows beyond what may be, and where it shows nothing."""
    return [
        *temperature_findings(run.lowest, run.highest, limits),
        *when(is_silent(run), Reason("logger-silent", silent=run.silent.rounded(0))),
    ]


def kit_findings(kits: Sequence[LotFacts], collected_on: date) -> list[Reason]:
    """What was used to collect a cord though it should not have been."""
    return [
        Reason("kit-not-usable", name=kit.name, number=kit.number)
        for kit in kits
        if kit.standing is not LotStanding.RELEASED or kit.expires_on < collected_on
    ]


def acceptance_reasons(
    donor: DonorStanding,
    deviations: Sequence[str],
    received_by: str,
    who: str,
    *,
    has_temperature: bool,
) -> list[Reason]:
    """Why this cord may not be accepted for isolation by this person."""
    return [
        *when(donor is DonorStanding.INELIGIBLE, Reason("donor-ineligible")),
        *when(donor is DonorStanding.WITHDRAWN, Reason("consent-withdrawn")),
        *when(not has_temperature, Reason("no-temperature")),
        *(Reason("open-deviation", number=number) for number in deviations),
        *when(received_by == who, Reason("you-received-this-cord")),
    ]
