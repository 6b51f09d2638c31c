"""Whose hands were on a thing, in whatever role, neither review, release nor close it."""

from datetime import timedelta

import pytest

from lims.bank import actions as bank
from lims.bank.queries import vials_of
from lims.core.quantities import Percent
from lims.core.rounding import Qualifier
from lims.culture import actions as culture
from lims.demonstration import donating, making, treating
from lims.demonstration.treating import Baby
from lims.deviations import actions as deviations
from lims.donation.accepting import AcceptCord, accept_cord
from lims.donation.cords import receive_cord
from lims.donation.deciding import DecideEligibility, decide_eligibility
from lims.donation.serology import enter_serology
from lims.filling import actions as filling
from lims.filling import finishing, sessions
from lims.filling.queries import fill
from lims.labelling.actions import PrintLabel, print_label
from lims.protocol.steps import StepKind
from lims.release import actions as release
from lims.release.recall import HoldDownstream, hold_downstream
from lims.supplies import actions as supplies
from lims.supplies.rules import LotKind
from lims.testing import actions as testing
from lims.testing import amending, sterility
from lims.trust.identity.roles import Role
from tests.nothing_wrong.doing import (
    GOOD_COUNT,
    D,
    begun_for_both,
    draw,
    orders_for_both,
    ready,
    thawed,
    with_role_too,
)
from tests.support.scenes import codes, counted_too, read, stores_of
from tests.support.steps import grown_on, stepped
from tests.support.worlds import World

HANDS = {"your-hands"}


def a_vehicle_made_by(world: World, who: str) -> str:
    stores = stores_of(world)
    wanted = supplies.MakeVehicle(
        "Saline with 2 % albumin",
        world.story.today.replace(year=world.story.today.year + 1),
        (stores.albumin, stores.saline),
        (stores.cabinet,),
    )
    return world.story.do(who, supplies.make_vehicle, wanted).number


def a_product_counted_by(world: World, counter: str, checker: str = "tian") -> str:
    """A product lot whose harvest was counted by one and checked by another."""
    story, stores = world.story, stores_of(world)
    flasks = making.isolated(story, stores, making.a_donor(story))
    story.wait(days=3)
    feed = culture.FeedFlask(flasks[0], Percent(D(60)), stores.growing, "even")
    story.do("tang", culture.feed_flask, feed)
    story.wait(days=2)
    counted = culture.HarvestFlasks(
        flasks, 412, 21, 8, D(2), making.Millilitres(D(400)), stores.growing, (stores.centrifuge,)
    )
    stepped(story, StepKind.HARVEST, flasks[0])
    harvest = story.do(counter, culture.harvest_flasks, counted, checker)
    return making.filled(story, stores, grown_on(story, stores, harvest), LotKind.PRODUCT, 6)


@pytest.mark.parametrize(("counter", "checker"), [("quinn", "tian"), ("tang", "quinn")])
def test_qa_who_counted_or_checked_the_harvest_releases_no_lot_of_it(
    world: World, counter: str, checker: str
) -> None:
    with_role_too(world, "quinn", Role.TECHNICIAN)
    lot = a_product_counted_by(world, counter, checker)
    making.tested(world.story, lot)
    world.story.do("qiu", release.review_trail, release.ReviewTrail(lot))
    wanted = release.ReleaseLot(lot)
    assert codes(world, "quinn", release.release_lot, wanted) == HANDS
    assert codes(world, "quinn", release.review_trail, release.ReviewTrail(lot)) == HANDS
    world.story.do("qiu", release.release_lot, wanted)


