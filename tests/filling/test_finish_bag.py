"""Sampled, labelled, sleeved, released on conditions, certified at the end."""

from datetime import timedelta
from typing import Any

import pytest

from lims.accounts.actions import GrantRole, grant_role
from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.core.chance import SystemChance
from lims.core.quantities import Millilitres
from lims.core.rounding import Qualifier
from lims.demonstration import making, treating
from lims.demonstration.treating import Baby, D
from lims.deviations import actions as deviations
from lims.deviations.queries import deviation, open_about
from lims.deviations.rules import DeviationKind
from lims.filling import actions as filling
from lims.filling import finishing
from lims.filling.models import Fill
from lims.identifiers.numbers import Kind, random_number
from lims.labelling.actions import MakeSleeves, ScanBack, make_sleeves, scan_back
from lims.release.actions import JudgeLot, hold_lot
from lims.testing import actions as testing
from lims.testing.sterility import CloseSterility, ReadSterility, close_sterility, read_sterility
from lims.trust.identity.roles import Role
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, counted_too, read, row, stores_of, turned_away
from tests.support.worlds import World


def drawn(world: World) -> tuple[Baby, Baby]:
    """A bag in each arm, drawn and not yet sampled."""
    treating.at_eight(world.story)
    weights = zip(world.participants, ("72.5", "81.6"), strict=True)
    orders = [treating.ordered(world.story, number, 1, weight) for number, weight in weights]
    session = treating.opened_session(world.story, stores_of(world))
    slot = max(treating.slot_of(world.story, order) for order in orders)
    world.story.wait_until(slot - timedelta(hours=3))
    cells, vehicle = (treating.begun(world.story, session, order) for order in orders)
    for baby in (cells, vehicle):
        treating.drawn(world.story, baby)
    return cells, vehicle


def filling_vials(world: World, bag: str) -> tuple[str, ...]:
    with world.site.reading() as session:
        return filling.queries.fill(session, bag).vials


def refusals(world: World, bag: str, who: str = "quinn") -> set[str]:
    return codes(world, who, finishing.release_bag, finishing.ReleaseBag(bag))


def test_a_freshly_drawn_bag_lacks_everything_in_both_arms_alike(world: World) -> None:
    for baby in drawn(world):
        assert refusals(world, baby.bag) == {"no-sample", "no-active-label", "no-sleeve"}


def test_it_turns_away_everybody_but_qa(released: Scene) -> None:
    world, cells, _ = released
    command: Any = finishing.ReleaseBag(cells.bag)
    turned_away(world, finishing.release_bag, command, "quinn", "qiu")
    turned_away(world, finishing.certify_bag, finishing.OfBag(cells.bag), "quinn", "qiu")


def test_it_lists_every_fault_of_a_bag_at_once(world: World) -> None:
    cells, _ = drawn(world)
    of_bag = finishing.OfBag(cells.bag)
    sample = world.story.do("tang", finishing.sample_bag, of_bag).number
    failing = world.story.do("ana", testing.enter_result, testing.EnterResult(
        sample, "VIA", Qualifier.EQUAL, D("83.0")))  # fmt: skip
    world.story.do("aiko", testing.review_result, testing.ReviewResult(failing.id))
    world.story.do("tang", finishing.print_bag_label, of_bag)
    world.story.wait(hours=7)
    assert refusals(world, cells.bag) == {
        "no-result", "out-of-specification", "counts-differ", "not-inoculated", "no-active-label",
        "no-sleeve", "open-deviation", "expired",
    }  # fmt: skip


