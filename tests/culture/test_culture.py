"""Isolation, feeding, harvest with a count, passage: who, when, and within which limits."""

from dataclasses import replace
from typing import Any

import pytest

from lims.core import shapes
from lims.core.errors import Invalid
from lims.core.quantities import CellCount, Millilitres, Percent, SquareCentimetres
from lims.culture import actions as culture
from lims.culture.models import Flask, FlaskStanding, Harvest
from lims.demonstration import making
from lims.demonstration.treating import D
from lims.donation.accepting import AcceptCord, accept_cord
from lims.donation.deciding import DecideEligibility, decide_eligibility
from lims.donation.models import Cord
from lims.donation.rules import CordStanding
from lims.genealogy.queries import ancestors
from lims.protocol.steps import StepKind
from lims.release.actions import JudgeLot, hold_lot
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.steps import stepped
from tests.support.worlds import World


def grown(world: World, donor: str = "") -> tuple[str, ...]:
    return making.isolated(world.story, stores_of(world), donor or making.a_donor(world.story))


def accepted(world: World, donor: str) -> str:
    cord = making.cord_of(world.story, donor)
    world.story.do("quinn", accept_cord, AcceptCord(cord, "intact"))
    stepped(world.story, StepKind.ISOLATION, cord)
    return cord


def pool(world: World, flasks: tuple[str, ...], **other: Any) -> culture.HarvestFlasks:
    seen = {"live": 412, "dead": 21, "squares": 8, "dilution": D(2)}
    stepped(world.story, StepKind.HARVEST, *flasks[:1])
    volume, stores = Millilitres(D(other.pop("volume", "25"))), stores_of(world)
    return culture.HarvestFlasks(
        flasks,
        **(seen | other),
        volume=volume,
        materials=stores.growing,
        equipment=(stores.centrifuge,),
    )


def harvested(world: World, flasks: tuple[str, ...], **other: Any) -> culture.HarvestFacts:
    return world.story.do("tang", culture.harvest_flasks, pool(world, flasks, **other), "tian")


def passage(world: World, harvest: str, cells: int, flasks: int = 1) -> culture.PassageCells:
    stores = stores_of(world)
    stepped(world.story, StepKind.PASSAGE, harvest)
    return culture.PassageCells(
        harvest, flasks, SquareCentimetres(D(175)), CellCount(D(cells)), stores.growing,
        (stores.cabinet,),
    )  # fmt: skip


def test_it_turns_away_everybody_but_technicians(world: World) -> None:
    flasks = grown(world)
    stores = stores_of(world)
    isolate = culture.IsolateCells(
        making.cord_of(world.story, world.donor), 1, SquareCentimetres(D(9)), (), ()
    )
    feed = culture.FeedFlask(flasks[0], Percent(D(50)), stores.growing, "even")
    for action, command in (
        (culture.isolate_cells, isolate),
        (culture.feed_flask, feed),
        (culture.discard_flask, culture.DiscardFlask(flasks[0], "mould")),
        (culture.harvest_flasks, pool(world, flasks)),
        (culture.passage_cells, passage(world, "0" * 16, 1)),
    ):
        turned_away(world, action, command, "tang", "tian")


def test_a_cord_is_isolated_once_with_the_line_cleared_by_somebody_else(world: World) -> None:
    donor = making.a_donor(world.story)
    cord, stores = accepted(world, donor), stores_of(world)
    area = SquareCentimetres(D(175))
    command = culture.IsolateCells(cord, 2, area, stores.growing, (stores.cabinet,))
    for second, code in (("tang", "same-person"), ("ana", "second-person-role")):
        assert codes(world, "tang", culture.isolate_cells, command, second) == {code}
    made = world.story.do("tang", culture.isolate_cells, command, "tian").flasks
    for flask in made:
        upstream = set(read(world, ancestors, flask))
        assert {cord, donor, stores.medium, stores.cabinet} <= upstream
    assert codes(world, "tang", culture.isolate_cells, command, "tian") == {"wrong-standing"}


def test_a_cord_is_not_isolated_before_qa_has_accepted_it(world: World) -> None:
    cord, stores = making.cord_of(world.story, making.a_donor(world.story)), stores_of(world)
    area = SquareCentimetres(D(175))
    command = culture.IsolateCells(cord, 2, area, stores.growing, (stores.cabinet,))
    assert codes(world, "tang", culture.isolate_cells, command, "tian") == {"wrong-standing"}
    assert row(world, Cord, cord).standing is CordStanding.RECEIVED


