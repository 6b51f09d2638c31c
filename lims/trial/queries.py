"""Reads of participants. A weight that only one person entered is shown to nobody."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.rules import GIVEN
from lims.core.days import day_of
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.gathering import gathered
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.quantities import Kilograms
from lims.core.telling import Made, Told
from lims.orders.models import Order
from lims.orders.queries import is_paused
from lims.orders.rules import OrderStanding
from lims.protocol.sections import Trial
from lims.trial.fitness import fitness_of
from lims.trial.models import Participant, ScreeningAnswer, Weighing
from lims.trial.rules import (
    OrderEvidence,
    ParticipantStanding,
    Sex,
    WeighingStanding,
)
from lims.trial.weighings import confirmed_weighing, newest_weighing
from lims.trial.windows import Window, visit_window, visits_in
from lims.trust.amending import Was, what_was


@dataclass(frozen=True)
class WeighingFacts:
    """A weighing; the weight only when two people agreed."""

    id: int
    visit: int
    weight: Kilograms | None
    standing: WeighingStanding
    by: str
    second_by: str | None
    at: datetime
    settled_by: str | None
    settled_because: str


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

    number: Made
    initials: str
    sex: Sex
    born_on: date
    consent_version: str
    consent_at: datetime
    stratum: str
    standing: ParticipantStanding
    treatment: str | None
    randomised_at: datetime | None
    first_infusion_at: datetime | None
    last_infusion_at: datetime | None
    code_broken_at: datetime | None
    code_broken_by: str
    withdrawn_because: str
    missed: str
    late_visit: int | None
    was: tuple[Was, ...]
    weighings: tuple[WeighingFacts, ...]
    orders: tuple[WardOrder, ...]
    says: Told = ""

    @property
    def newest_weighing(self) -> WeighingStanding | None:
        """Where the newest weighing stands."""
        return self.weighings[-1].standing if self.weighings else None


PARTICIPANTS = Listing(
    (Participant.number,),
    finds=(Participant.number, Participant.initials, Participant.treatment),
    stands=Participant.standing,
    sorts={"initials": Participant.initials, "born": Participant.born_on},
    newest_first=False,
)


def participants(session: Session, asked: Asked = EVERYTHING) -> Listed[ParticipantFacts]:
    """All participants, by number: the order says nothing of time."""
    page = one_page(session, select(Participant), PARTICIPANTS, asked)
    return page.told(_with_orders(session, page.rows))


def enrolment(session: Session) -> list[datetime]:
    """When each participant was randomised, in order."""
    drawn = Participant.randomised_at
    found = session.scalars(select(drawn).where(drawn.is_not(None)).order_by(drawn))
    return [at for at in found if at]


def participants_that_are(
    session: Session, *standings: ParticipantStanding
) -> list[ParticipantFacts]:
    """Every participant of these standings, by number."""
    found = select(Participant).where(Participant.standing.in_(standings))
    return _with_orders(session, session.scalars(found.order_by(Participant.number)).all())


def participant(session: Session, number: str) -> ParticipantFacts:
    """One participant."""
    row = session.get(Participant, number)
    if row is None:
        raise Missing
    return participant_facts(session, row)


def participant_facts(session: Session, row: Participant, says: str = "") -> ParticipantFacts:
    """A participant with weighings and orders."""
    (found,) = _with_orders(session, [row], says)
    return found


def _with_orders(
    session: Session, rows: Sequence[Participant], says: str = ""
) -> list[ParticipantFacts]:
    of_these = select(Weighing).where(Weighing.participant.in_([row.number for row in rows]))
    weighed = gathered(session, of_these.order_by(Weighing.id), Weighing.participant)
    treatments = [row.treatment for row in rows if row.treatment]
    ordered = select(Order).where(Order.treatment.in_(treatments))
    orders = gathered(session, ordered.order_by(Order.visit, Order.slot_at), Order.treatment)
    was = what_was(session, Participant, [row.number for row in rows])
    return [
        facts(
            ParticipantFacts,
            row,
            weighings=tuple(_weighing(found) for found in weighed[row.number]),
            orders=tuple(ward_order(found) for found in orders[row.treatment]),
            was=tuple(was.get(row.number, ())),
            says=says,
        )
        for row in rows
    ]


def ward_order(row: Order) -> WardOrder:
    """An order as the ward sees it."""
    return facts(WardOrder, row, cancelled=row.standing is OrderStanding.CANCELLED)


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
    return [ward_order(row) for row in rows]


def answers_of(session: Session, number: str) -> dict[str, str]:
    """The newest answer to each criterion."""
    rows = session.execute(
        select(ScreeningAnswer.code, ScreeningAnswer.value)
        .where(ScreeningAnswer.participant == number)
        .order_by(ScreeningAnswer.id)
    )
    return {code: value for code, value in rows}  # noqa: C416 -- rows are not plain tuples


def weight_before(session: Session, number: str, visit: int) -> Kilograms | None:
    """The last weight on which two people agreed at an earlier visit, or that of the screening."""
    earlier = select(Weighing.weight).where(
        Weighing.participant == number,
        Weighing.visit < visit,
        Weighing.standing == WeighingStanding.CONFIRMED,
    )
    found = session.scalar(earlier.order_by(Weighing.id.desc()).limit(1))
    if found is not None:
        return found
    screened = answers_of(session, number).get("weight")
    return Kilograms(Decimal(screened)) if screened else None


def seen_by(known: "Participant | ParticipantFacts") -> frozenset[str]:
    """Who has seen what this participant was given."""
    return frozenset(known.code_broken_by.split())


def next_visit(
    session: Session, infusions: int, known: "Participant | ParticipantFacts"
) -> int | None:
    """The infusion that comes next: not given, not declared missed; None after the last."""
    over = done_visits(session, known.treatment) | visits_in(known.missed)
    return _first_open(infusions, over)


def _first_open(infusions: int, done: Collection[int]) -> int | None:
    return next((visit for visit in range(1, infusions + 1) if visit not in done), None)


_GIVEN = select(Order).join(Bag, Bag.order == Order.number).where(Bag.standing.in_(GIVEN))


def done_visits(session: Session, treatment: str | None) -> frozenset[int]:
    """The infusions that were given, wholly or in part."""
    given = session.scalars(_GIVEN.where(Order.treatment == treatment))
    return frozenset(order.visit for order in given)


def window_of(trial: Trial, row: Participant, visit: int, zone: ZoneInfo) -> Window | None:
    """The days of a visit, the late ones too where they were allowed; None before the first."""
    late = trial.schedule.late_days if row.late_visit == visit else 0
    return planned_window(trial, row, visit, zone, late)


def planned_window(
    trial: Trial, row: Participant | ParticipantFacts, visit: int, zone: ZoneInfo, late: int = 0
) -> Window | None:
    """The days of a visit by the protocol; None before the first infusion."""
    if row.first_infusion_at is None or visit == 1:
        return None
    plan = trial.schedule
    first = day_of(row.first_infusion_at, zone)
    return visit_window(first, visit, plan.interval_days, plan.window_days, late)


def order_evidence(
    session: Session, trial: Trial, row: Participant, visit: int, zone: ZoneInfo
) -> OrderEvidence:
    """What an order for this visit rests on."""
    newest = newest_weighing(session, row.number)
    weighing = confirmed_weighing(session, row.number, visit)
    live = [o for o in orders_of(session, row.treatment) if o.visit == visit and not o.cancelled]
    return OrderEvidence(
        standing=row.standing,
        paused=is_paused(session),
        visit=visit,
        infusions=trial.schedule.infusions,
        done_visits=done_visits(session, row.treatment) | visits_in(row.missed),
        weighed_at=weighing.second_at if weighing else None,
        newest_weighing=newest.standing if newest else None,
        fitness=fitness_of(session, row.number, visit),
        window=window_of(trial, row, visit, zone),
        last_infusion=day_of(row.last_infusion_at, zone) if row.last_infusion_at else None,
        has_order=bool(live),
    )


def next_visits(
    session: Session, trial: Trial, zone: ZoneInfo
) -> list[tuple[ParticipantFacts, int, Window]]:
    """Each randomised participant's next infusion with its window."""
    under_way = select(Participant).where(Participant.standing == ParticipantStanding.RANDOMISED)
    rows = session.scalars(under_way.order_by(Participant.number)).all()
    given = gathered(session, _GIVEN, Order.treatment)
    found = []
    for row, known in zip(rows, _with_orders(session, rows), strict=True):
        done = {order.visit for order in given[row.treatment]} | visits_in(row.missed)
        visit = _first_open(trial.schedule.infusions, done)
        if visit is None or row.randomised_at is None:
            continue
        start = day_of(row.randomised_at, zone)
        week = timedelta(days=7)
        window = window_of(trial, row, visit, zone) or Window(start, start + week, start + 2 * week)
        found.append((known, visit, window))
    return found