def test_it_samples_labels_and_sleeves_in_both_arms_and_each_once(world: World) -> None:
    babies = drawn(world)
    run = world.story.do("tang", make_sleeves, MakeSleeves(3))
    for place, baby in enumerate(babies):
        of_bag = finishing.OfBag(baby.bag)
        world.story.do("tang", finishing.sample_bag, of_bag)
        assert codes(world, "tang", finishing.sample_bag, of_bag) == {"sampled"}
        label = world.story.do("tang", finishing.print_bag_label, of_bag)
        assert label.code == baby.bag
        assert codes(world, "tang", finishing.print_bag_label, of_bag) == {"has-label"}
        world.story.do("tang", scan_back, ScanBack(label.code))
        sleeve = finishing.SleeveBag(baby.bag, run.codes[place], baby.bag, run.codes[place])
        assert codes(world, "tang", finishing.sleeve_bag, sleeve, "tang") == {"same-person"}
        world.story.do("tang", finishing.sleeve_bag, sleeve, "tian")
    again = finishing.SleeveBag(babies[1].bag, run.codes[0], babies[1].bag, run.codes[0])
    assert codes(world, "tang", finishing.sleeve_bag, again, "tian") == {"sleeve-used"}
    other = random_number(Kind.SLEEVE, SystemChance())
    strange = finishing.SleeveBag(babies[1].bag, other, babies[1].bag, other)
    assert codes(world, "tang", finishing.sleeve_bag, strange, "tian") == {"unknown-sleeve"}


def test_a_released_bag_is_not_touched_any_more(released: Scene) -> None:
    world, *babies = released
    for baby in babies:
        of_bag = finishing.OfBag(baby.bag)
        for action in (finishing.sample_bag, finishing.print_bag_label):
            assert codes(world, "tang", action, of_bag) == {"not-drawn"}
        sleeve = finishing.SleeveBag(baby.bag, "another", baby.bag, "another")
        assert codes(world, "tang", finishing.sleeve_bag, sleeve, "tian") == {"not-drawn"}
        assert "not-drawn" in refusals(world, baby.bag)
        assert row(world, Fill, baby.bag).released_by == "quinn"


@pytest.mark.parametrize(("value", "passes"), [("84.5", True), ("84.4", False), ("83", False)])
def test_a_low_viability_is_rounded_by_the_declared_rule_and_by_no_trick(
    world: World, value: str, passes: bool
) -> None:
    cells, _ = drawn(world)
    sample = world.story.do("tang", finishing.sample_bag, finishing.OfBag(cells.bag)).number
    making.entered(world.story, sample, {"VIA": value})
    assert ("out-of-specification" not in refusals(world, cells.bag)) is passes


@pytest.mark.parametrize("who", ["ana", "tang"])
def test_whoever_filled_or_tested_the_bag_does_not_release_it(world: World, who: str) -> None:
    world.story.do("ada", grant_role, GrantRole(who, Role.QA), "quinn")
    world.story.actors.clear()
    cells, _ = drawn(world)
    world.story.do("tang", finishing.sample_bag, finishing.OfBag(cells.bag))
    with world.site.reading() as session:
        sample = finishing.samples_of(session, cells.bag)[0].number
    making.entered(world.story, sample)
    assert "your-hands" in refusals(world, cells.bag, who)
    assert "your-hands" not in refusals(world, cells.bag, "qiu")


def test_a_hold_after_the_draw_stops_the_release_of_both_arms(world: World) -> None:
    babies = drawn(world)
    world.story.do("quinn", hold_lot, JudgeLot(stores_of(world).bags, "supplier's recall"))
    for baby in babies:
        assert row(world, Bag, baby.bag).standing is BagStanding.WITHDRAWN
        assert "withdrawn" in refusals(world, baby.bag)


def test_it_certifies_only_a_released_bag_whose_sterility_has_closed(released: Scene) -> None:
    world, *babies = released
    for baby in babies:
        of_bag = finishing.OfBag(baby.bag)
        refused = codes(world, "quinn", finishing.certify_bag, of_bag)
        assert refused == {"sterility-open"}
    world.story.wait(days=14, hours=1)
    for baby in babies:
        world.story.do("ana", close_sterility, CloseSterility(baby.sample), "aiko")
        of_bag = finishing.OfBag(baby.bag)
        world.story.do("quinn", finishing.certify_bag, of_bag)
        assert codes(world, "quinn", finishing.certify_bag, of_bag) == {"certified"}