def test_news_that_the_donor_is_ineligible_stops_every_next_step(world: World) -> None:
    donor = making.a_donor(world.story)
    flasks, stores = grown(world, donor), stores_of(world)
    harvest = harvested(world, flasks[:1])
    no = DecideEligibility(donor, False, "late result")
    world.story.do("quinn", decide_eligibility, no)
    feed = culture.FeedFlask(flasks[1], Percent(D(50)), stores.growing, "even")
    assert codes(world, "tang", culture.feed_flask, feed) == {"donor-ineligible"}
    for action, command in (
        (culture.harvest_flasks, pool(world, flasks[1:])),
        (culture.passage_cells, passage(world, harvest.id, 1_000_000)),
    ):
        assert "donor-ineligible" in codes(world, "tang", action, command, "tian")


def test_each_step_names_at_least_one_material_and_one_instrument() -> None:
    """The shape refuses it on every path: page, API and import."""
    for shape in (culture.IsolateCells, culture.HarvestFlasks, culture.PassageCells):
        with pytest.raises(Invalid) as refused:
            shapes.read(shape, {"materials": [], "equipment": []})
        for entry in ("materials", "equipment"):
            assert refused.value.fields[entry] == ["Scan at least 1."], (shape, entry)


@pytest.mark.parametrize(("flasks", "area"), [(0, "9"), (41, "9"), (-1, "9"), (1, "0"), (1, "-1")])
def test_it_refuses_no_flask_too_many_flasks_and_no_area(
    world: World, flasks: int, area: str
) -> None:
    cord, stores = accepted(world, making.a_donor(world.story)), stores_of(world)
    command = culture.IsolateCells(
        cord, flasks, SquareCentimetres(D(area)), stores.growing, (stores.cabinet,)
    )
    refused = codes(world, "tang", culture.isolate_cells, command, "tian")
    assert refused == {"number-of-flasks"}


def test_flasks_of_two_donors_are_never_pooled(world: World) -> None:
    mixed = (grown(world)[0], grown(world)[0])
    assert codes(world, "tang", culture.harvest_flasks, pool(world, mixed), "tian") == {
        "mixed-donors"
    }
    assert row(world, Flask, mixed[0]).standing is FlaskStanding.GROWING


def test_flasks_of_two_passages_are_never_pooled(world: World) -> None:
    p0 = grown(world)
    harvest = harvested(world, p0[:1])
    p1 = world.story.do(
        "tang", culture.passage_cells, passage(world, harvest.id, 1_000_000), "tian"
    ).flasks
    mixed = pool(world, (p0[1], p1[0]))
    assert codes(world, "tang", culture.harvest_flasks, mixed, "tian") == {"mixed-passages"}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"squares": 0}, {"no-squares"}),
        ({"dilution": D("0.9")}, {"dilution"}),
        ({"live": 0}, {"no-live-cells", "too-few-cells"}),
        ({"live": 78}, {"too-few-cells"}),
        ({"live": -1}, {"negative", "no-live-cells", "too-few-cells"}),
        ({"dead": -400}, {"negative", "too-few-cells"}),
        ({"volume": "0"}, {"volume"}),
        ({"volume": "-5"}, {"volume"}),
        ({"live": 0, "dead": 0, "squares": 0, "dilution": D(0), "volume": "0"},
         {"no-squares", "dilution", "no-live-cells", "too-few-cells", "volume"}),
    ],
)  # fmt: skip
def test_it_says_everything_that_is_wrong_with_a_count(
    world: World, seen: dict[str, Any], expected: set[str]
) -> None:
    flasks = grown(world)
    command = pool(world, flasks, **seen)
    assert codes(world, "tang", culture.harvest_flasks, command, "tian") == expected


def test_a_hundred_cells_are_enough_and_one_square_too(world: World) -> None:
    found = harvested(world, grown(world), live=79, dead=21, squares=1, dilution=D(1))
    assert found.viability == Percent(D(79))


def test_a_flask_is_harvested_or_discarded_once(world: World) -> None:
    first, second = grown(world)
    assert codes(world, "tang", culture.harvest_flasks, pool(world, ()), "tian") == {"no-flask"}
    discard = culture.DiscardFlask(first, "mould")
    world.story.do("tang", culture.discard_flask, discard)
    assert codes(world, "tang", culture.discard_flask, discard) == {"wrong-standing"}
    assert codes(world, "tang", culture.harvest_flasks, pool(world, (first,)), "tian") == {
        "wrong-standing"
    }
    harvested(world, (second, second))  # scanned twice is one flask
    feed = culture.FeedFlask(second, Percent(D(50)), stores_of(world).growing, "even")
    assert codes(world, "tang", culture.feed_flask, feed) == {"not-growing"}


