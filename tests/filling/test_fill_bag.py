"""Cells or vehicle into a bag: thawed, counted, drawn; nothing is skipped after a power cut."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bank.models import Vial
from lims.bank.queries import reconciliation
from lims.bank.rules import VialStanding
from lims.core.quantities import Millilitres
from lims.demonstration import making, treating
from lims.demonstration.treating import Baby, D
from lims.filling import actions as filling
from lims.filling import finishing
from lims.filling.models import Fill
from lims.filling.queries import fill
from lims.genealogy.models import CameFrom
from lims.genealogy.queries import ancestors
from lims.release.actions import JudgeLot, hold_lot
from tests.support.scenes import codes, counted_too, read, row, stores_of, turned_away
from tests.support.worlds import World

Scene = tuple[World, Baby, Baby]


@pytest.fixture
def begun(world: World) -> Scene:
    """A bag of cells and a bag of vehicle, just begun."""
    treating.at_eight(world.story)
    weights = zip(world.participants, ("72.5", "81.6"), strict=True)
    orders = [treating.ordered(world.story, number, 1, weight) for number, weight in weights]
    session = treating.opened_session(world.story, stores_of(world))
    slot = max(treating.slot_of(world.story, order) for order in orders)
    world.story.wait_until(slot - timedelta(hours=3))
    cells, vehicle = (treating.begun(world.story, session, order) for order in orders)
    return world, cells, vehicle


def counted(bag: str, live: int = 440, dead: int = 24, pool: str = "10.8") -> filling.DrawCells:
    return filling.DrawCells(bag, live, dead, 8, D(20), Millilitres(D(pool)))


def made_from(world: World, bag: str) -> set[str]:
    with world.site.reading() as session:
        return set(session.scalars(select(CameFrom.parent).where(CameFrom.child == bag)))


def thawed(world: World, baby: Baby) -> list[str]:
    vials = list(read(world, fill, baby.bag).vials)
    for vial in vials:
        world.story.do("tang", filling.thaw_for_bag, filling.ThawForBag(baby.bag, vial))
    return vials


def test_it_turns_away_everybody_but_technicians(begun: Scene) -> None:
    world, cells, vehicle = begun
    vial = read(world, fill, cells.bag).vials[0]
    for action, command in (
        (filling.start_fill, filling.StartFill(cells.order, "LMX260000013")),
        (filling.thaw_for_bag, filling.ThawForBag(cells.bag, vial)),
        (filling.pick_more, filling.PickMore(cells.bag)),
        (filling.draw_cells, counted(cells.bag)),
        (filling.draw_vehicle, filling.DrawVehicle(vehicle.bag)),
        (filling.discard_bag, filling.DiscardBag(cells.bag, True, "leak")),
        (finishing.sample_bag, finishing.OfBag(cells.bag)),
        (finishing.print_bag_label, finishing.OfBag(cells.bag)),
        (finishing.sleeve_bag, finishing.SleeveBag(cells.bag, "S-1", cells.bag, "S-1")),
    ):
        turned_away(world, action, command, "tang", "tian")


def test_it_draws_the_dose_of_cells_and_the_same_volume_of_vehicle(begun: Scene) -> None:
    world, cells, vehicle = begun
    treating.drawn(world.story, cells)
    treating.drawn(world.story, vehicle)
    dose, placebo = row(world, Fill, cells.bag), row(world, Fill, vehicle.bag)
    assert dose.drawn + dose.diluent == Millilitres(D(100))
    assert placebo.drawn == placebo.diluent == Millilitres(D(100))
    assert row(world, Bag, cells.bag).volume == row(world, Bag, vehicle.bag).volume
    shelf = {
        row(world, Bag, baby.bag).expires_at - treating.slot_of(world.story, baby.order)
        for baby in (cells, vehicle)
    }
    assert shelf == {timedelta(hours=3)}
    assert dose.target.value == D("72.5") * 1_500_000
    assert (dose.drawn_by, dose.checked_by) == ("tang", "tian")


def test_it_thaws_only_what_was_picked_for_this_bag(begun: Scene) -> None:
    world, cells, vehicle = begun
    strange = next(
        vial.number
        for vial in read(world, making.vials_of, world.lots["product"])
        if vial.standing is VialStanding.STORED
    )
    wrong = filling.ThawForBag(cells.bag, strange)
    assert codes(world, "tang", filling.thaw_for_bag, wrong) == {"not-picked"}
    picked = read(world, fill, cells.bag).vials[0]
    other = filling.ThawForBag(vehicle.bag, picked)
    assert codes(world, "tang", filling.thaw_for_bag, other) == {"other-content"}
    assert row(world, Vial, picked).standing is VialStanding.RESERVED


def test_it_thaws_nothing_of_a_lot_that_went_on_hold_a_second_ago(begun: Scene) -> None:
    world, cells, vehicle = begun
    vial = read(world, fill, cells.bag).vials[0]
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["product"], "doubt"))
    refused = codes(world, "tang", filling.thaw_for_bag, filling.ThawForBag(cells.bag, vial))
    assert refused
    assert row(world, Vial, vial).standing is VialStanding.STORED
    assert row(world, Bag, vehicle.bag).standing is BagStanding.WITHDRAWN
    assert read(world, reconciliation, world.lots["product"]).balances


def test_a_thawed_vial_is_never_thawed_again_or_given_to_another_bag(begun: Scene) -> None:
    """Case 32 of the reference: what is thawed is never frozen again."""
    world, cells, _ = begun
    vial = thawed(world, cells)[0]
    again = filling.ThawForBag(cells.bag, vial)
    assert codes(world, "tang", filling.thaw_for_bag, again) == {"wrong-standing"}
    lost = filling.DiscardBag(cells.bag, False, "spilt")
    world.story.do("tang", filling.discard_bag, lost, "tian")
    assert row(world, Vial, vial).standing is VialStanding.THAWED


def test_it_draws_nothing_before_every_vial_is_thawed(begun: Scene) -> None:
    world, cells, _ = begun
    refused = codes(world, "tang", filling.draw_cells, counted(cells.bag), "tian")
    assert refused == {"vial-not-thawed"}


@pytest.mark.parametrize(
    ("live", "dead", "pool", "expected"),
    [
        (90, 5, "40", {"too-few-cells"}),
        (0, 440, "40", {"no-live-cells"}),
        (440, -1, "40", {"negative"}),
        (440, 24, "9.8", {"not-enough-cells"}),  # 9.9 mL are needed: no partial dose
        (440, 24, "0", {"volume"}),
        (440, 24, "40", {"recovery"}),  # more cells than were frozen: a wrong count
        (100, 5, "60", set()),  # 43.5 mL of 100: dilute, but it fits
    ],
)
def test_it_judges_the_count_and_the_pool(
    begun: Scene, live: int, dead: int, pool: str, expected: set[str]
) -> None:
    world, cells, _ = begun
    thawed(world, cells)
    command = counted(cells.bag, live, dead, pool)
    if expected:
        assert expected <= codes(world, "tang", filling.draw_cells, command, "tian")
        assert row(world, Bag, cells.bag).standing is BagStanding.FILLING
    else:
        world.story.do("tang", filling.draw_cells, counted_too(world, command), "tian")


def test_it_refuses_cells_too_dilute_for_the_bag(begun: Scene) -> None:
    world, cells, _ = begun
    thawed(world, cells)
    thin = filling.DrawCells(cells.bag, 100, 5, 8, D(8), Millilitres(D(900)))
    refused = codes(world, "tang", filling.draw_cells, thin, "tian")
    assert "too-dilute" in refused


def test_it_picks_more_vials_when_the_pool_is_short(begun: Scene) -> None:
    world, cells, vehicle = begun
    thawed(world, cells)
    before = read(world, fill, cells.bag).vials
    world.story.do("tang", filling.pick_more, filling.PickMore(cells.bag))
    assert len(read(world, fill, cells.bag).vials) == len(before) + 1
    refused = codes(world, "tang", filling.pick_more, filling.PickMore(vehicle.bag))
    assert refused == {"other-content"}


def test_it_refuses_the_wrong_way_of_drawing(begun: Scene) -> None:
    world, cells, vehicle = begun
    thawed(world, cells)
    wrong = filling.DrawVehicle(cells.bag)
    assert codes(world, "tang", filling.draw_vehicle, wrong, "tian") == {"other-content"}
    mixed = counted(vehicle.bag)
    assert codes(world, "tang", filling.draw_cells, mixed, "tian") == {"other-content"}


def test_it_draws_once_and_a_second_person_checks(begun: Scene) -> None:
    world, _, vehicle = begun
    command = filling.DrawVehicle(vehicle.bag)
    assert codes(world, "tang", filling.draw_vehicle, command, "tang") == {"same-person"}
    for second in ("ana", "quinn", "nora", "ada"):
        refused = codes(world, "tang", filling.draw_vehicle, command, second)
        assert refused == {"second-person-role"}
    world.story.do("tang", filling.draw_vehicle, command, "tian")
    assert codes(world, "tang", filling.draw_vehicle, command, "tian") == {"not-filling"}


def test_after_a_power_cut_the_shelf_life_went_on_and_nothing_was_skipped(begun: Scene) -> None:
    world, cells, _ = begun
    vials = read(world, fill, cells.bag).vials
    first = filling.ThawForBag(cells.bag, vials[0])
    world.story.do("tang", filling.thaw_for_bag, first)
    expiry = row(world, Bag, cells.bag).expires_at
    draw = counted(cells.bag)
    world.story.wait(hours=5)
    assert row(world, Bag, cells.bag).expires_at == expiry
    assert codes(world, "tang", filling.draw_cells, draw, "tian") == {"vial-not-thawed"}
    world.story.wait_until(expiry)
    rest = filling.ThawForBag(cells.bag, vials[1])
    assert codes(world, "tang", filling.thaw_for_bag, rest) == {"expired"}
    assert codes(world, "tang", filling.draw_cells, draw, "tian") == {"expired"}
    assert row(world, Vial, vials[1]).standing is VialStanding.RESERVED


def test_the_bag_comes_from_its_vials_its_vehicle_and_all_that_lay_on_the_bench(
    begun: Scene,
) -> None:
    world, cells, vehicle = begun
    vials = thawed(world, cells)
    stores = stores_of(world)
    session = row(world, Fill, vehicle.bag).session
    bench = {session, stores.bags, stores.albumin, stores.cabinet, world.lots["vehicle"]}
    upstream = set(read(world, ancestors, cells.bag))
    assert bench | set(vials) | {world.lots["product"], world.donor} <= upstream
    assert not set(vials) & set(read(world, ancestors, vehicle.bag))
    assert made_from(world, vehicle.bag) == bench
    assert made_from(world, cells.bag) == bench | set(vials)
