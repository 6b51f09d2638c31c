"""One donor in a cabinet at a time: it is cleared by two people before the next one's cells come in."""

import pytest

from lims.core.quantities import CellCount, SquareCentimetres
from lims.culture.actions import PassageCells, feed_flask, passage_cells
from lims.culture.queries import HarvestFacts
from lims.demonstration import making
from lims.demonstration.executing import executed
from lims.demonstration.treating import D
from lims.protocol.steps import StepKind
from lims.supplies.clearance import ClearLine, clear_line, cleared_for
from tests.supplies.test_supplies import feed
from tests.support.scenes import codes, read, stores_of, turned_away
from tests.support.worlds import World


@pytest.fixture
def first(world: World) -> tuple[str, HarvestFacts]:
    """A donor whose cells were harvested; the cabinet is still that donor's."""
    stores = stores_of(world)
    donor = making.a_donor(world.story)
    flasks = making.isolated(world.story, stores, donor)
    return donor, making.harvested(world.story, stores, flasks, 25)


def onwards(world: World, harvest: HarvestFacts) -> PassageCells:
    stores = stores_of(world)
    return PassageCells(
        harvest.id, 1, SquareCentimetres(D(175)), CellCount(D(700_000)),
        stores.growing, (stores.cabinet,),
    )  # fmt: skip


def test_after_another_donor_the_cabinet_is_cleared_before_it_is_used(
    world: World, first: tuple[str, HarvestFacts]
) -> None:
    donor, harvest = first
    stores = stores_of(world)
    other = making.a_donor(world.story)
    flask = making.isolated(world.story, stores, other)[0]
    executed(world.story, StepKind.PASSAGE, harvest.id)
    wanted = onwards(world, harvest)
    assert read(world, cleared_for, stores.cabinet).line == other
    assert codes(world, "tang", passage_cells, wanted, "tian") == {"line-not-cleared"}
    cleared = ClearLine(stores.cabinet, harvest.id)
    assert world.story.do("tang", clear_line, cleared, "tian").line == donor
    world.story.do("tang", passage_cells, wanted, "tian")
    late = feed(flask, stores.medium, stores.cabinet)
    assert codes(world, "tang", feed_flask, late) == {"line-not-cleared"}
    world.story.do("tang", feed_flask, feed(flask, stores.medium))  # without the cabinet


def test_the_same_donor_goes_on_without_clearing(
    world: World, first: tuple[str, HarvestFacts]
) -> None:
    _, harvest = first
    executed(world.story, StepKind.PASSAGE, harvest.id)
    world.story.do("tang", passage_cells, onwards(world, harvest), "tian")


def test_only_a_cabinet_is_cleared_and_for_one_donor(
    world: World, first: tuple[str, HarvestFacts]
) -> None:
    _, harvest = first
    stores = stores_of(world)
    for cabinet, of, code in (
        (stores.centrifuge, harvest.id, "not-a-cabinet"),
        (stores.cabinet, stores.medium, "no-donor-of-it"),
        (stores.cabinet, world.lots["vehicle"], "no-donor-of-it"),
    ):
        assert codes(world, "tang", clear_line, ClearLine(cabinet, of), "tian") == {code}
    vial = ClearLine(stores.cabinet, world.lots["product"])
    assert world.story.do("tang", clear_line, vial, "tian").line == world.donor


def test_it_turns_away_who_may_not(world: World, first: tuple[str, HarvestFacts]) -> None:
    wanted = ClearLine(stores_of(world).cabinet, first[1].id)
    turned_away(world, clear_line, wanted, "tang", "tian")
