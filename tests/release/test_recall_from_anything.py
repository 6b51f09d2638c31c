"""A doubt that begins at an instrument, a tank or a bag reaches everything downstream."""

import pytest

from lims.bags.models import Bag
from lims.core.errors import Forbidden, Refused
from lims.demonstration import treating
from lims.genealogy.queries import ancestors
from lims.release.recall import HoldDownstream, hold_downstream
from lims.supplies.models import Lot
from lims.trust.identity.roles import Role
from tests.support.worlds import World


def on_their_way(world: World) -> list[str]:
    """A bag of each arm, dispatched."""
    assert world.stores is not None
    treating.at_eight(world.story)
    orders = [treating.ordered(world.story, one, 1, "70.0") for one in world.participants]
    session = treating.opened_session(world.story, world.stores)
    return [baby.bag for baby in treating.prepared(world.story, session, orders)]


def standings(world: World, table: type, numbers: list[str]) -> set[str]:
    with world.site.reading() as session:
        return {str(session.get_one(table, number).standing) for number in numbers}


@pytest.mark.parametrize("node", ["cabinet", "box", "bag"])
def test_quality_assurance_withdraws_the_bags_of_both_arms(either_world: World, node: str) -> None:
    bags = on_their_way(either_world)
    assert either_world.stores is not None
    start = bags[0] if node == "bag" else getattr(either_world.stores, node)

    either_world.story.do("quinn", hold_downstream, HoldDownstream(start, "a doubt"))

    assert standings(either_world, Bag, bags) == {"withdrawn"}
    if node != "bag":
        assert standings(either_world, Lot, [either_world.lots["product"]]) == {"hold"}


def test_a_lot_that_the_instrument_never_touched_stays(world: World) -> None:
    assert world.stores is not None
    world.story.do("quinn", hold_downstream, HoldDownstream(world.stores.centrifuge, "a doubt"))

    with world.site.reading() as session:
        assert world.stores.centrifuge not in ancestors(session, world.lots["vehicle"])
    assert standings(world, Lot, [world.lots["vehicle"]]) == {"released"}
    assert standings(world, Lot, [world.lots["product"]]) == {"hold"}


def test_nobody_but_quality_assurance_may(world: World) -> None:
    assert world.stores is not None
    assert Role.TECHNICIAN in world.story.actor("tang").roles
    with pytest.raises(Forbidden):
        world.story.do("tang", hold_downstream, HoldDownstream(world.stores.cabinet, "a doubt"))


def test_it_refuses_a_person_and_what_was_never_used(world: World) -> None:
    cases = {world.participants[0]: "not-material", "LMV260000998": "nothing-downstream"}
    for number, code in cases.items():
        with pytest.raises(Refused) as refused:
            world.story.do("quinn", hold_downstream, HoldDownstream(number, "a doubt"))
        assert [reason.code for reason in refused.value.reasons] == [code]