def test_it_certifies_nothing_that_grew(released: Scene) -> None:
    world, cells, _ = released
    world.story.do("ana", read_sterility, ReadSterility(cells.sample, True, "S. epidermidis"))
    refused = codes(world, "quinn", finishing.certify_bag, finishing.OfBag(cells.bag))
    assert refused == {"sterility-open", "withdrawn", "open-deviation"}


def test_a_bag_that_was_never_released_is_not_certified(world: World) -> None:
    cells, _ = drawn(world)
    refused = codes(world, "quinn", finishing.certify_bag, finishing.OfBag(cells.bag))
    assert refused == {"not-released", "sterility-open"}


def dense(world: World, dilution: int) -> tuple[str, set[str]]:
    """So dense a pool that the 0.1 mL of the syringe decide the dose; the bag, the refusal."""
    treating.at_eight(world.story)
    order = treating.ordered(world.story, world.participants[0], 1, "72.5")
    session = treating.opened_session(world.story, stores_of(world))
    world.story.wait_until(treating.slot_of(world.story, order) - timedelta(hours=3))
    baby = treating.begun(world.story, session, order)
    for vial in filling_vials(world, baby.bag):
        world.story.do("tang", filling.thaw_for_bag, filling.ThawForBag(baby.bag, vial))
    pool = D("0.2") if dilution > 100 else D("0.6")  # no more cells than were frozen
    count = filling.DrawCells(baby.bag, 440, 5, 1, D(dilution), Millilitres(pool))
    counted_too(world, count)
    if dilution > 100:
        return baby.bag, codes(world, "tang", filling.draw_cells, count, "tian")
    world.story.do("tang", filling.draw_cells, count, "tian")
    return baby.bag, set()


def test_a_dose_ten_per_cent_short_needs_a_deviation_that_qa_has_closed(world: World) -> None:
    bag, _ = dense(world, 55)  # 242 million per mL: 0.4 mL are 10.99 % short
    assert round(row(world, Fill, bag).deviation.value, 2) == D("-10.99")
    assert {"dose-deviation", "open-deviation"} <= refusals(world, bag)
    (number,) = read(world, open_about, [bag])  # opened by the draw itself
    assert read(world, deviation, number).code is DeviationKind.DOSE
    close = deviations.CloseDeviation(number, "within what the protocol tolerates")
    world.story.do("quinn", deviations.close_deviation, close)
    assert refusals(world, bag) == {"no-sample", "no-active-label", "no-sleeve"}


def test_a_dose_twenty_per_cent_short_is_never_drawn(world: World) -> None:
    bag, refused = dense(world, 176)  # 0.1 mL are 28.8 % short
    assert refused == {"dose-deviation"}
    assert row(world, Bag, bag).standing is BagStanding.FILLING


def test_a_leaking_bag_is_given_up_before_it_leaves_and_not_after(received: Scene) -> None:
    world, cells, _ = received
    lost = filling.DiscardBag(cells.bag, True, "leak")
    refused = codes(world, "tang", filling.discard_bag, lost, "tian")
    assert refused == {"left-the-laboratory"}


def test_an_open_deviation_about_the_bag_stops_its_release_until_qa_closes_it(
    world: World,
) -> None:
    cells, _ = drawn(world)
    about = deviations.OpenDeviation(cells.bag, "A drop on the port, wiped off.")
    number = world.story.do("tang", deviations.open_deviation, about).number
    assert "open-deviation" in refusals(world, cells.bag)
    close = deviations.CloseDeviation(number, "no effect on the product")
    world.story.do("quinn", deviations.close_deviation, close)
    assert "open-deviation" not in refusals(world, cells.bag)