def test_qa_who_isolated_the_cells_releases_no_lot_grown_from_them(world: World) -> None:
    with_role_too(world, "quinn", Role.TECHNICIAN)
    story, stores = world.story, stores_of(world)
    cord = making.cord_of(story, making.a_donor(story))
    story.do("qiu", accept_cord, AcceptCord(cord, "in order"))
    isolate = culture.IsolateCells(
        cord, 2, making.SquareCentimetres(D(175)), stores.growing,
        (stores.cabinet, stores.incubator),
    )  # fmt: skip
    stepped(story, StepKind.ISOLATION, cord)
    flasks = story.do("quinn", culture.isolate_cells, isolate, "tian").flasks
    harvest = making.harvested(story, stores, flasks, 400)
    lot = making.filled(story, stores, grown_on(story, stores, harvest), LotKind.PRODUCT, 6)
    making.tested(story, lot)
    assert "your-hands" in codes(world, "quinn", release.release_lot, release.ReleaseLot(lot))


def test_qa_who_stored_a_vial_of_the_lot_does_not_release_it(world: World) -> None:
    with_role_too(world, "quinn", Role.TECHNICIAN)
    lot = a_product_counted_by(world, "tang")
    vial = read(world, vials_of, lot)[0].number
    store = bank.StoreVial(vial, stores_of(world).box, "J12")
    world.story.do("quinn", bank.store_vial, store)
    making.tested(world.story, lot)
    assert "your-hands" in codes(world, "quinn", release.release_lot, release.ReleaseLot(lot))


def test_qa_who_printed_the_lots_label_does_not_release_it(world: World) -> None:
    with_role_too(world, "quinn", Role.TECHNICIAN)
    lot = a_vehicle_made_by(world, "tian")
    world.story.do("quinn", print_label, PrintLabel(lot))
    making.tested(world.story, lot)
    assert "your-hands" in codes(world, "quinn", release.release_lot, release.ReleaseLot(lot))


@pytest.mark.parametrize("step", ["thawed", "checked", "opened", "cleared", "begun", "sleeved"])
def test_qa_whose_hands_were_on_the_bag_does_not_release_it(world: World, step: str) -> None:
    with_role_too(world, "quinn", Role.TECHNICIAN)
    story, stores = world.story, stores_of(world)
    order = orders_for_both(world)[0]
    opened = sessions.OpenPreparation((stores.bags, stores.albumin), (stores.cabinet,))
    opener = "quinn" if step == "opened" else "tang"
    clearer = "quinn" if step == "cleared" else "tian"
    session = story.do(opener, sessions.open_preparation, opened, clearer).number
    beginner = "quinn" if step == "begun" else "tang"
    begin = filling.StartFill(order, session)
    baby = Baby(story.do(beginner, filling.start_fill, begin).bag, order)
    thawer = "quinn" if step == "thawed" else "tang"
    for number in read(world, fill, baby.bag).vials:
        story.do(thawer, filling.thaw_for_bag, filling.ThawForBag(baby.bag, number))
    checker = "quinn" if step == "checked" else "tian"
    count = counted_too(world, draw(baby.bag, GOOD_COUNT), checker)
    story.do("tang", filling.draw_cells, count, checker)
    ready(world, baby, who="quinn" if step == "sleeved" else "tang")
    wanted = finishing.ReleaseBag(baby.bag)
    assert codes(world, "quinn", finishing.release_bag, wanted) == HANDS
    story.do("qiu", finishing.release_bag, wanted)
    certify = finishing.OfBag(baby.bag)
    assert "your-hands" in codes(world, "quinn", finishing.certify_bag, certify)


def test_who_thawed_one_bag_may_release_the_other_of_the_session(world: World) -> None:
    with_role_too(world, "quinn", Role.TECHNICIAN)
    story = world.story
    cells, vehicle, _ = begun_for_both(world)
    for number in read(world, fill, cells.bag).vials:
        story.do("quinn", filling.thaw_for_bag, filling.ThawForBag(cells.bag, number))
    story.do("tang", filling.draw_vehicle, filling.DrawVehicle(vehicle.bag), "tian")
    ready(world, vehicle)
    story.do("quinn", finishing.release_bag, finishing.ReleaseBag(vehicle.bag))


