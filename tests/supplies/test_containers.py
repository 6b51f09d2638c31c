"""A delivery has containers, each with its own number, label and clock; news are of the delivery."""

from dataclasses import replace
from datetime import timedelta

from lims.core.quantities import Hours
from lims.culture.actions import feed_flask
from lims.demonstration.treating import D
from lims.deviations.actions import OpenDeviation, open_deviation
from lims.labelling.queries import live_label
from lims.release.actions import JudgeLot, hold_lot, recall_lot, return_lot
from lims.supplies import queries
from lims.supplies.actions import (
    AcceptMaterial,
    ReceiveMaterial,
    UseUp,
    accept_material,
    receive_material,
    use_up,
)
from lims.supplies.labels import PrintContainerLabels, print_container_labels
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from tests.supplies.test_supplies import feed, flask
from tests.support.scenes import codes, read, row, turned_away
from tests.support.worlds import World

__all__ = ["flask"]  # a fixture
S = LotStanding


def delivery(world: World, containers: int = 10, lot: str = "A-17") -> list[str]:
    """A delivery of medium that lasts thirty days once a bottle is opened, accepted by QA."""
    wanted = ReceiveMaterial(
        "Medium", "Bio House", lot, world.story.today + timedelta(days=300),
        Hours(D(720)), containers,
    )  # fmt: skip
    first = world.story.do("tang", receive_material, wanted).number
    world.story.do("quinn", accept_material, AcceptMaterial(first, "CoA 17"))
    return [c.number for c in read(world, queries.containers_of, first)]


def standings(world: World, numbers: list[str]) -> set[LotStanding]:
    return {row(world, Lot, number).standing for number in numbers}


def test_one_acceptance_is_for_the_whole_delivery(world: World) -> None:
    numbers = delivery(world)
    assert len(set(numbers)) == 10
    assert standings(world, numbers) == {S.RELEASED}
    assert {row(world, Lot, n).certificate for n in numbers} == {"CoA 17"}


def test_news_of_one_container_are_news_of_all(world: World) -> None:
    numbers = delivery(world, 3)
    doubt = JudgeLot(numbers[1], "the supplier warns of endotoxin")
    world.story.do("quinn", hold_lot, doubt)
    assert standings(world, numbers) == {S.HOLD}
    world.story.do("qiu", return_lot, doubt)
    assert standings(world, numbers) == {S.RELEASED}
    world.story.do("quinn", recall_lot, doubt)
    assert standings(world, numbers) == {S.RECALLED}


def test_what_the_supplier_recalls_is_recalled_in_every_delivery(world: World) -> None:
    """Case 28 of the reference: a reagent's lot, wherever it is used, in both arms."""
    first, second, other = delivery(world, 2), delivery(world, 3), delivery(world, 1, "B-18")
    waiting = ReceiveMaterial("Medium", "Bio House", "A-17", world.story.today)
    unseen = world.story.do("tang", receive_material, waiting).number
    spelt = replace(waiting, name="medium", supplier="bio  house", supplier_lot="a-17")
    otherwise = world.story.do("tang", receive_material, spelt).number
    world.story.do("quinn", hold_lot, JudgeLot(second[0], "warm on its way"))
    assert standings(world, first) == {S.RELEASED}  # a doubt is about its own delivery
    world.story.do("quinn", recall_lot, JudgeLot(first[1], "the supplier recalls A-17"))
    assert standings(world, [*first, *second, unseen, otherwise]) == {S.RECALLED}
    assert standings(world, other) == {S.RELEASED}
    again = codes(world, "quinn", recall_lot, JudgeLot(second[2], "again"))
    assert again == {"wrong-standing"}


def test_the_same_lot_is_found_across_deliveries(world: World) -> None:
    first, second, other = delivery(world, 2), delivery(world, 1), delivery(world, 1, "B-18")
    found = read(world, queries.material, first[0])
    assert read(world, queries.same_supplier_lot, found) == second
    tang = world.client("tang")
    page = tang.get(f"/supplies/materials/{first[1]}").get_data(as_text=True)
    assert second[0] in page
    assert other[0] not in page


def test_each_container_gets_a_label(world: World) -> None:
    numbers = delivery(world, 4)
    world.story.do("tang", print_container_labels, PrintContainerLabels(numbers[2]))
    for number in numbers:
        assert read(world, live_label, number) is not None
    again = codes(world, "tang", print_container_labels, PrintContainerLabels(numbers[0]))
    assert again == {"labelled"}


def test_qa_has_one_task_for_a_delivery(world: World) -> None:
    wanted = ReceiveMaterial("Medium", "Bio House", "A-19", world.story.today, None, 5)
    world.story.do("tang", receive_material, wanted)
    page = world.client("quinn").get("/").get_data(as_text=True)
    assert page.count("Accept material") == 1


def test_the_second_bottle_is_good_when_the_first_was_opened_long_ago(
    world: World, flask: str
) -> None:
    """../shared/cases/one-bottle-of-ten.md"""
    first, second, *_ = delivery(world)
    world.story.do("tang", feed_flask, feed(flask, first))
    world.story.wait(days=60)
    assert codes(world, "tang", feed_flask, feed(flask, first)) == {"opened-too-long"}
    world.story.do("tang", feed_flask, feed(flask, second))
    assert row(world, Lot, second).opened_at > row(world, Lot, first).opened_at


def test_no_container_comes_back_from_hold_with_an_open_deviation_of_its_own(world: World) -> None:
    numbers = delivery(world, 3)
    doubt = JudgeLot(numbers[0], "the supplier warns of endotoxin")
    world.story.do("quinn", hold_lot, doubt)
    leaking = OpenDeviation(numbers[2], "the cap leaks")
    world.story.do("tang", open_deviation, leaking)
    assert codes(world, "qiu", return_lot, doubt) == {"open-deviation"}
    assert standings(world, numbers) == {S.HOLD}


def test_an_empty_bottle_is_used_no_more_and_the_others_are(world: World, flask: str) -> None:
    empty, full = delivery(world, 2)
    done = UseUp(empty, "empty")
    turned_away(world, use_up, done, "tang", "tian", "quinn", "qiu")
    world.story.do("tang", feed_flask, feed(flask, empty))
    world.story.do("tang", use_up, done)
    assert codes(world, "tang", use_up, done) == {"used-up"}
    assert codes(world, "tang", feed_flask, feed(flask, empty)) == {"used-up"}
    world.story.do("tang", feed_flask, feed(flask, full))  # the cells fed from it are not stopped
    page = world.client("tang").get(f"/supplies/materials/{empty}").get_data(as_text=True)
    assert "used-up" in page


def test_a_container_says_what_it_holds(world: World) -> None:
    until = world.story.today + timedelta(days=300)
    command = ReceiveMaterial("Saline", "Bench", "S-9", until, content="500 mL", containers=2)
    first = world.story.do("tian", receive_material, command).number
    page = world.client("tang").get(f"/supplies/materials/{first}").get_data(as_text=True)
    assert "500 mL" in page