def test_the_count_is_checked_by_another_technician(world: World) -> None:
    flasks = grown(world)
    for second, code in (("tang", "same-person"), ("quinn", "second-person-role")):
        assert codes(world, "tang", culture.harvest_flasks, pool(world, flasks), second) == {code}
    found = harvested(world, flasks)
    assert (found.counted_by, found.checked_by) == ("tang", "tian")


def test_doublings_add_up_along_the_lineage(world: World) -> None:
    p0 = harvested(world, grown(world))
    assert (p0.doublings, p0.cumulative) == (None, 0)
    seeded = passage(world, p0.id, 1_000_000, 2)
    flasks = world.story.do("tang", culture.passage_cells, seeded, "tian").flasks
    p1 = harvested(world, flasks, live=400, dead=20, squares=8, dilution=D(2), volume="16")
    assert p1.viable_cells == CellCount(D(16_000_000))  # 2 million became 16: three doublings
    assert (round(p1.doublings or 0, 9), round(p1.cumulative, 9)) == (3, 3)
    again = passage(world, p1.id, 2_000_000)
    flasks = world.story.do("tang", culture.passage_cells, again, "tian").flasks
    p2 = harvested(world, flasks, live=400, dead=20, squares=8, dilution=D(2), volume="16")
    assert (p2.passage, round(p2.cumulative, 9)) == (2, 6)


def test_the_cells_of_a_harvest_are_spent_once(world: World) -> None:
    found = harvested(world, grown(world))
    most = int(found.viable_cells.value)
    assert codes(world, "tang", culture.passage_cells, passage(world, found.id, most + 1), "tian")
    world.story.do("tang", culture.passage_cells, passage(world, found.id, most), "tian")
    again = passage(world, found.id, 1)
    assert codes(world, "tang", culture.passage_cells, again, "tian") == {"not-enough-cells"}
    none = passage(world, found.id, 0)
    assert "no-cells" in codes(world, "tang", culture.passage_cells, none, "tian")


def test_it_grows_nothing_beyond_the_last_passage(world: World) -> None:
    found = harvested(world, grown(world))
    for number in range(1, 6):
        command = passage(world, found.id, 1_000_000)
        flasks = world.story.do("tang", culture.passage_cells, command, "tian").flasks
        found = harvested(world, flasks)
        assert found.passage == number
    beyond = passage(world, found.id, 1_000_000)
    assert codes(world, "tang", culture.passage_cells, beyond, "tian") == {"passage-limit"}


def test_it_grows_nothing_beyond_the_most_doublings(world: World) -> None:
    found = harvested(world, grown(world))
    command = passage(world, found.id, 1)
    flasks = world.story.do("tang", culture.passage_cells, command, "tian").flasks
    old = harvested(world, flasks, volume="2000")  # one cell became 2 thousand million
    assert old.cumulative > 30
    beyond = passage(world, old.id, 1_000_000)
    assert codes(world, "tang", culture.passage_cells, beyond, "tian") == {"doublings-limit"}


def harvests(world: World) -> int:
    with world.site.reading() as session:
        return session.query(Harvest).count()


def test_nothing_is_fed_with_a_material_that_was_held_a_second_ago(world: World) -> None:
    flasks, before, stores = grown(world), harvests(world), stores_of(world)
    world.story.do("quinn", hold_lot, JudgeLot(stores.saline, "supplier"))
    held = (stores.medium, stores.saline)
    feed = culture.FeedFlask(flasks[0], Percent(D(50)), held, "even")
    assert codes(world, "tang", culture.feed_flask, feed) == {"lot-hold"}
    pooled = replace(pool(world, flasks), materials=held)
    assert codes(world, "tang", culture.harvest_flasks, pooled, "tian") == {"lot-hold"}
    assert row(world, Flask, flasks[0]).standing is FlaskStanding.GROWING
    assert harvests(world) == before


def test_flasks_that_grew_in_a_material_now_on_hold_go_no_further(world: World) -> None:
    flasks, before, stores = grown(world), harvests(world), stores_of(world)
    world.story.do("quinn", hold_lot, JudgeLot(stores.medium, "supplier"))
    feed = culture.FeedFlask(flasks[0], Percent(D(50)), (stores.saline,), "even")
    assert codes(world, "tang", culture.feed_flask, feed) == {"ancestor-hold"}
    pooled = replace(pool(world, flasks), materials=(stores.saline,))
    assert "ancestor-hold" in codes(world, "tang", culture.harvest_flasks, pooled, "tian")
    assert row(world, Flask, flasks[0]).standing is FlaskStanding.GROWING
    assert harvests(world) == before