def test_who_began_one_bag_may_release_the_other_of_the_session(world: World) -> None:
    with_role_too(world, "quinn", Role.TECHNICIAN)
    story, (first, other) = world.story, orders_for_both(world)[:2]
    session = treating.opened_session(story, stores_of(world))
    cells = treating.begun(story, session, first)
    story.do("quinn", filling.start_fill, filling.StartFill(other, session))
    thawed(world, cells.bag)
    count = counted_too(world, draw(cells.bag, GOOD_COUNT), "tian")
    story.do("tang", filling.draw_cells, count, "tian")
    ready(world, cells)
    story.do("quinn", finishing.release_bag, finishing.ReleaseBag(cells.bag))


def test_who_counted_the_pool_beside_the_two_who_drew_judges_neither_bag_nor_deviation(
    world: World,
) -> None:
    with_role_too(world, "quinn", Role.TECHNICIAN)
    cells, _, _ = begun_for_both(world)
    thawed(world, cells.bag)
    count = draw(cells.bag, GOOD_COUNT)
    counted_too(world, count, "quinn")  # and then another one counts and signs
    world.story.do("tang", filling.draw_cells, counted_too(world, count, "tian"), "tian")
    what = deviations.OpenDeviation(cells.bag, "A drop was spilt.")
    opened = world.story.do("tian", deviations.open_deviation, what).number
    close = deviations.CloseDeviation(opened, "no effect")
    assert codes(world, "quinn", deviations.close_deviation, close) == HANDS
    world.story.do("qiu", deviations.close_deviation, close)
    ready(world, cells)
    wanted = finishing.ReleaseBag(cells.bag)
    assert codes(world, "quinn", finishing.release_bag, wanted) == HANDS
    world.story.do("qiu", finishing.release_bag, wanted)


@pytest.mark.parametrize("about", ["lot", "cord"])
def test_nobody_closes_the_deviation_that_they_opened(world: World, about: str) -> None:
    number = world.lots["product"] if about == "lot" else making.cord_of(world.story, world.donor)
    what = deviations.OpenDeviation(number, "A label is smeared.")
    opened = world.story.do("quinn", deviations.open_deviation, what).number
    close = deviations.CloseDeviation(opened, "no effect")
    assert codes(world, "quinn", deviations.close_deviation, close) == {"you-opened-it"}
    world.story.do("qiu", deviations.close_deviation, close)


def test_who_drew_the_dose_does_not_close_the_deviation_of_it(world: World) -> None:
    with_role_too(world, "quinn", Role.TECHNICIAN)
    cells, _, _ = begun_for_both(world)
    thawed(world, cells.bag)
    what = deviations.OpenDeviation(cells.bag, "A drop was spilt.")
    opened = world.story.do("tian", deviations.open_deviation, what).number
    count = counted_too(world, draw(cells.bag, GOOD_COUNT), "quinn")
    world.story.do("tang", filling.draw_cells, count, "quinn")
    close = deviations.CloseDeviation(opened, "no effect")
    assert codes(world, "quinn", deviations.close_deviation, close) == HANDS


def test_who_received_a_material_does_not_take_it_off_hold(world: World) -> None:
    with_role_too(world, "tian", Role.QA)
    story = world.story
    wanted = supplies.ReceiveMaterial("Albumin", "B", "S-1", story.today + timedelta(days=9))
    lot = story.do("tian", supplies.receive_material, wanted).number
    story.do("quinn", supplies.accept_material, supplies.AcceptMaterial(lot, "certificate"))
    story.do("quinn", release.hold_lot, release.JudgeLot(lot, "doubt"))
    back = release.JudgeLot(lot, "the doubt is gone")
    assert codes(world, "tian", release.return_lot, back) == HANDS
    story.do("qiu", release.return_lot, back)


@pytest.mark.parametrize("way", ["lot", "downstream", "material"])
def test_nobody_returns_the_hold_that_they_set(world: World, way: str) -> None:
    story, stores = world.story, stores_of(world)
    lot = stores.albumin if way == "material" else world.lots["product"]
    if way == "downstream":
        story.do("quinn", hold_downstream, HoldDownstream(stores.box, "warm for an hour"))
    else:
        story.do("quinn", release.hold_lot, release.JudgeLot(lot, "doubt"))
    back = release.JudgeLot(lot, "the doubt is gone")
    assert "you-held-it" in codes(world, "quinn", release.return_lot, back)
    story.do("qiu", release.return_lot, back)


