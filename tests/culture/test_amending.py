"""A count or a feeding was mistyped: what followed from it is computed anew, downstream too."""

from lims.core.quantities import CellCount, Millilitres, Percent
from lims.culture import actions as culture
from lims.culture import queries
from lims.culture.amending import AmendCount, AmendFeeding, amend_count, amend_feeding
from lims.culture.models import Flask, Harvest
from lims.demonstration import making
from lims.demonstration.treating import D
from lims.deviations.queries import open_about
from lims.genealogy.queries import ancestors
from lims.identifiers.numbers import Kind, kind_of
from lims.supplies.models import Lot
from lims.supplies.rules import LotKind, LotStanding
from tests.culture.test_culture import grown, harvested, passage
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


def right(harvest: str, live: int, volume: str = "16") -> AmendCount:
    return AmendCount(harvest, live, 20, 8, D(2), Millilitres(D(volume)), "read from the photo")


def test_doublings_are_carried_down_the_lineage(world: World) -> None:
    p0 = harvested(world, grown(world))
    seeded = passage(world, p0.id, 1_000_000, 2)
    flasks = world.story.do("tang", culture.passage_cells, seeded, "tian").flasks
    p1 = harvested(world, flasks, live=400, dead=20, squares=8, dilution=D(2), volume="16")
    below = world.story.do(
        "tang", culture.passage_cells, passage(world, p1.id, 2_000_000), "tian"
    ).flasks
    p2 = harvested(world, below, live=400, dead=20, squares=8, dilution=D(2), volume="16")

    turned_away(world, amend_count, right(p1.id, 200), "tang", "tian")
    found = world.story.do("tang", amend_count, right(p1.id, 200), "tian")
    assert found.viable_cells == CellCount(D(8_000_000))  # 2 million became 8: two doublings
    assert round(found.cumulative, 9) == 2
    assert round(row(world, Flask, below[0]).doublings_before, 9) == 2
    assert round(read(world, queries.harvest, p2.id).cumulative, 9) == 5
    assert round(row(world, Flask, below[0]).doublings, 9) == 5
    page = world.client("quinn").get(f"/culture/harvests/{p1.id}").get_data(as_text=True)
    assert "read from the photo" in page
    assert ">400<" in page


def test_what_was_made_of_more_than_there_was_is_a_deviation(world: World) -> None:
    p0 = harvested(world, grown(world))
    seeded = passage(world, p0.id, 1_000_000, 2)
    flasks = world.story.do("tang", culture.passage_cells, seeded, "tian").flasks
    p1 = harvested(world, flasks, live=400, dead=20, squares=8, dilution=D(2), volume="16")
    taken = passage(world, p1.id, 15_000_000)
    world.story.do("tang", culture.passage_cells, taken, "tian")
    world.story.do("tang", amend_count, right(p1.id, 200), "tian")
    assert read(world, open_about, sorted(flasks))


def test_a_lot_whose_doublings_are_others_is_judged_by_qa(world: World) -> None:
    stores = stores_of(world)
    p0 = making.harvested(world.story, stores, grown(world), 20)
    p1 = making.harvested(
        world.story, stores, making.passaged(world.story, stores, p0, 2, 5_000_000), 300
    )
    lot = making.filled(world.story, stores, p1, LotKind.PRODUCT, 4)
    known = p1
    wanted = AmendCount(
        p1.id, known.live + 40, known.dead, known.squares, known.dilution, known.volume, "recount"
    )
    world.story.do("tang", amend_count, wanted, "tian")
    assert len(read(world, open_about, [lot])) == 1


def test_a_count_that_cannot_be_is_not_put_in_its_place(world: World) -> None:
    p0 = harvested(world, grown(world))
    few = right(p0.id, 20)
    assert codes(world, "tang", amend_count, few, "tian") == {"too-few-cells"}
    known = read(world, queries.harvest, p0.id)
    same = AmendCount(
        p0.id, known.live, known.dead, known.squares, known.dilution, known.volume, "no change"
    )
    assert codes(world, "tang", amend_count, same, "tian") == {"nothing-to-amend"}


def test_a_feeding_is_put_right_on_its_own_flask_alone(world: World) -> None:
    flasks = grown(world)
    stores = stores_of(world)
    for flask in flasks[:2]:
        fed = culture.FeedFlask(flask, Percent(D(5)), stores.growing, "even")
        world.story.do("tang", culture.feed_flask, fed)
    feeding = read(world, queries.flask, flasks[0]).feedings[-1].id
    wanted = AmendFeeding(flasks[0], feeding, Percent(D(50)), "even, bright", "a nought was lost")
    turned_away(world, amend_feeding, wanted, "tang", "tian")
    other = AmendFeeding(flasks[1], feeding, Percent(D(50)), "even", "a nought was lost")
    assert codes(world, "tang", amend_feeding, other) == {"of-somebody-else"}
    found = world.story.do("tang", amend_feeding, wanted)
    assert found.feedings[-1].confluence == Percent(D(50))
    page = world.client("quinn").get(f"/culture/flasks/{flasks[0]}").get_data(as_text=True)
    assert "a nought was lost" in page
    assert [n for n in read(world, ancestors, flasks[0]) if kind_of(n) is Kind.CORD]


def test_a_released_lot_whose_cells_grew_too_often_is_held(world: World) -> None:
    lot = world.lots["product"]
    with world.site.reading() as session:
        harvest = session.query(Harvest).filter(Harvest.passage == 1).one()
    most = Millilitres(D(100_000))  # and the thinnest count there can be: over thirty doublings
    wanted = AmendCount(harvest.id, 9000, harvest.dead, 1, D(10_000), most, "neither was read")
    world.story.do("tang", amend_count, wanted, "tian")
    assert row(world, Lot, lot).standing is LotStanding.HOLD
