"""What the verdict needs, in three statements built once: it is asked with a participant waiting."""

from datetime import tzinfo
from typing import cast

from sqlalchemy import Connection, Table, bindparam, select

from lims.bags.models import Bag
from lims.bedside.models import Infusion, InfusionStanding
from lims.bedside.rules import BagAtBedside, Limits, ParticipantAtBedside
from lims.labelling.models import Label, LabelStanding
from lims.labelling.queries import LIVE
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.protocol.queries import Trial
from lims.trial.models import Fitness, Participant, TrialPause, Weighing, WeighingStanding
from lims.trial.queries import DONE
from lims.trial.rules import visit_window
from lims.trust.people import Person

BAG, ORDER, LABEL, INFUSION, PERSON = (
    cast("Table", model.__table__) for model in (Bag, Order, Label, Infusion, Person)
)
PARTICIPANT, WEIGHING, FITNESS, PAUSE = (
    cast("Table", model.__table__) for model in (Participant, Weighing, Fitness, TrialPause)
)
_THIS_BAG = (
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
        LABEL.c.copy,
        PERSON.c.name.label("used_by"),
        INFUSION.c.verified_at.label("used_at"),
    )
    .join(ORDER, ORDER.c.number == BAG.c.order)
    .outerjoin(LABEL, (LABEL.c.number == BAG.c.number) & (LABEL.c.standing == LabelStanding.ACTIVE))
    .outerjoin(
        INFUSION,
        (INFUSION.c.bag == BAG.c.number) & (INFUSION.c.standing != InfusionStanding.GIVEN_UP),
    )
    .outerjoin(PERSON, PERSON.c.login == INFUSION.c.verified_by)
    .where(BAG.c.number == bindparam("bag"))
)
_HELD = select(BAG.c.number).where(BAG.c.number == bindparam("bag")).with_for_update()
_THIS_PERSON = (  # one row for each infusion that was given, or one
    select(
        PARTICIPANT.c.number,
        PARTICIPANT.c.treatment,
        PARTICIPANT.c.standing,
        PARTICIPANT.c.first_infusion_at,
        LABEL.c.copy,
        BAG.c.number.label("given"),
        ORDER.c.visit,
    )
    .outerjoin(LABEL, (LABEL.c.number == PARTICIPANT.c.number) & LABEL.c.standing.in_(LIVE))
    .outerjoin(ORDER, ORDER.c.treatment == PARTICIPANT.c.treatment)
    .outerjoin(BAG, (BAG.c.order == ORDER.c.number) & BAG.c.standing.in_(DONE))
    .where(PARTICIPANT.c.number == bindparam("person"))
)
_THIS_VISIT = select(
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
    select(FITNESS.c.fit)
    .where(FITNESS.c.participant == bindparam("person"), FITNESS.c.visit == bindparam("visit"))
    .order_by(FITNESS.c.id.desc())
    .limit(1)
    .scalar_subquery()
    .label("fit"),
    select(PAUSE.c.paused).order_by(PAUSE.c.id.desc()).limit(1).scalar_subquery().label("paused"),
)


def bag_at_bedside(connection: Connection, number: str, copy: int | None) -> BagAtBedside | None:
    """The bag that was scanned, by this copy of its label; held until the transaction ends.

    It is held first and read then: what the other nurse did meanwhile is seen.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_HELD, {"bag": number})
    row = connection.execute(_THIS_BAG, {"bag": number}).first()
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
        order_cancelled=row.order_standing is OrderStanding.CANCELLED,
        label_is_active=row.copy is not None and copy in {None, row.copy},
        notice=row.notice_at is not None,
        used_by=row.used_by,
        used_at=row.used_at,
    )


def person_at_bedside(
    connection: Connection, trial: Trial, number: str, copy: int | None, zone: tzinfo
) -> tuple[ParticipantAtBedside | None, Limits]:
    """Who wears this wristband (`copy` of it, if one was scanned), and the protocol's limits."""
    rows = connection.execute(_THIS_PERSON, {"person": number}).all()
    given = {row.visit for row in rows if row.given}
    visit = next((v for v in range(1, trial.infusions + 1) if v not in given), None)
    asked = {"person": number, "visit": visit}
    now = connection.execute(_THIS_VISIT, asked).one()
    limits = Limits(trial.planned_minutes, trial.dose_action_pct, bool(now.paused), zone)
    if not rows:
        return None, limits
    row = rows[0]
    first = row.first_infusion_at
    later = visit is not None and visit > 1 and first is not None
    person = ParticipantAtBedside(
        number=row.number,
        treatment=row.treatment,
        standing=row.standing,
        next_visit=visit,
        window=visit_window(first.date(), visit or 1, trial.interval_days, trial.window_days)
        if later
        else None,
        fit=now.fit,
        weight=now.weight,
        wristband_is_live=copy is None or row.copy == copy,
    )
    return person, limits
