"""Reads of bags and infusions on the ward."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.rules import STOPPED, BagStanding
from lims.bedside.models import Infusion, Observation
from lims.bedside.rules import InfusionStanding
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.quantities import Celsius, Millilitres
from lims.core.telling import Told
from lims.orders.models import Order
from lims.trust.amending import Was, recorded, what_was


@dataclass(frozen=True)
class ObservationFacts:
    """What was seen."""

    id: int
    infusion: str
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
    was: tuple[Was, ...] = ()
    says: Told = ""


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
    says: Told = ""


_CAME = select(Bag).where(Bag.dispatched_at.is_not(None))
BAGS = Listing((Bag.number,), finds=(Bag.number,), stands=Bag.standing, newest_first=False)


def ward_bags(session: Session, asked: Asked = EVERYTHING) -> Listed[WardBag]:
    """The bags that came to the ward, by number: the order says nothing of time."""
    page = one_page(session, _CAME, BAGS, asked)
    return page.told(_with_order(session, page.rows))


def bags_to_see(session: Session) -> list[WardBag]:
    """The bags that wait for somebody on the ward."""
    waits = Bag.standing.in_((BagStanding.DISPATCHED, BagStanding.RECEIVED, *STOPPED))
    found = _CAME.where(waits).order_by(Bag.number)
    return _with_order(session, session.scalars(found).all())


def _with_order(session: Session, rows: Sequence[Bag]) -> list[WardBag]:
    wanted = select(Order).where(Order.number.in_([row.order for row in rows]))
    orders = {order.number: order for order in session.scalars(wanted)}
    return [ward_bag_facts(row, orders[row.order]) for row in rows]


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


INFUSIONS = Listing(
    (Infusion.number,),
    finds=(Infusion.number, Infusion.participant),
    stands=Infusion.standing,
    sorts={"participant": Infusion.participant, "no": Infusion.visit},
    newest_first=False,
)


def infusions(session: Session, asked: Asked = EVERYTHING) -> Listed[InfusionFacts]:
    """All infusions, by number: the order says nothing of time."""
    page = one_page(session, select(Infusion), INFUSIONS, asked)
    return page.told(infusion_facts(row) for row in page.rows)


def verified_with(session: Session, bag: str) -> InfusionFacts | None:
    """The infusion of a bag that was verified and not started."""
    mine = (Infusion.bag == bag) & (Infusion.standing == InfusionStanding.VERIFIED)
    row = session.scalar(select(Infusion).where(mine))
    return None if row is None else infusion_facts(row)


def infusions_that_are(session: Session, *standings: InfusionStanding) -> list[InfusionFacts]:
    """Every infusion of these standings, by number."""
    found = select(Infusion).where(Infusion.standing.in_(standings))
    return [infusion_facts(row) for row in session.scalars(found.order_by(Infusion.number))]


def infusion(session: Session, number: str) -> InfusionFacts:
    """One infusion."""
    row = session.get(Infusion, number)
    if row is None:
        raise Missing
    was = what_was(session, Infusion, [number]).get(number, ())
    return replace(infusion_facts(row), was=tuple(was))


def infusion_facts(row: Infusion, says: str = "") -> InfusionFacts:
    """An infusion's fields."""
    return facts(InfusionFacts, row, was=(), says=says)


def observation(session: Session, observation: str) -> ObservationFacts:
    """One observation; not for assessors."""
    return facts(ObservationFacts, recorded(session, Observation, observation))


def observations_of(session: Session, infusion_number: str) -> list[ObservationFacts]:
    """What was seen during an infusion; not for assessors."""
    rows = session.scalars(
        select(Observation)
        .where(Observation.infusion == infusion_number)
        .order_by(Observation.at, Observation.id)
    )
    return [facts(ObservationFacts, row) for row in rows]
