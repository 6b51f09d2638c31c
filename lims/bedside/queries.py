"""What the bedside needs to know, and reads of infusions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import ON_THE_WARD, Bag, BagStanding
from lims.bedside.models import Infusion, InfusionStanding, Observation
from lims.bedside.rules import BagAtBedside, Limits, ParticipantAtBedside
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.quantities import Celsius, Millilitres
from lims.labelling.queries import active_copy, live_label
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.protocol.queries import Trial
from lims.trial.models import Participant
from lims.trial.queries import confirmed_weighing, done_visits, is_fit, is_paused, window_of
from lims.trust.people import Person

ON_WARD = (*ON_THE_WARD, BagStanding.RETURNED, BagStanding.INFUSED, BagStanding.PARTLY_INFUSED)


@dataclass(frozen=True)
class ObservationFacts:
    """What was seen."""

    at: datetime
    by: str
    temperature: Celsius | None
    pulse: int | None
    systolic: int | None
    diastolic: int | None
    seen: str
    interrupted: bool


@dataclass(frozen=True)
class InfusionFacts:
    """An infusion as the ward reads it."""

    number: str
    participant: str
    bag: str
    visit: int
    standing: InfusionStanding
    verified_by: str
    verified_at: datetime
    confirmed_by: str | None
    started_at: datetime | None
    ended_at: datetime | None
    given: Millilitres | None
    empty_bag: str
    says: str = ""


@dataclass(frozen=True)
class WardBag:
    """A bag as the ward reads it: nothing before it was handed over, no content, no times."""

    number: str
    order: str
    visit: int
    treatment: str
    volume: Millilitres
    expires_at: datetime
    slot_at: datetime
    standing: BagStanding
    notice: bool
    says: str = ""


def person_at_bedside(
    session: Session, trial: Trial, number: str, copy: int | None = None
) -> ParticipantAtBedside | None:
    """Who wears this wristband; `copy` is that of the wristband if one was scanned."""
    row = session.get(Participant, number)
    if row is None:
        return None
    band = live_label(session, number)
    done = done_visits(session, row.treatment)
    visit = next((v for v in range(1, trial.infusions + 1) if v not in done), None)
    weighing = confirmed_weighing(session, number, visit) if visit else None
    return ParticipantAtBedside(
        number=row.number,
        treatment=row.treatment,
        standing=row.standing,
        next_visit=visit,
        window=window_of(trial, row, visit) if visit else None,
        fit=is_fit(session, number, visit) if visit else None,
        weight=weighing.weight if weighing else None,
        wristband_is_live=copy is None or (band is not None and band.copy == copy),
    )


def bag_at_bedside(session: Session, row: Bag | None, copy: int) -> BagAtBedside | None:
    """The bag that was scanned, by this copy of its label."""
    if row is None:
        return None
    order = session.get(Order, row.order)
    if order is None:
        raise Missing
    return BagAtBedside(
        number=row.number,
        treatment=order.treatment,
        visit=order.visit,
        standing=row.standing,
        seen_on_ward=row.dispatched_at is not None,
        expires_at=row.expires_at,
        ordered_weight=order.weight,
        order_cancelled=order.standing is OrderStanding.CANCELLED,
        label_is_active=active_copy(session, row.number) == copy,
        notice=row.notice_at is not None,
        used_by=_used_by(session, row.number),
    )


def _used_by(session: Session, bag: str) -> str | None:
    return session.scalar(
        select(Person.name)
        .join(Infusion, Infusion.verified_by == Person.login)
        .where(Infusion.bag == bag, Infusion.standing != InfusionStanding.GIVEN_UP)
    )


def limits_of(session: Session, trial: Trial) -> Limits:
    """What the protocol asks at the bedside."""
    return Limits(trial.planned_minutes, trial.dose_action_pct, is_paused(session))


def ward_bags(session: Session) -> list[WardBag]:
    """The bags that came to the ward, by number: the order says nothing of time."""
    rows = session.execute(
        select(Bag, Order)
        .join(Order, Order.number == Bag.order)
        .where(Bag.dispatched_at.is_not(None))
        .order_by(Bag.number)
    )
    return [ward_bag_facts(bag, order) for bag, order in rows]


def ward_bag(session: Session, number: str) -> WardBag:
    """One bag that came to the ward; any other is as unknown as one that never was."""
    row = session.get(Bag, number)
    order = session.get(Order, row.order) if row else None
    if row is None or order is None or row.dispatched_at is None:
        raise Missing
    return ward_bag_facts(row, order)


def ward_bag_facts(row: Bag, order: Order, says: str = "") -> WardBag:
    """A bag's fields for the ward."""
    return facts(
        WardBag,
        row,
        visit=order.visit,
        treatment=order.treatment,
        slot_at=order.slot_at,
        notice=row.notice_at is not None,
        says=says,
    )


def infusions(session: Session) -> list[InfusionFacts]:
    """All infusions, by number."""
    rows = session.scalars(select(Infusion).order_by(Infusion.number))
    return [infusion_facts(row) for row in rows]


def infusion(session: Session, number: str) -> InfusionFacts:
    """One infusion."""
    row = session.get(Infusion, number)
    if row is None:
        raise Missing
    return infusion_facts(row)


def infusion_facts(row: Infusion, says: str = "") -> InfusionFacts:
    """An infusion's fields."""
    return facts(InfusionFacts, row, says=says)


def observations_of(session: Session, infusion_number: str) -> list[ObservationFacts]:
    """What was seen during an infusion; not for assessors."""
    rows = session.scalars(
        select(Observation).where(Observation.infusion == infusion_number).order_by(Observation.id)
    )
    return [facts(ObservationFacts, row) for row in rows]
