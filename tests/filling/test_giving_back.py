"""A hold that proves false gives back what it stopped; what is lost is asked for anew."""

from decimal import Decimal

import pytest

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bedside import actions as bedside
from lims.bedside import infusing
from lims.core.quantities import Celsius, Millilitres
from lims.demonstration import treating
from lims.filling import giving_back
from lims.filling.actions import DiscardBag, discard_bag
from lims.filling.expiring import ExpireBags, expire_bags
from lims.filling.models import Fill
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.release.actions import JudgeLot, hold_lot, return_lot
from lims.trial.models import Participant
from lims.trust.actions import Request, perform
from lims.trust.identity.people import PROGRAM
from tests.support.scenes import codes, row, turned_away
from tests.support.worlds import World

Scene = tuple[World, treating.Baby, treating.Baby]
B = BagStanding


def session_of(world: World, bag: str) -> str:
    return str(row(world, Fill, bag).session)


def back(world: World, bag: str) -> giving_back.GiveBackSession:
    return giving_back.GiveBackSession(
        session_of(world, bag), "the supplier's alarm was for another lot"
    )


def held(world: World) -> JudgeLot:
    judged = JudgeLot(world.lots["vehicle"], "particles reported")
    world.story.do("quinn", hold_lot, judged)
    return judged


def test_qa_gives_back_both_arms_once_the_lot_is_off_hold_and_not_before(received: Scene) -> None:
    world, *babies = received
    judged = held(world)
    assert {row(world, Bag, b.bag).standing for b in babies} == {B.WITHDRAWN}
    assert codes(world, "qiu", giving_back.give_back_session, back(world, babies[0].bag)) == {
        "lot-hold",
        "ancestor-hold",
    }

    world.story.do("qiu", return_lot, judged)
    world.story.do("qiu", giving_back.give_back_session, back(world, babies[0].bag))

    for baby in babies:
        found = row(world, Bag, baby.bag)
        assert (found.standing, found.notice_at) == (B.RECEIVED, None)
    treating.infused(world.story, world.participants, [baby.bag for baby in babies])
    assert {row(world, Bag, b.bag).standing for b in babies} == {B.INFUSED}


def test_nothing_is_given_back_twice(received: Scene) -> None:
    world, cells, _ = received
    world.story.do("qiu", return_lot, held(world))
    world.story.do("qiu", giving_back.give_back_session, back(world, cells.bag))
    again = codes(world, "qiu", giving_back.give_back_session, back(world, cells.bag))
    assert again == {"nothing-to-give-back"}


def test_nobody_but_qa_gives_back(received: Scene) -> None:
    world, cells, _ = received
    held(world)
    turned_away(world, giving_back.give_back_session, back(world, cells.bag), "quinn", "qiu")


def test_the_shelf_life_has_run_on(received: Scene) -> None:
    world, cells, _ = received
    judged = held(world)
    world.story.wait(hours=8)
    world.story.do("qiu", return_lot, judged)
    world.story.do("qiu", giving_back.give_back_session, back(world, cells.bag))
    given = infusing.AccountForBag(cells.bag, B.DESTROYED, "expired meanwhile")
    world.story.do("nora", infusing.account_for_bag, given, "niu")
    assert row(world, Bag, cells.bag).because == "expired meanwhile"


@pytest.mark.parametrize("became", [B.RETURNED, B.DESTROYED, B.DAMAGED])
def test_a_withdrawn_bag_on_the_ward_is_disposed_of_and_its_order_asked_for_anew(
    received: Scene, became: BagStanding
) -> None:
    world, *babies = received
    held(world)
    for baby in babies:
        ends = infusing.AccountForBag(baby.bag, became, "the laboratory called")
        world.story.do("nora", infusing.account_for_bag, ends, "niu")
        found = row(world, Bag, baby.bag)
        assert (found.standing, found.because) == (became, "the laboratory called")
        assert row(world, Order, found.order).standing is OrderStanding.REQUESTED


