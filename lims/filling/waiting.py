"""What waits at the bench and for QA's word on a bag."""

from collections.abc import Sequence
from datetime import timedelta

from lims.bags.queries import BagFacts, bags_that_are, lost_of
from lims.bags.rules import IN_THE_LABORATORY, STOPPED, BagStanding
from lims.bank.queries import stored_lots
from lims.core.quantities import Percent
from lims.core.texts import joined, named, say
from lims.filling import dose, giving_back, queries
from lims.filling.actions import discard_bag
from lims.filling.finishing import release_bag
from lims.filling.views import pages
from lims.orders.queries import orders_that_are
from lims.orders.rules import OrderAtBench, OrderStanding, bench_reasons, target_dose
from lims.protocol.queries import trial_in_force
from lims.protocol.sections import Trial
from lims.supplies.rules import LotStanding
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.tables import Todo

OVER = frozenset({LotStanding.REJECTED, LotStanding.RECALLED})


@pages.todo(Permission.FILL_BAG)
def to_fill(at: RequestContext) -> Sequence[Todo]:
    """Orders wait to be filled, the soonest slot first."""
    trial = trial_in_force(at)
    lead = timedelta(minutes=trial.preparation.lead_time_minutes)
    wanted = [o for o in orders_that_are(at.session, OrderStanding.REQUESTED) if o.slot_at > at.now]
    lost = lost_of(at.session, [o.number for o in wanted])
    waiting = [
        Todo(
            say("fill-order"),
            o.number,
            joined(
                "between.sentences",
                [
                    say("weight-visit-visit", weight=o.weight, visit=o.visit),
                    *(
                        say("bag-was-lost", bag=b.number, standing=named(b.standing))
                        for b in lost.get(o.number, ())
                    ),
                ],
            ),
            o.slot_at,
            f"/filling/?order={o.number}",
            opens=o.slot_at - lead,
        )
        for o in wanted
    ]
    here = [
        b for b in bags_that_are(at.session, *IN_THE_LABORATORY, *STOPPED) if not b.dispatched_at
    ]
    begun = [b for b in here if b.standing in {BagStanding.FILLING, BagStanding.DRAWN}]
    news = queries.orders_at_bench(at, [b.order for b in begun])
    half = [
        Todo(say("finish-bag"), b.number, _state(b, news[b.order]), b.expires_at)
        for b in begun
        if b.expires_at > at.now
    ]
    dead = [
        Todo(
            say("dispose-of-bag"),
            b.number,
            say("destroy-it-with-a-witness"),
            b.expires_at,
            act=discard_bag,
        )
        for b in here
        if b.standing in STOPPED or b.expires_at <= at.now
    ]
    return [*half, *dead, *waiting, *_left_over(at, trial)]


def _left_over(at: RequestContext, trial: Trial) -> list[Todo]:
    """Vials that no bag will be made of: too few for any dose, or of a lot that is over."""
    least = target_dose(trial.weight.min_kg, trial.dose.cells_per_kg)
    recovery, overage = trial.preparation.expected_recovery_pct, trial.preparation.overage_pct
    todos = []
    for lot in stored_lots(at.session):
        each = dose.after_thaw(lot.viable_per_vial, Percent(recovery))
        few = lot.stored < dose.vials_needed(least, each, Percent(overage))
        if lot.standing in OVER or lot.expires_on < at.today or (lot.was_released and few):
            says = say("vials-of-it-are-left", count=lot.stored)
            todos.append(Todo(say("use-up-vials"), lot.number, says))
    return todos


def _state(found: BagFacts, order: OrderAtBench) -> str:
    news = bench_reasons(order)
    state = say("is-standing", standing=found.standing)
    return joined("between.sentences", [state, *(reason.sentence for reason in news)])


@pages.todo(Permission.RELEASE_BAG)
def to_release(at: RequestContext) -> Sequence[Todo]:
    """Drawn bags wait for QA's conditional release, stopped ones for a judgement."""
    together = [
        Todo(say("judge-stopped-bags"), number, say("give-them-back-or-have-them"))
        for number in giving_back.sessions_stopped(at.session)
    ]
    alone = [
        Todo(say("judge-stopped-bag"), b.number, b.because, b.expires_at)
        for b in giving_back.bags_stopped_alone(at.session)
    ]
    return [
        *together,
        *alone,
        *(
            Todo(
                say("release-bag"),
                b.number,
                say("conditional-release"),
                b.expires_at,
                act=release_bag,
            )
            for b in bags_that_are(at.session, BagStanding.DRAWN)
            if b.expires_at > at.now
        ),
    ]
