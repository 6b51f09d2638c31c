"""Reads of participants. A weight that only one person entered is shown to nobody."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag, BagStanding
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.quantities import Kilograms
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.protocol.queries import Trial
from lims.trial.models import (
    Fitness,
    Participant,
    ScreeningAnswer,
    TrialPause,
    Weighing,
    WeighingStanding,
)
from lims.trial.rules import OrderEvidence, ParticipantStanding, Window, visit_window

DONE = (BagStanding.INFUSED, BagStanding.PARTLY_INFUSED)


@dataclass(frozen=True)
class WeighingFacts:
    """A weighing; the weight only when two people agreed."""

    visit: int
    weight: Kilograms | None
    standing: WeighingStanding
    by: str
    second_by: str | None
    at: datetime


@dataclass(frozen=True)
class WardOrder:
    """An order as the ward sees it: the slot that was asked for, not the laboratory's work."""

    number: str
    visit: int
    weight: Kilograms
    slot_at: datetime
    cancelled: bool


@dataclass(frozen=True)
class ParticipantFacts:
    """A participant as the ward reads one."""

    number: str
    initials: str
    sex: str
    born_on: date
    consent_version: str
    consent_at: datetime
    stratum: str
    standing: ParticipantStanding
    treatment: str | None
    randomised_at: datetime | None
    first_infusion_at: datetime | None
    code_broken_at: datetime | None
    withdrawn_because: str
    weighings: tuple[WeighingFacts, ...]
    orders: tuple[WardOrder, ...]
    says: str = ""


def wristband_digest(named: str) -> str:
    """What is kept of a hospital's wristband."""
    return sha256(f"wristband/{named}".encode()).hexdigest()


def participant_wearing(session: Session, named: str) -> str | None:
    """Whose hospital wristband this is."""
    wanted = Participant.wristband == wristband_digest(named)
    return session.scalar(select(Participant.number).where(wanted))


def participants(session: Session) -> list[ParticipantFacts]:
    """All participants, by number: the order says nothing of time."""
    rows = session.scalars(select(Participant).order_by(Participant.number))
    return [participant_facts(session, row) for row in rows]


def participant(session: Session, number: str) -> ParticipantFacts:
    """One participant."""
    row = session.get(Participant, number)
    if row is None:
        raise Missing
    return participant_facts(session, row)


def participant_facts(session: Session, row: Participant, says: str = "") -> ParticipantFacts:
    """A participant with weighings and orders."""
    weighed = session.scalars(
        select(Weighing).where(Weighing.participant == row.number).order_by(Weighing.id)
    )
    return facts(
        ParticipantFacts,
        row,
        weighings=tuple(_weighing(found) for found in weighed),
        orders=tuple(orders_of(session, row.treatment)),
        says=says,
    )


def _weighing(row: Weighing) -> WeighingFacts:
    agreed = row.standing is WeighingStanding.CONFIRMED
    return facts(WeighingFacts, row, weight=row.weight if agreed else None)


def orders_of(session: Session, treatment: str | None) -> list[WardOrder]:
    """The orders of a treatment number by visit."""
    if treatment is None:
        return []
    rows = session.scalars(
        select(Order).where(Order.treatment == treatment).order_by(Order.visit, Order.slot_at)
    )
    return [
        facts(WardOrder, row, cancelled=row.standing is OrderStanding.CANCELLED) for row in rows
    ]


def answers_of(session: Session, number: str) -> dict[str, str]:
    """The newest answer to each criterion."""
    rows = session.execute(
        select(ScreeningAnswer.code, ScreeningAnswer.value)
        .where(ScreeningAnswer.participant == number)
        .order_by(ScreeningAnswer.id)
    )
    return {code: value for code, value in rows}  # noqa: C416 -- rows are not plain tuples


def confirmed_weighing(session: Session, number: str, visit: int) -> Weighing | None:
    """The newest weighing of a visit on which two people agree."""
    return session.scalar(
        select(Weighing)
        .where(
            Weighing.participant == number,
            Weighing.visit == visit,
            Weighing.standing == WeighingStanding.CONFIRMED,
        )
        .order_by(Weighing.id.desc())
        .limit(1)
    )


def is_fit(session: Session, number: str, visit: int) -> bool | None:
    """The newest word of an investigator on this infusion."""
    newest = select(Fitness.fit).where(Fitness.participant == number, Fitness.visit == visit)
    return session.scalar(newest.order_by(Fitness.id.desc()).limit(1))


def is_paused(session: Session) -> bool:
    """Whether the trial is paused."""
    newest = select(TrialPause.paused).order_by(TrialPause.id.desc()).limit(1)
    return bool(session.scalar(newest))


def done_visits(session: Session, treatment: str | None) -> frozenset[int]:
    """The infusions that were given, wholly or in part."""
    given = (
        select(Order.visit)
        .join(Bag, Bag.order == Order.number)
        .where(Order.treatment == treatment, Bag.standing.in_(DONE))
    )
    return frozenset(session.scalars(given))


def window_of(trial: Trial, row: Participant, visit: int) -> Window | None:
    """The days of a visit; None before the first infusion."""
    if row.first_infusion_at is None or visit == 1:
        return None
    return visit_window(row.first_infusion_at.date(), visit, trial.interval_days, trial.window_days)


def order_evidence(session: Session, trial: Trial, row: Participant, visit: int) -> OrderEvidence:
    """What an order for this visit rests on."""
    weighing = confirmed_weighing(session, row.number, visit)
    live = [o for o in orders_of(session, row.treatment) if o.visit == visit and not o.cancelled]
    return OrderEvidence(
        standing=row.standing,
        paused=is_paused(session),
        visit=visit,
        infusions=trial.infusions,
        done_visits=done_visits(session, row.treatment),
        weighed_at=weighing.second_at if weighing else None,
        fit=is_fit(session, row.number, visit),
        window=window_of(trial, row, visit),
        has_order=bool(live),
    )


def next_visits(session: Session, trial: Trial) -> list[tuple[ParticipantFacts, int, Window]]:
    """Each randomised participant's next infusion with its window."""
    found = []
    for row in session.scalars(select(Participant).order_by(Participant.number)):
        if row.standing is not ParticipantStanding.RANDOMISED:
            continue
        done = done_visits(session, row.treatment)
        visit = next((v for v in range(1, trial.infusions + 1) if v not in done), None)
        if visit is None or row.randomised_at is None:
            continue
        start = row.randomised_at.date()
        week = timedelta(days=7)
        window = window_of(trial, row, visit) or Window(start, start + week, start + 2 * week)
        found.append((participant_facts(session, row), visit, window))
    return found
