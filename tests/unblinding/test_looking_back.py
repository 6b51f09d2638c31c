"""Who received what, in the vault alone; what was only staged was received by nobody."""

import pytest

from lims.blinding.rules import Arm
from lims.demonstration import treating
from lims.filling.models import Fill
from lims.unblinding.looking_back import LookBackFrom, LookedBack, look_back
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, row, stores_of, turned_away
from tests.support.worlds import World


def asked(world: World, number: str) -> LookedBack:
    command = LookBackFrom(number, "late finding at the donor's physician")
    found: LookedBack = world.story.do("stan", look_back, command)
    return found


def received_by(world: World, number: str) -> set[str]:
    return {one.participant for one in asked(world, number).receivers}


@pytest.fixture
def given(received: Scene) -> World:
    world, *babies = received
    treating.infused(world.story, world.participants, [baby.bag for baby in babies])
    return world


def arm_of(world: World, number: str) -> Arm:
    (one,) = asked(world, number).receivers
    return Arm(row(world, Fill, one.bag).content)


def test_the_cells_lead_to_those_who_received_cells_alone(given: World) -> None:
    by_cells = {n for n in given.participants if arm_of(given, n) is Arm.CELLS}
    assert len(by_cells) == 1
    for number in (given.donor, given.lots["product"]):
        assert received_by(given, number) == by_cells
        assert received_by(given, stores_of(given).medium_for_freezing) == by_cells


def test_what_is_in_every_bag_leads_to_everybody(given: World) -> None:
    everybody = set(given.participants)
    assert received_by(given, given.lots["vehicle"]) == everybody
    assert received_by(given, stores_of(given).bags) == everybody


def test_the_session_leads_to_everybody_of_it(given: World) -> None:
    (one,) = asked(given, given.participants[0]).receivers
    session = row(given, Fill, one.bag).session
    assert one.participant in received_by(given, session)


def test_from_a_participant_back_to_the_donor_and_no_further(given: World) -> None:
    for number in given.participants:
        sources = asked(given, number).sources
        assert (given.donor in sources) is (arm_of(given, number) is Arm.CELLS)
        assert given.lots["vehicle"] in sources


def test_each_question_stays_and_no_answer(given: World) -> None:
    told = asked(given, given.donor)
    assert told.once
    page = given.client("stan").get("/unblinding/look-backs").get_data(as_text=True)
    assert "late finding" in page
    assert told.receivers[0].participant not in page


def test_nobody_but_the_vault_looks_back(world: World) -> None:
    turned_away(world, look_back, LookBackFrom(world.donor, "curious"), "stan")


def test_it_asks_for_something_that_can_be_in_a_bag(world: World) -> None:
    cabinet = LookBackFrom(stores_of(world).cabinet, "a doubt")
    assert codes(world, "stan", look_back, cabinet) == {"no-look-back"}
