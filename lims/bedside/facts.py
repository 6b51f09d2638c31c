"""What the verdict needs, in three statements built once: it is asked with a participant waiting."""

from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, bindparam, func, literal, select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.rules import GIVEN, BagStanding
from lims.bedside.models import Infusion
from lims.bedside.rules import (
    BagAtBedside,
    DoseThen,
    InfusionStanding,
    Limits,
    ParticipantAtBedside,
)
from lims.core.days import day_of
from lims.core.prepared import Prepared
from lims.labelling.models import Label
from lims.labelling.queries import LIVE
from lims.labelling.rules import LabelStanding
from lims.orders.models import Order, TrialPause
from lims.orders.rules import OrderStanding
from lims.protocol.queries import digest_of, trial_of_digest
from lims.protocol.sections import Trial
from lims.trial.models import Fitness, FitnessUndone, Participant, Weighing
from lims.trial.rules import FitnessFacts, WeighingStanding
from lims.trial.windows import visit_window, visits_in
from lims.trust.identity.people import Person

BAG, ORDER, LABEL, INFUSION, PERSON = (
    cast("Table", model.__table__) for model in (Bag, Order, Label, Infusion, Person)
)
PARTICIPANT, WEIGHING, FITNESS, UNDONE, PAUSE = (
    cast("Table", model.__table__)
    for model in (Participant, Weighing, Fitness, FitnessUndone, TrialPause)
)
# In the text, not beside it: SQLite can only then use the index of live infusions.
_GIVEN_UP = literal(InfusionStanding.GIVEN_UP, INFUSION.c.standing.type, literal_execute=True)
_THIS_BAG = Prepared(
    select(
        BAG.c.number,
        BAG.c.standing,
        BAG.c.dispatched_at,
        BAG.c.expires_at,
        BAG.c.notice_at,
        ORDER.c.treatment,
        ORDER.c.visit,
        ORDER.c.weight,
        ORDER.c.standing.label("order_standing"),
        digest_of(ORDER.c.protocol).label("judged_by"),
        LABEL.c.copy,
        PERSON.c.name.label("used_by"),
        INFUSION.c.verified_at.label("used_at"),
    )
    .join(ORDER, ORDER.c.number == BAG.c.order)
    .outerjoin(LABEL, (LABEL.c.number == BAG.c.number) & (LABEL.c.standing == LabelStanding.ACTIVE))
    .outerjoin(
        INFUSION,
        (INFUSION.c.bag == BAG.c.number) & (INFUSION.c.standing != _GIVEN_UP),
    )
    .outerjoin(PERSON, PERSON.c.login == INFUSION.c.verified_by)
    .where(BAG.c.number == bindparam("bag"))
)
_HELD = Prepared(  # its order too, so that neither is cancelled nor dispatched meanwhile
    select(BAG.c.number)
    .join(ORDER, ORDER.c.number == BAG.c.order)
    .where(BAG.c.number == bindparam("bag"))
    .with_for_update()
)
_THIS_PERSON = Prepared(  # one row for each infusion that was given, or one
    select(
        PARTICIPANT.c.number,
        PARTICIPANT.c.treatment,
        PARTICIPANT.c.standing,
        PARTICIPANT.c.first_infusion_at,
        PARTICIPANT.c.last_infusion_at,
        PARTICIPANT.c.missed,
        PARTICIPANT.c.late_visit,
        LABEL.c.copy,
        BAG.c.number.label("given"),
        ORDER.c.visit,
    )
    .outerjoin(LABEL, (LABEL.c.number == PARTICIPANT.c.number) & LABEL.c.standing.in_(LIVE))
    .outerjoin(ORDER, ORDER.c.treatment == PARTICIPANT.c.treatment)
    .outerjoin(BAG, (BAG.c.order == ORDER.c.number) & BAG.c.standing.in_(GIVEN))
    .where(PARTICIPANT.c.number == bindparam("person"))
)
_NEWEST_FITNESS = (
    select(FITNESS)
    .where(FITNESS.c.participant == bindparam("person"), FITNESS.c.visit == bindparam("visit"))
    .order_by(FITNESS.c.id.desc())
    .limit(1)
)
_THIS_VISIT = Prepared(
    select(
        select(WEIGHING.c.weight)
        .where(
            WEIGHING.c.participant == bindparam("person"),
            WEIGHING.c.visit == bindparam("visit"),
            WEIGHING.c.standing == WeighingStanding.CONFIRMED,
        )
        .order_by(WEIGHING.c.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("weight"),
        select(WEIGHING.c.standing)
        .where(WEIGHING.c.participant == bindparam("person"))
        .order_by(WEIGHING.c.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("weighing"),
        _NEWEST_FITNESS.with_only_columns(FITNESS.c.fit).scalar_subquery().label("fit"),
        _NEWEST_FITNESS.with_only_columns(FITNESS.c.at).scalar_subquery().label("fit_at"),
        select(func.max(UNDONE.c.at))
        .where(UNDONE.c.participant == bindparam("person"), UNDONE.c.visit == bindparam("visit"))
        .scalar_subquery()
        .label("undone_at"),
        select(PAUSE.c.paused)
        .order_by(PAUSE.c.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("paused"),
    )
)


def bag_at_bedside(connection: Connection, number: str, copy: int | None) -> BagAtBedside | None:
    """The bag that was scanned, by this copy of its label; held until the transaction ends.

    It is held first and read then: what the other nurse did meanwhile is seen.
    """
    if connection.dialect.name == "postgresql":
        _HELD.rows(connection, bag=number)
    row = _THIS_BAG.first(connection, bag=number)
    if row is None:
        return None
    return BagAtBedside(
        number=row.number,
        treatment=row.treatment,
        visit=row.visit,
        standing=row.standing,
        seen_on_ward=row.dispatched_at is not None,
        expires_at=row.expires_at,
        ordered_weight=row.weight,
        dose=_dose_then(connection, row.judged_by),
        order_cancelled=row.order_standing is OrderStanding.CANCELLED,
        label_is_active=row.copy is not None and copy in {None, row.copy},
        notice=row.notice_at is not None,
        used_by=row.used_by,
        used_at=row.used_at,
    )


def _dose_then(connection: Connection, judged_by: str | None) -> DoseThen:
    trial = trial_of_digest(connection, judged_by or "")
    return DoseThen(trial.dose.cells_per_kg, trial.weight.reweigh_pct)


def person_at_bedside(
    connection: Connection, trial: Trial, number: str, copy: int | None, zone: ZoneInfo
) -> tuple[ParticipantAtBedside | None, Limits]:
    """Who wears this wristband (`copy` of it, if one was scanned), and the protocol's limits."""
    rows = _THIS_PERSON.rows(connection, person=number)
    over = {row.visit for row in rows if row.given}
    if rows and rows[0].missed:
        over |= visits_in(rows[0].missed)
    visit = next((v for v in range(1, trial.schedule.infusions + 1) if v not in over), None)
    now = _THIS_VISIT.first(connection, person=number, visit=visit)
    limits = Limits(
        planned_minutes=trial.infusion.planned_minutes,
        reweigh_pct=trial.weight.reweigh_pct,
        fitness_hours=trial.fitness.max_age_hours,
        min_gap_days=trial.schedule.min_gap_days,
        cells_per_kg=trial.dose.cells_per_kg,
        paused=bool(now.paused),
    )
    if not rows:
        return None, limits
    row = rows[0]
    first, last = row.first_infusion_at, row.last_infusion_at
    later = visit is not None and visit > 1 and first is not None
    plan = trial.schedule
    person = ParticipantAtBedside(
        number=row.number,
        treatment=row.treatment,
        standing=row.standing,
        next_visit=visit,
        window=visit_window(
            day_of(first, zone),
            visit or 1,
            plan.interval_days,
            plan.window_days,
            plan.late_days if row.late_visit == visit else 0,
        )
        if later
        else None,
        last_infusion=day_of(last, zone) if last else None,
        fitness=FitnessFacts(now.fit, now.fit_at, now.undone_at) if now.fit_at else None,
        weight=now.weight,
        newest_weighing=now.weighing,
        wristband_is_live=copy is None or row.copy == copy,
    )
    return person, limits


def second_identifier(connection: Connection, number: str) -> tuple[str, int]:
    """A participant's initials and year of birth, to compare with what they say themselves."""
    asked = select(PARTICIPANT.c.initials, PARTICIPANT.c.born_on)
    found = connection.execute(asked.where(PARTICIPANT.c.number == number)).one()
    return found.initials, found.born_on.year


def pair_on_the_ward(session: Session, now: datetime) -> tuple[str, str] | None:
    """A participant and the bag that is for them, received and lasting; None where there is none."""
    lasting = (Bag.standing == BagStanding.RECEIVED) & (Bag.expires_at > now)
    of_bag = select(Participant.number, Bag.number).join(Order, Order.number == Bag.order)
    mine = of_bag.join(Participant, Participant.treatment == Order.treatment)
    row = session.execute(mine.where(lasting).order_by(Bag.number)).first()
    return (row[0], row[1]) if row else None
