"""What waits on the ward before the bedside."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.rules import GIVEN, ON_THE_WARD
from lims.core.days import end_of
from lims.core.texts import say
from lims.labelling import outdating
from lims.labelling.rules import PrinterSide
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.protocol.queries import trial_in_force
from lims.trial import queries
from lims.trial.actions import confirm_weight, randomise, sign_fitness
from lims.trial.deviating import deviate_from_protocol
from lims.trial.fitness import fitness_by_visit
from lims.trial.models import Participant
from lims.trial.rules import ParticipantStanding, WeighingStanding, fitness_reasons
from lims.trial.views import pages
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.tables import Todo

P = ParticipantStanding
LATE_AFTER = timedelta(hours=1)  # a bag may still come so late


@pages.todo(Permission.WEIGH)
def to_order(at: RequestContext) -> Sequence[Todo]:
    """Participants whose next infusion has to be weighed for and ordered."""
    trial = trial_in_force(at)
    return [
        Todo(
            say("weigh-and-order"),
            p.number,
            say("infusion-visit", visit=visit),
            end_of(window.last, at.zone),
        )
        for p, visit, window in queries.next_visits(at.session, trial, at.zone)
        if window.last >= at.today
        and not any(o.visit == visit and not o.cancelled for o in p.orders)
    ] + [
        Todo(say("order-again"), number, say("its-slot-is-over", order=o.number), o.slot_at)
        for number, o in orders_outlived(at.session, at.now - LATE_AFTER)
    ]


@pages.todo(Permission.DECIDE_PARTICIPANT)
def to_decide(at: RequestContext) -> Sequence[Todo]:
    """Participants who wait for the investigator."""
    trial = trial_in_force(at)
    due = queries.next_visits(at.session, trial, at.zone)
    everybody = queries.participants_that_are(at.session, P.SCREENING, P.ELIGIBLE, P.RANDOMISED)
    fitness = fitness_by_visit(at.session, [p.number for p in everybody])
    todos = [
        Todo(say("screen"), p.number, p.initials, href=f"/trial/participants/{p.number}/screening")
        for p in everybody
        if p.standing is P.SCREENING
    ] + [
        Todo(say("randomise"), p.number, p.initials, act=randomise)
        for p in everybody
        if p.standing is P.ELIGIBLE
    ]
    return (
        todos
        + [
            Todo(
                say("sign-fitness"),
                p.number,
                say("before-infusion-visit", visit=visit),
                end_of(window.last, at.zone),
                act=sign_fitness,
            )
            for p, visit, window in due
            if window.first <= at.today <= window.last
            and fitness_reasons(fitness.get((p.number, visit)), at.now, trial.fitness.max_age_hours)
        ]
        + [
            Todo(
                say("decide-on-visit"),
                p.number,
                say("infusion-visit-is-late", visit=visit),
                act=deviate_from_protocol,
            )
            for p, visit, window in due
            if window.last < at.today
        ]
        + [
            Todo(say("confirm-weight"), p.number, say("far-from-the-last-one"), act=confirm_weight)
            for p in everybody
            if p.newest_weighing is WeighingStanding.UNLIKELY
        ]
        + [
            Todo(say("replace-label"), number, say("its-label-says-what-is"))
            for number in outdating.to_replace(at.session, PrinterSide.WARD)
        ]
    )


def orders_outlived(session: Session, before: datetime) -> list[tuple[str, queries.WardOrder]]:
    """Whose orders had a slot before this moment, of which nothing was given or is on its way."""
    still = select(Bag.order).where(Bag.standing.in_(GIVEN | ON_THE_WARD))
    past = (Order.slot_at < before) & (Order.standing != OrderStanding.CANCELLED)
    found = (
        select(Participant.number, Order)
        .join(Order, Order.treatment == Participant.treatment)
        .where(past, Order.number.not_in(still))
    )
    return [
        (who, queries.ward_order(row)) for who, row in session.execute(found.order_by(Order.number))
    ]
