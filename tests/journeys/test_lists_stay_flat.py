"""A list and a work list ask the database as often for many as for few (performance.md P14)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import event

from lims.culture import actions as culture
from lims.demonstration import making, treating
from lims.deviations.actions import OpenDeviation, open_deviation
from lims.rooms.placing import AddRoom, add_room
from lims.rooms.plates import ExposePlate, expose_plate
from lims.rooms.rules import Grade, PlateKind
from lims.supplies.rules import LotKind
from lims.testing import actions as testing
from lims.testing.rules import Qualifier
from tests.support.worlds import World

EVERYBODY = ("tang", "ana", "quinn", "nora", "ines", "asa", "mona", "stan", "ada")
MOST = 35  # of the work list, which gathers from every stage


def more_in_the_laboratory(world: World, mark: str) -> None:
    """Something new in each state in which it waits for somebody."""
    story, stores = world.story, world.stores
    assert stores is not None
    making.a_donor(story, decide=False)
    making.isolated(story, stores, making.a_donor(story))
    making.a_donor(story)  # her cord waits for QA and the bench
    flasks = making.isolated(story, stores, making.a_donor(story))
    p0 = making.harvested(story, stores, flasks, 20)
    p1 = making.passaged(story, stores, p0, 2, 5_000_000)
    grown = making.harvested(story, stores, p1, 180)
    product = making.filled(story, stores, grown, LotKind.PRODUCT, 2)
    sample = story.do("tang", testing.sample_lot, testing.SampleLot(product)).number
    waits = testing.EnterResult(sample, "VIA", Qualifier.EQUAL, Decimal("95.2"))
    story.do("ana", testing.enter_result, waits)
    vehicle = making.a_vehicle(story, stores)
    making.entered(story, story.do("tang", testing.sample_lot, testing.SampleLot(vehicle)).number)
    room = story.do("quinn", add_room, AddRoom(f"Room {mark}", Grade.B)).id
    since = story.clock.now - timedelta(hours=4)
    lying = ExposePlate(
        PlateKind.SETTLE, since, story.clock.now, room=int(room), spot="by the door"
    )
    story.do("tang", expose_plate, lying)
    what = OpenDeviation(world.lots["product"], f"the alarm rang, {mark}")
    story.do("tang", open_deviation, what)


def more_on_the_ward(world: World, marks: str) -> None:
    """People who wait to be screened, and for the investigator; orders, and bags begun for some."""
    story, stores = world.story, world.stores
    assert stores is not None
    begun = []
    for mark in marks:
        treating.registered(story, f"R{mark}", f"H-R{mark}")
        treating.randomised(story, f"N{mark}", f"H-N{mark}")
        for name in ("O", "W"):
            who = treating.randomised(story, f"{name}{mark}", f"H-{name}{mark}")
            begun.append(treating.ordered(story, who, 1, "75.0"))
    story.wait(hours=1)
    session = treating.opened_session(story, stores)
    for order in begun[::2]:
        treating.begun(story, session, order)


@contextmanager
def counted(world: World) -> Iterator[list[int]]:
    seen = [0]

    def count(*_: Any) -> None:
        seen[0] += 1

    event.listen(world.site.engine, "before_cursor_execute", count)
    yield seen
    event.remove(world.site.engine, "before_cursor_execute", count)


def asked(world: World, app: Flask) -> dict[str, int]:
    """How many statements each page without a number takes, for each person who may open it."""
    found = {}
    paths = sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and rule.endpoint != "static"
    )
    for who in EVERYBODY:
        client = world.client(who, app)
        client.get("/")
        for path in paths:
            with counted(world) as statements:
                answer = client.get(path)
            if answer.status_code == 200:
                found[f"{who} {path}"] = statements[0]
    return found


def test_no_list_asks_more_often_when_there_is_more(world: World) -> None:
    app = world.app()
    for who in EVERYBODY:
        world.client(who, app)  # accesses of a week that will be over
    more_in_the_laboratory(world, "1")
    more_on_the_ward(world, "1")
    few = asked(world, app)
    for mark in "234":
        more_in_the_laboratory(world, mark)
    more_on_the_ward(world, "234")
    many = asked(world, app)

    assert len(few) > 100
    assert {page: (few[page], many[page]) for page in few if many[page] > few[page]} == {}
    assert {page: n for page, n in many.items() if n > MOST} == {}


def test_a_flask_that_grows_is_on_the_list_however_many_were_discarded_after_it(
    world: World,
) -> None:
    story, stores = world.story, world.stores
    assert stores is not None
    (first,) = making.isolated(story, stores, making.a_donor(story), flasks=1)
    for _ in range(13):
        story.wait(minutes=1)
        for flask in making.isolated(story, stores, making.a_donor(story), flasks=40):
            story.do("tang", culture.discard_flask, culture.DiscardFlask(flask, "not needed"))

    client = world.client("tang")
    assert first in client.get("/").text
    assert first in client.get("/culture/").text
