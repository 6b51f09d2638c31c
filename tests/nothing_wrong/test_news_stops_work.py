"""News of trouble stops what is under way, in both arms; every node has its edges."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lims.bags.queries import bag
from lims.bags.rules import BagStanding
from lims.bank import actions as bank
from lims.bank.destroying import DestroyVials, destroy_vials
from lims.bank.queries import place as place_of
from lims.bank.queries import vial, vials_of
from lims.bank.rules import VialStanding
from lims.core.quantities import CellCount, Celsius, Hours, Percent, SquareCentimetres
from lims.culture import actions as culture
from lims.demonstration import donating, making, treating
from lims.deviations import actions as deviations
from lims.donation.accepting import AcceptCord, accept_cord
from lims.donation.deciding import DecideEligibility, decide_eligibility
from lims.donation.serology import enter_serology
from lims.filling import actions as filling
from lims.filling import finishing, sessions
from lims.filling.queries import fill, preparation
from lims.protocol.steps import StepKind
from lims.release import actions as release
from lims.release.recall import HoldDownstream, hold_downstream
from lims.supplies import actions as supplies
from lims.supplies.equipment import SetEquipment, set_equipment
from lims.supplies.queries import lot
from lims.supplies.rules import LotKind, LotStanding
from tests.nothing_wrong.doing import (
    GOOD_COUNT,
    D,
    begun_for_both,
    draw,
    open_deviations,
    orders_for_both,
    ready,
    sent,
    thawed,
)
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, read, stores_of
from tests.support.steps import grown_on, stepped
from tests.support.worlds import World


def ineligible(world: World, donor: str) -> None:
    late = donating.one_marker(donor, "HIV NAT", world.clock.now)
    world.story.do("ana", enter_serology, late)


def held(world: World, number: str) -> None:
    world.story.do("quinn", release.hold_lot, release.JudgeLot(number, "the supplier writes"))


def steps(world: World, flask: str, cells: str) -> dict[str, tuple[object, object, str]]:
    """The next steps on a growing flask and on a harvest."""
    stores = stores_of(world)
    spare = making.a_material(world.story, "Medium, second lot")
    stepped(world.story, StepKind.HARVEST, flask)
    stepped(world.story, StepKind.FILLING, cells)
    tools = (stores.cabinet, stores.incubator)
    count = culture.HarvestFlasks(
        (flask,), 412, 21, 8, D(2), making.Millilitres(D(40)), (spare,), (stores.centrifuge,)
    )
    seed = culture.PassageCells(
        cells, 1, SquareCentimetres(D(175)), CellCount(D(1000)), (spare,), tools
    )
    vials = bank.FillVials(
        cells, LotKind.MASTER_BANK, 1, CellCount(D(1000)),
        world.story.today + timedelta(days=100), (stores.medium_for_freezing,), (stores.cabinet,),
    )  # fmt: skip
    feed = culture.FeedFlask(flask, Percent(D(60)), (spare,), "even")
    return {
        "feed": (culture.feed_flask, feed, ""),
        "harvest": (culture.harvest_flasks, count, "tian"),
        "passage": (culture.passage_cells, seed, "tian"),
        "bank": (bank.fill_vials, vials, "tian"),
    }


@pytest.mark.parametrize("news", ["donor", "medium", "recalled medium"])
def test_trouble_upstream_stops_every_step_of_culture(world: World, news: str) -> None:
    story, stores = world.story, stores_of(world)
    donor = making.a_donor(story)
    flasks = making.isolated(story, stores, donor, 3)
    harvest = making.harvested(story, stores, flasks[:2], 100)
    wanted = steps(world, flasks[2], harvest.id)
    if news == "donor":
        ineligible(world, donor)
    elif news == "medium":
        held(world, stores.medium)
    else:
        story.do("quinn", release.recall_lot, release.JudgeLot(stores.medium, "endotoxin"))
    for name, (action, command, second) in wanted.items():
        found = codes(world, "tang", action, command, second)  # type: ignore[arg-type]
        assert found & {"donor-ineligible", "ancestor-hold", "ancestor-recalled"}, name


def test_an_ineligible_donors_cord_is_neither_accepted_nor_isolated(world: World) -> None:
    story, stores = world.story, stores_of(world)
    donor = making.a_donor(story)
    cord = making.cord_of(story, donor)
    story.do("quinn", accept_cord, AcceptCord(cord, "in order"))
    stepped(story, StepKind.ISOLATION, cord)
    ineligible(world, donor)
    isolate = culture.IsolateCells(
        cord, 2, SquareCentimetres(D(175)), stores.growing, (stores.cabinet,)
    )
    assert "donor-ineligible" in codes(world, "tang", culture.isolate_cells, isolate, "tian")


def a_cord_of(world: World, donor: str, highest: str = "6", hours: int = 9) -> str:
    collected = world.clock.now - timedelta(hours=hours)
    return donating.received(world.story, donor, collected, highest=Celsius(D(highest)))


def test_a_second_donation_of_an_eligible_donor_is_judged_for_itself(world: World) -> None:
    story, stores = world.story, stores_of(world)
    story.wait(days=700)
    cord = a_cord_of(world, world.donor)
    story.do("quinn", accept_cord, AcceptCord(cord, "in order"))
    # what is old is not used: calibrations and materials are renewed first
    medium = making.a_material(story, "Medium, new")
    until = story.today + timedelta(days=300)
    renew = SetEquipment(stores.cabinet, until, True)
    story.do("quinn", set_equipment, renew)
    isolate = culture.IsolateCells(cord, 1, SquareCentimetres(D(175)), (medium,), (stores.cabinet,))
    stepped(story, StepKind.ISOLATION, cord)
    flask = story.do("tang", culture.isolate_cells, isolate, "tian").flasks[0]
    stepped(story, StepKind.HARVEST, flask)
    again = DecideEligibility(world.donor, True, "she was eligible two years ago")
    refused = codes(world, "quinn", decide_eligibility, again)
    assert "marker-missing" in refused or "specimen-time" in refused
    story.wait(days=5)
    count = culture.HarvestFlasks(
        (flask,), 412, 21, 8, D(2), making.Millilitres(D(100)), (medium,), (stores.cabinet,)
    )
    first = story.do("tang", culture.harvest_flasks, count, "tian")
    tools = replace(stores, medium=medium, incubator=stores.cabinet, centrifuge=stores.cabinet)
    harvest = grown_on(story, tools, first, 100)
    freezing = making.a_material(story, "Freezing medium")
    vials = bank.FillVials(
        harvest.id, LotKind.PRODUCT, 2, CellCount(D(50_000_000)), until, (freezing,),
        (stores.cabinet,),
    )  # fmt: skip
    stepped(story, StepKind.FILLING, harvest.id)
    made = story.do("tang", bank.fill_vials, vials, "tian").number
    making.tested(story, made)
    wanted = release.ReleaseLot(made)
    assert "donation-pending" in codes(world, "qiu", release.release_lot, wanted)


def test_a_cord_with_three_open_deviations_is_not_used(world: World) -> None:
    story, stores = world.story, stores_of(world)
    donor = making.a_donor(story)
    cord = a_cord_of(world, donor, "11.5", 30)
    what = deviations.OpenDeviation(cord, "The seal is broken.")
    story.do("tian", deviations.open_deviation, what)
    found = open_deviations(world, cord)
    assert len(found) == 3
    accept = AcceptCord(cord, "looked at")
    assert codes(world, "quinn", accept_cord, accept) == {"open-deviation"}
    isolate = culture.IsolateCells(
        cord, 1, SquareCentimetres(D(175)), stores.growing, (stores.cabinet,)
    )
    assert codes(world, "tang", culture.isolate_cells, isolate, "tian")


@pytest.mark.parametrize(
    ("path", "body", "second"),
    [("culture/isolate-cells", {"cord": "cord", "flasks": 1, "area": "175"}, "tian"),
     ("supplies/make-vehicle", {"name": "Saline", "expires_on": "2026-06-01"}, ""),
     ("filling/open-preparation", {}, "tian")],
)  # fmt: skip
@pytest.mark.parametrize("missing", ["materials", "equipment", "both"])
def test_every_step_says_with_what_it_was_done(
    world: World, path: str, body: dict[str, object], second: str, missing: str
) -> None:
    stores = stores_of(world)
    cord = making.cord_of(world.story, making.a_donor(world.story))
    world.story.do("quinn", accept_cord, AcceptCord(cord, "in order"))
    given = {name: cord if value == "cord" else value for name, value in body.items()}
    given["materials"] = [] if missing != "equipment" else [stores.albumin]
    given["equipment"] = [] if missing != "materials" else [stores.cabinet]
    assert sent(world, "tang", path, given, second).status_code in {409, 422}


def test_what_is_made_lasts_no_longer_than_what_went_in(world: World) -> None:
    story, stores = world.story, stores_of(world)
    new = supplies.ReceiveMaterial("Albumin", "B", "A9", story.today + timedelta(days=30))
    albumin = story.do("tian", supplies.receive_material, new).number
    story.do("quinn", supplies.accept_material, supplies.AcceptMaterial(albumin, "CoA"))
    for days, code in (
        (31, "outlives-its-materials"),
        (0, "already-expired"),
        (-9, "already-expired"),
    ):
        wanted = supplies.MakeVehicle(
            "Saline", story.today + timedelta(days=days), (albumin,), (stores.cabinet,)
        )
        assert code in codes(world, "tian", supplies.make_vehicle, wanted)


@pytest.mark.parametrize("news", ["out of service", "calibration", "recall", "medium", "donor"])
def test_trouble_with_what_a_session_uses_stops_both_arms(world: World, news: str) -> None:
    stores = stores_of(world)
    cells, vehicle, _ = begun_for_both(world)
    thawed(world, cells.bag)
    if news in {"out of service", "calibration"}:
        until = world.story.today + timedelta(days=-1 if news == "calibration" else 99)
        word = SetEquipment(stores.cabinet, until, news == "calibration")
        world.story.do("quinn", set_equipment, word)
    elif news == "recall":
        wanted = HoldDownstream(stores.cabinet, "its filter leaks")
        world.story.do("quinn", hold_downstream, wanted)
    elif news == "medium":
        held(world, stores.bags)
    else:
        ineligible(world, world.donor)
    by_cells = codes(world, "tang", filling.draw_cells, draw(cells.bag, GOOD_COUNT), "tian")
    wanted_too = filling.DrawVehicle(vehicle.bag)
    assert by_cells == codes(world, "tang", filling.draw_vehicle, wanted_too, "tian")
    for number in (cells.bag, vehicle.bag):
        page = world.client("tang").get(f"/filling/bags/{number}").text
        said = ("service", "calibration", "withdrawn", "hold", "ineligible", "closed")
        assert any(word in page for word in said)


def test_a_material_that_was_opened_too_long_ago_is_used_for_no_draw(world: World) -> None:
    story, stores = world.story, stores_of(world)
    orders = orders_for_both(world)
    until = story.today + timedelta(days=9)
    short = supplies.ReceiveMaterial("Albumin", "B", "S-1", until, Hours(D(2)))
    albumin = story.do("tian", supplies.receive_material, short).number
    story.do("quinn", supplies.accept_material, supplies.AcceptMaterial(albumin, "certificate"))
    opened = sessions.OpenPreparation((albumin,), (stores.cabinet,))
    session = story.do("tang", sessions.open_preparation, opened, "tian").number
    cells, vehicle = (treating.begun(story, session, order) for order in orders)
    thawed(world, cells.bag)
    story.wait(hours=2, minutes=10)
    code = {"opened-too-long"}
    assert codes(world, "tang", filling.draw_cells, draw(cells.bag, GOOD_COUNT), "tian") == code
    by_vehicle = filling.DrawVehicle(vehicle.bag)
    assert codes(world, "tang", filling.draw_vehicle, by_vehicle, "tian") == code
    for number in (cells.bag, vehicle.bag):
        page = world.client("tang").get(f"/filling/bags/{number}").text
        assert "opened too long ago" in page


def test_a_material_that_ends_after_the_draw_holds_no_bag_back(world: World) -> None:
    story, stores = world.story, stores_of(world)
    orders = orders_for_both(world)
    until = story.today + timedelta(days=9)
    short = supplies.ReceiveMaterial("Albumin", "B", "S-1", until, Hours(D(1)))
    albumin = story.do("tian", supplies.receive_material, short).number
    story.do("quinn", supplies.accept_material, supplies.AcceptMaterial(albumin, "certificate"))
    opened = sessions.OpenPreparation((albumin,), (stores.cabinet,))
    session = story.do("tang", sessions.open_preparation, opened, "tian").number
    vehicle = treating.begun(story, session, orders[1])
    story.do("tang", filling.draw_vehicle, filling.DrawVehicle(vehicle.bag), "tian")
    story.wait(hours=1, minutes=10)
    ready(world, vehicle)
    story.do("quinn", finishing.release_bag, finishing.OfBag(vehicle.bag))


@pytest.mark.parametrize("news", ["recall", "material"])
def test_a_recall_closes_the_open_session_for_the_next_bag(world: World, news: str) -> None:
    orders = orders_for_both(world)
    stores = stores_of(world)
    session = treating.opened_session(world.story, stores)
    start = stores.cabinet if news == "recall" else stores.albumin
    world.story.do("quinn", hold_downstream, HoldDownstream(start, "a doubt"))
    for order in orders:
        begin = filling.StartFill(order, session)
        assert "session-closed" in codes(world, "tang", filling.start_fill, begin)
    assert read(world, preparation, session).closed_at is not None
    assert "withdrawn" in world.client("tang").get(f"/filling/sessions/{session}").text


def test_a_recall_starts_from_a_session_while_its_bag_exists(world: World) -> None:
    cells, vehicle, session = begun_for_both(world)
    wanted = HoldDownstream(session, "the bench was not cleared")
    world.story.do("quinn", hold_downstream, wanted)
    for baby in (cells, vehicle):
        assert read(world, bag, baby.bag).standing is BagStanding.WITHDRAWN


@pytest.mark.parametrize("place", ["box", "rack", "tank"])
def test_a_recall_of_a_tank_reaches_vials_that_were_thawed_and_their_bags(
    received: Scene, place: str
) -> None:
    world, cells, vehicle = received
    number = stores_of(world).box
    for level in ("rack", "tank"):
        if place in {"rack", "tank"} and (level == "rack" or place == "tank"):
            number = read(world, place_of, number).within
    used = read(world, fill, cells.bag).vials[0]
    assert read(world, vial, used).box is None
    said = world.story.do("quinn", hold_downstream, HoldDownstream(number, "nitrogen ran out"))
    assert world.lots["product"] in said.lots
    for baby in (cells, vehicle):
        assert read(world, bag, baby.bag).standing is BagStanding.WITHDRAWN


def test_a_tanks_recall_reaches_bags_whose_lot_has_left_it_altogether(received: Scene) -> None:
    world, cells, vehicle = received
    story, stores = world.story, stores_of(world)
    for one in read(world, vials_of, world.lots["product"]):
        if one.standing is VialStanding.STORED:
            take = DestroyVials((one.number,), "the trial needs none")
            story.do("tang", destroy_vials, take, "tian")
    story.do("quinn", hold_downstream, HoldDownstream(stores.box, "nitrogen ran out"))
    for baby in (cells, vehicle):
        assert read(world, bag, baby.bag).standing is BagStanding.WITHDRAWN
    assert read(world, lot, world.lots["product"]).standing is LotStanding.HOLD
