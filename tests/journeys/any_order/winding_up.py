"""Wherever a day has stopped: from each open thing some role's action leads on, to its end."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import select

from lims.bags.models import Bag
from lims.bags.rules import GIVEN, TERMINAL, BagStanding
from lims.bank.destroying import DestroyVials, destroy_vials
from lims.bank.models import Vial
from lims.bank.rules import VialStanding
from lims.bedside import infusing
from lims.bedside.models import Infusion
from lims.bedside.rules import InfusionStanding
from lims.core.errors import Forbidden, Refused
from lims.core.quantities import Millilitres
from lims.demonstration.treating import D
from lims.deviations.actions import CloseDeviation, close_deviation
from lims.deviations.models import Deviation
from lims.deviations.rules import DeviationStanding
from lims.filling import actions as filling
from lims.filling import sessions
from lims.filling.models import Preparation
from lims.labelling.actions import EndLabel, destroy_label, void_label
from lims.labelling.queries import open_labels
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.release import actions as release
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from lims.trial import actions as trial
from lims.trial import ordering
from lims.trial.models import Participant
from lims.trial.rules import ParticipantStanding
from tests.support.worlds import World

Way = tuple[str, Any, Any, str]  # who, the action, the command, a second person
QA, BENCH = ("quinn", "qiu", "tang", "ana"), ("tang", "tian", "qiu")
KEPT = {VialStanding.THAWED, VialStanding.QC, VialStanding.DESTROYED}


def wound_up(world: World) -> None:
    """Bring everything that is open to its end by what people may do; fail where nobody can."""
    for kind in (infusions, bags, orders, open_sessions, vials, lots, deviations, participants):
        for what, ways in kind(world):
            led_on(world, what, ways)
    left = [what for kind in (infusions, bags, orders, open_sessions) for what, _ in kind(world)]
    assert left == []
    for bag in _all(world, Bag):
        assert bag.standing in TERMINAL, (bag.number, bag.standing)
    for order in _all(world, Order):
        given = {b.standing for b in _all(world, Bag, Bag.order == order.number)} & GIVEN
        assert given or order.standing is OrderStanding.CANCELLED, order.number


def led_on(world: World, what: str, ways: Sequence[Way]) -> None:
    """One of these ways leads on; or each refusal is told."""
    tried = []
    for who, wanted, command, second in ways:
        try:
            world.story.do(who, wanted, command, second)
        except Refused as refused:
            tried.append((who, wanted.path, [reason.code for reason in refused.reasons]))
        except Forbidden:
            tried.append((who, wanted.path, ["forbidden"]))
        else:
            return
    raise AssertionError((what, tried))


def infusions(world: World) -> Iterator[tuple[str, list[Way]]]:
    """A claimed bag is given back, what runs is ended."""
    for row in _all(world, Infusion):
        up = infusing.GiveUpInfusion(row.number, "the day is over")
        end = infusing.EndInfusion(row.number, Millilitres(D(60)), "sealed")
        if row.standing is InfusionStanding.VERIFIED:
            yield row.number, [("nora", infusing.give_up_infusion, up, "")]
        if row.standing is InfusionStanding.INFUSING:
            yield row.number, [("nora", infusing.end_infusion, end, "")]


def bags(world: World) -> Iterator[tuple[str, list[Way]]]:
    """In the laboratory they are given up, on the ward accounted for."""
    for row in _all(world, Bag, Bag.standing.not_in(TERMINAL)):
        up = filling.DiscardBag(row.number, False, "the day is over")
        back = infusing.AccountForBag(row.number, BagStanding.RETURNED, "the day is over")
        if row.dispatched_at is None:
            yield row.number, [(who, filling.discard_bag, up, _other(who)) for who in BENCH]
        else:
            yield row.number, [("nora", infusing.account_for_bag, back, "niu")]


def orders(world: World) -> Iterator[tuple[str, list[Way]]]:
    """What is not given is cancelled."""
    for row in _all(world, Order, Order.standing != OrderStanding.CANCELLED):
        mine = {bag.standing for bag in _all(world, Bag, Bag.order == row.number)}
        if not mine & GIVEN:
            wanted = ordering.OfOrder(row.number, "the day is over")
            yield row.number, [("nora", ordering.cancel_order, wanted, "")]


def open_sessions(world: World) -> Iterator[tuple[str, list[Way]]]:
    """Their labels accounted for, they are closed."""
    for row in _all(world, Preparation, Preparation.closed_at.is_(None)):
        with world.site.reading() as session:
            labels = open_labels(session, row.number)
        for code in labels:
            end = EndLabel(code, "the day is over")
            yield code, [("tang", destroy_label, end, "tian"), ("tang", void_label, end, "tian")]
        wanted = sessions.ClosePreparation(row.number)
        yield row.number, [("tang", sessions.close_preparation, wanted, "")]


def vials(world: World) -> Iterator[tuple[str, list[Way]]]:
    """What is left, or was held for a bag that has ended, can be destroyed."""
    for row in _all(world, Vial, Vial.standing.not_in(KEPT)):
        wanted = DestroyVials((row.number,), "the day is over")
        yield row.number, [("tian", destroy_vials, wanted, "tang")]


def lots(world: World) -> Iterator[tuple[str, list[Way]]]:
    """What waits for QA is decided by somebody who had no hands in it."""
    acts = (release.return_lot, release.reject_lot, release.recall_lot)
    for row in _all(world, Lot, Lot.standing.in_([LotStanding.HOLD, LotStanding.QUARANTINE])):
        wanted = release.JudgeLot(row.number, "the day is over")
        yield row.number, [(who, act, wanted, "") for act in acts for who in QA]


def deviations(world: World) -> Iterator[tuple[str, list[Way]]]:
    """Each can be closed by somebody."""
    for row in _all(world, Deviation, Deviation.standing == DeviationStanding.OPEN):
        wanted = CloseDeviation(row.number, "no effect")
        yield row.number, [(who, close_deviation, wanted, "") for who in QA]


def participants(world: World) -> Iterator[tuple[str, list[Way]]]:
    """Who is in treatment can leave it, whatever has happened."""
    for row in _all(world, Participant):
        if row.standing is not ParticipantStanding.WITHDRAWN:
            wanted = trial.WithdrawParticipant(row.number, "wishes so")
            yield row.number, [("ines", trial.withdraw_participant, wanted, "")]


def _other(who: str) -> str:
    return "tian" if who == "tang" else "tang"


def _all(world: World, table: Any, *where: Any) -> list[Any]:
    key: Callable[..., Any] = table.__table__.primary_key.columns[0]
    with world.site.reading() as session:
        return list(session.scalars(select(table).where(*where).order_by(key)))