def test_a_withdrawn_bag_in_the_laboratory_is_destroyed_with_a_witness(released: Scene) -> None:
    world, *babies = released
    held(world)
    for baby in babies:
        give_up = DiscardBag(baby.bag, damaged=False, reason="withdrawn with its lot")
        assert codes(world, "tang", discard_bag, give_up, "tang") == {"same-person"}
        world.story.do("tang", discard_bag, give_up, "tian")
        found = row(world, Bag, baby.bag)
        assert (found.standing, found.because) == (B.DESTROYED, "")
        assert row(world, Fill, baby.bag).given_up_because == "withdrawn with its lot"
        assert row(world, Order, found.order).standing is OrderStanding.REQUESTED


def test_what_outlived_its_shelf_life_expires_by_itself_wherever_it_is(received: Scene) -> None:
    world, cells, vehicle = received
    assert perform(world.site, expire_bags, ExpireBags(), Request(PROGRAM)).bags == ()
    world.story.wait(hours=8)

    expired = perform(world.site, expire_bags, ExpireBags(), Request(PROGRAM)).bags

    assert set(expired) == {cells.bag, vehicle.bag}
    for number in expired:
        found = row(world, Bag, number)
        assert found.standing is B.EXPIRED
        assert row(world, Order, found.order).standing is OrderStanding.REQUESTED
        ends = infusing.AccountForBag(number, B.DESTROYED, "expired")
        world.story.do("nora", infusing.account_for_bag, ends, "niu")
    assert perform(world.site, expire_bags, ExpireBags(), Request(PROGRAM)).bags == ()


def test_a_bag_that_is_being_given_does_not_expire_by_itself(received: Scene) -> None:
    world, cells, _ = received
    treating.verified(world.story, world.participants[0], cells.bag)
    world.story.wait(hours=8)
    expired = perform(world.site, expire_bags, ExpireBags(), Request(PROGRAM)).bags
    assert cells.bag not in expired


def test_qa_judges_the_bag_that_came_too_warm_by_itself(released: Scene) -> None:
    world, cells, vehicle = released
    for baby in (cells, vehicle):
        treating.sent(world.story, baby)
    warm = bedside.ReceiveBag(cells.bag, Celsius(Decimal(25)), intact=True)
    world.story.do("nora", bedside.receive_bag, warm)
    cool = bedside.ReceiveBag(vehicle.bag, Celsius(Decimal(5)), intact=True)
    world.story.do("nora", bedside.receive_bag, cool)
    world.story.do("qiu", return_lot, held(world))

    world.story.do("qiu", giving_back.give_back_session, back(world, cells.bag))
    assert row(world, Bag, vehicle.bag).standing is B.RECEIVED
    assert row(world, Bag, cells.bag).standing is B.WITHDRAWN  # for its own warmth

    alone = giving_back.GiveBackBag(cells.bag, "25 was typed for 5; logger 4.6 to 5.3 °C")
    world.story.do("qiu", giving_back.give_back_bag, alone)
    assert row(world, Bag, cells.bag).standing is B.RECEIVED


def test_nothing_given_does_not_use_up_the_visit(received: Scene) -> None:
    world, *babies = received
    for person, baby in zip(world.participants, babies, strict=True):
        infusion = treating.verified(world.story, person, baby.bag)
        ends = infusing.EndInfusion(infusion, Millilitres(Decimal(0)), "line blocked, sealed, kept")
        world.story.do("nora", infusing.end_infusion, ends)

        found = row(world, Bag, baby.bag)
        assert found.standing is B.NOT_GIVEN
        assert row(world, Order, found.order).standing is OrderStanding.REQUESTED
        assert row(world, Participant, person).first_infusion_at is None


def test_a_false_alarm_about_what_was_given_already_is_taken_back_too(received: Scene) -> None:
    world, *babies = received
    treating.infused(world.story, world.participants, [baby.bag for baby in babies])
    judged = held(world)
    assert row(world, Bag, babies[0].bag).notice_at is not None
    world.story.do("qiu", return_lot, judged)
    world.story.do("qiu", giving_back.give_back_session, back(world, babies[0].bag))
    assert {row(world, Bag, b.bag).notice_at for b in babies} == {None}