def test_nobody_reviews_what_they_entered_or_the_lot_that_they_made(world: World) -> None:
    with_role_too(world, "tian", Role.ANALYST)
    lot = a_vehicle_made_by(world, "tian")
    sample = world.story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number
    entry = testing.EnterResult(sample, "PH", Qualifier.EQUAL, D("7.0"))
    result = world.story.do("ana", testing.enter_result, entry)
    review = testing.ReviewResult(result.id)
    assert "your-own-result" in codes(world, "ana", testing.review_result, review)
    assert codes(world, "tian", testing.review_result, review) == HANDS
    world.story.do("aiko", testing.review_result, review)


def test_who_made_the_lot_does_not_check_an_amendment_of_its_results(world: World) -> None:
    with_role_too(world, "tian", Role.ANALYST)
    lot = a_vehicle_made_by(world, "tian")
    sample = world.story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number
    entry = testing.EnterResult(sample, "PH", Qualifier.EQUAL, D("7.9"))
    result = world.story.do("ana", testing.enter_result, entry)
    amend = amending.AmendResult(result.id, "misread", Qualifier.EQUAL, D("7.0"))
    assert codes(world, "aiko", amending.amend_result, amend, "tian") == HANDS


@pytest.mark.parametrize("second", ["quinn", "qiu"])
def test_qa_who_made_the_lot_does_not_accept_the_cause_of_an_invalid_run(
    world: World, second: str
) -> None:
    with_role_too(world, "quinn", Role.TECHNICIAN)
    lot = a_vehicle_made_by(world, "quinn")
    sample = world.story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number
    entry = testing.EnterResult(sample, "PH", Qualifier.EQUAL, D("7.9"))
    result = world.story.do("ana", testing.enter_result, entry)
    invalid = amending.InvalidateRun(result.id, "the buffer was old")
    if second == "quinn":
        assert codes(world, "aiko", amending.invalidate_run, invalid, "quinn") == HANDS
    else:
        world.story.do("aiko", amending.invalidate_run, invalid, "qiu")


def test_who_made_the_lot_does_not_review_its_sterility_reading(world: World) -> None:
    with_role_too(world, "tian", Role.ANALYST)
    lot = a_vehicle_made_by(world, "tian")
    sample = world.story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number
    making.entered(world.story, sample)
    world.story.wait(days=15)
    close = sterility.CloseSterility(sample)
    assert codes(world, "ana", sterility.close_sterility, close, "tian") == HANDS


def test_qa_who_entered_the_serology_does_not_decide_on_the_donor(world: World) -> None:
    with_role_too(world, "quinn", Role.ANALYST)
    donor = making.a_donor(world.story, decide=False)
    marker = donating.one_marker(donor, "CMV IgG", world.clock.now)
    world.story.do("quinn", enter_serology, marker)
    decide = DecideEligibility(donor, True, "all not reactive")
    assert "your-hands" in codes(world, "quinn", decide_eligibility, decide)
    world.story.do("qiu", decide_eligibility, decide)


def test_who_received_a_cord_or_a_material_does_not_accept_it(world: World) -> None:
    with_role_too(world, "quinn", Role.TECHNICIAN)
    story = world.story
    donor = making.a_donor(story)
    collected = story.clock.now - making.timedelta(hours=5)
    cord = donating.as_it_came(story, donor, collected)
    received = story.do("quinn", receive_cord, cord).number
    accept = AcceptCord(received, "looked at")
    assert codes(world, "quinn", accept_cord, accept)
    story.do("qiu", accept_cord, accept)
    lot = supplies.ReceiveMaterial("Trypsin", "Bench", "T1", story.today.replace(year=2030))
    number = story.do("quinn", supplies.receive_material, lot).number
    taken = supplies.AcceptMaterial(number, "CoA 2")
    assert codes(world, "quinn", supplies.accept_material, taken)
