"""From any node of the material, forward and backward, nothing is missing."""

from typing import Any

import pytest

from lims.bank.models import Vial
from lims.filling.queries import fill
from lims.genealogy.models import CameFrom
from lims.genealogy.queries import Trace, ancestors, descendants, edges_among, trace
from lims.identifiers.numbers import Kind, kind_of
from lims.testing.queries import samples_of
from tests.support.scene_fixtures import Scene
from tests.support.scenes import read, stores_of
from tests.support.worlds import World


def kinds(numbers: Any) -> set[Kind]:
    return {kind_of(number) for number in numbers}


def all_edges(world: World) -> list[tuple[str, str]]:
    with world.site.reading() as session:
        return [(edge.child, edge.parent) for edge in session.query(CameFrom)]


def closure(edges: list[tuple[str, str]], number: str, *, up: bool) -> set[str]:
    """The plain walk that the recursive query must agree with."""
    steps: dict[str, set[str]] = {}
    for child, parent in edges:
        here, there = (child, parent) if up else (parent, child)
        steps.setdefault(here, set()).add(there)
    seen: set[str] = set()
    waiting = [number]
    while waiting:
        for found in steps.get(waiting.pop(), set()) - seen:
            seen.add(found)
            waiting.append(found)
    return seen


def test_from_every_node_the_trace_agrees_with_a_plain_walk(received: Scene) -> None:
    world = received[0]
    edges = all_edges(world)
    nodes = sorted({number for edge in edges for number in edge})
    one_of_each = {kind_of(number): number for number in nodes}
    assert set(one_of_each) >= {
        Kind.DONOR, Kind.CORD, Kind.MATERIAL, Kind.EQUIPMENT, Kind.FLASK, Kind.HARVEST, Kind.LOT, Kind.VIAL,
        Kind.SESSION, Kind.BAG, Kind.SAMPLE,
    }  # fmt: skip
    for number in one_of_each.values():
        found: Trace = read(world, trace, number)
        up, down = ({n.number for n in side} for side in (found.upstream, found.downstream))
        assert up == closure(edges, number, up=True), number
        assert down == closure(edges, number, up=False), number


def test_from_the_donor_one_query_finds_every_cord_lot_vial_bag_and_sample(
    received: Scene,
) -> None:
    world, cells, vehicle = received
    down = read(world, descendants, world.donor)
    assert kinds(down) >= {Kind.CORD, Kind.FLASK, Kind.LOT, Kind.VIAL, Kind.BAG, Kind.SAMPLE}
    assert {cells.bag, vehicle.bag} <= set(down)  # one session: withdrawn alike in both arms
    assert Kind.VIAL in kinds(read(world, ancestors, cells.bag))
    assert Kind.VIAL not in kinds(read(world, ancestors, vehicle.bag))
    with world.site.reading() as session:
        every = {vial.number for vial in session.query(Vial)}
    assert every <= set(down)


def test_from_a_bag_back_to_donor_reagents_and_instruments(received: Scene) -> None:
    world, cells, vehicle = received
    stores = stores_of(world)
    bench = {stores.bags, stores.albumin, stores.saline, stores.cabinet, world.lots["vehicle"]}
    up = set(read(world, ancestors, cells.bag))
    assert {world.donor, world.lots["product"], stores.medium, stores.incubator} | bench <= up
    assert set(read(world, fill, cells.bag).vials) <= up
    assert bench <= set(read(world, ancestors, vehicle.bag))


@pytest.mark.parametrize("what", ["bags", "albumin", "saline", "cabinet"])
def test_where_was_this_used_finds_the_bags_of_both_arms(received: Scene, what: str) -> None:
    world, cells, vehicle = received
    down = read(world, descendants, getattr(stores_of(world), what))
    assert {cells.bag, vehicle.bag} <= set(down)


def test_the_bags_samples_belong_to_it(received: Scene) -> None:
    world, *babies = received
    for baby in babies:
        assert [s.number for s in read(world, samples_of, baby.bag)] == [baby.sample]
        assert baby.sample in read(world, descendants, baby.bag)
        assert world.lots["vehicle"] in read(world, ancestors, baby.sample)


def test_a_number_without_a_story_has_an_empty_trace_and_no_ward_number_has_one(
    received: Scene,
) -> None:
    world = received[0]
    for number in (world.participants[0], "LMV260009999"):
        found = read(world, trace, number)
        assert (found.upstream, found.downstream) == ((), ())
    ward = {Kind.PARTICIPANT, Kind.TREATMENT, Kind.ORDER, Kind.INFUSION}
    assert not ward & kinds(number for edge in all_edges(world) for number in edge)


def test_nothing_comes_from_itself(received: Scene) -> None:
    world = received[0]
    edges = all_edges(world)
    for number in {child for child, _ in edges}:
        assert number not in closure(edges, number, up=True)
    drawn = read(world, edges_among, [number for edge in edges for number in edge][:100])
    assert {(edge.child, edge.parent) for edge in drawn} <= set(edges)


def test_each_thing_is_told_with_name_standing_and_day_and_counted_by_kind(
    released: Scene,
) -> None:
    world, *_ = released
    client = world.client("quinn")
    page = client.get(f"/release/trace/{world.lots['product']}").text
    assert "UC-MSC" in page or "P1" in page
    rows = client.get(f"/release/trace/{world.lots['product']}?as=csv").text.splitlines()
    assert rows[0] == "Direction,Kind,Number,Name,Standing,Since"
    flask = next(row for row in rows if ",flask," in row)
    assert "harvested" in flask
    assert ",P" in flask
    vials = client.get(f"/release/trace/{world.lots['product']}?as=csv&q=vial").text.splitlines()
    assert 1 < len(vials) < len(rows)
    assert all(",vial," in row for row in vials[1:])
    material = next(row for row in rows if ",material," in row)
    assert "released" in material


def test_a_program_is_told_the_name_and_the_standing_of_each_thing_too(world: World) -> None:
    lot = world.lots["product"]
    told = world.client("quinn").get(f"/api/release/trace/{lot}").get_json()
    up = {node["number"]: node for node in told["upstream"]}
    assert up[world.donor]["standing"] == "eligible"
    assert any(node["name"] and node["since"] for node in told["upstream"])
    assert {node["kind"] for node in told["downstream"]} >= {"vial"}
