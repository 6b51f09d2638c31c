"""Samples on the way: a cord's transport liquid, a growing vessel; what they fail stops what follows."""

from decimal import Decimal

import pytest

from lims.core.errors import Missing
from lims.demonstration import making
from lims.release.actions import ReleaseLot, release_lot
from lims.supplies.models import Lot
from lims.supplies.rules import LotKind, LotStanding
from lims.testing import actions as testing
from lims.testing.queries import lines_of
from lims.testing.queries import sample as find_sample
from tests.support.scenes import codes, row, stores_of, turned_away
from tests.support.worlds import World


def grown(world: World) -> tuple[str, str, str]:
    """A cord, a vessel of it that was harvested, and the bank that was filled of that."""
    story, stores = world.story, stores_of(world)
    donor = making.a_donor(story)
    flasks = making.isolated(story, stores, donor)
    harvest = making.harvested(story, stores, flasks, 100)
    bank = making.filled(story, stores, harvest, LotKind.MASTER_BANK, 2)
    return making.cord_of(story, donor), flasks[0], bank


def sampled(world: World, of: str) -> str:
    return world.story.do("tang", testing.sample_in_process, testing.SampleInProcess(of)).number


def entered(world: World, number: str, **wrong: str) -> None:
    """Every line of a sample, reviewed; one fails where it is told so."""
    right = {
        "BIO": {"value": Decimal(0)},
        "END": {"value": Decimal("0.05")},
        "MYC": {"category": "not detected"},
    }
    with world.site.reading() as session:
        lines = lines_of(session, find_sample(session, number).specification)
    for code in (line.code for line in lines):
        told = {**right[code], **({"value": Decimal(wrong[code])} if code in wrong else {})}
        result = testing.EnterResult(number, code, **told)  # type: ignore[arg-type]
        made = world.story.do("ana", testing.enter_result, result)
        world.story.do("aiko", testing.review_result, testing.ReviewResult(made.id))


def test_a_lot_waits_for_the_samples_that_were_taken_on_its_way(world: World) -> None:
    cord, flask, bank = grown(world)
    taken = [sampled(world, cord), sampled(world, flask)]
    making.tested(world.story, bank)
    release = ReleaseLot(bank)
    assert "in-process" in codes(world, "quinn", release_lot, release)
    page = world.client("quinn").get(f"/culture/flasks/{flask}").get_data(as_text=True)
    assert taken[1] in page
    for number in taken:
        entered(world, number)
    making.released(world.story, bank)


@pytest.mark.parametrize("of", [0, 1])
def test_what_fails_on_the_way_holds_the_lot_that_was_released(
    either_world: World, of: int
) -> None:
    world = either_world
    found = grown(world)
    making.tested(world.story, found[2])
    making.released(world.story, found[2])
    late = sampled(world, found[of])
    entered(world, late, BIO="200")
    assert row(world, Lot, found[2]).standing is LotStanding.HOLD
    assert row(world, Lot, world.lots["product"]).standing is LotStanding.RELEASED


def test_only_who_takes_samples_takes_them_and_of_what_is_there(world: World) -> None:
    cord = making.cord_of(world.story, world.donor)
    turned_away(
        world,
        testing.sample_in_process,
        testing.SampleInProcess(cord),
        "tang",
        "tian",
        "ana",
        "aiko",
    )
    with pytest.raises(Missing):
        sampled(world, "LMC269999993")


def test_a_sample_taken_by_mistake_is_voided_by_qa_and_holds_no_lot_back(world: World) -> None:
    cord, _, bank = grown(world)
    taken = sampled(world, cord)
    making.tested(world.story, bank)
    assert "in-process" in codes(world, "quinn", release_lot, ReleaseLot(bank))
    void = testing.VoidSample(taken, "the liquid of another cord")
    turned_away(world, testing.void_sample, void, "quinn", "qiu")
    world.story.do("quinn", testing.void_sample, void)
    assert codes(world, "quinn", testing.void_sample, void) == {"struck-out-already"}
    assert taken not in world.client("ana").get("/").get_data(as_text=True)
    making.released(world.story, bank)
