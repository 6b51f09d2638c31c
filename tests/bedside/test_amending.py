"""The volume that was given is amended, and what followed from it is judged anew."""

from dataclasses import replace

from sqlalchemy import select

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bedside import queries
from lims.bedside.amending import (
    AmendInfusion,
    AmendObservation,
    amend_infusion,
    amend_observation,
)
from lims.bedside.models import Infusion
from lims.core.quantities import Celsius, Millilitres
from lims.demonstration import treating
from lims.demonstration.treating import D
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.trial.models import Participant
from tests.bedside.test_second_infusion import evening
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, read, row, turned_away
from tests.support.worlds import World

__all__ = ["evening"]  # a fixture
B = BagStanding


def right(infusion: str, given: str) -> AmendInfusion:
    return AmendInfusion(infusion, Millilitres(D(given)), "sealed, returned", why="read off again")


def both(scene: Scene, given: str) -> tuple[World, list[tuple[str, str, str]]]:
    """Infused in both arms: participant, bag and infusion of each."""
    world, *babies = scene
    bags = [baby.bag for baby in babies]
    infusions = treating.infused(world.story, world.participants, bags, given)
    return world, list(zip(world.participants, bags, infusions, strict=True))


def test_a_mistyped_volume_is_put_right_in_both_arms(received: Scene) -> None:
    world, given = both(received, "10")
    for _, bag, infusion in given:
        assert row(world, Bag, bag).standing is B.PARTLY_INFUSED
        world.story.do("nora", amend_infusion, right(infusion, "100"))
        assert row(world, Bag, bag).standing is B.INFUSED
        found = read(world, queries.infusion, infusion)
        assert next((was.field, was.old) for was in found.was) == ("given", "10 mL")
        page = world.client("mona").get(f"/bedside/infusions/{infusion}").get_data(as_text=True)
        assert "amended, was 10 mL" in page


def test_nothing_was_given_after_all_and_the_visit_is_open_again(received: Scene) -> None:
    world, given = both(received, "100")
    for person, bag, infusion in given:
        world.story.do("nora", amend_infusion, right(infusion, "0"))
        found = row(world, Bag, bag)
        assert found.standing is B.NOT_GIVEN
        assert row(world, Order, found.order).standing is OrderStanding.REQUESTED
        assert row(world, Participant, person).first_infusion_at is None

        world.story.do("nora", amend_infusion, right(infusion, "40"))
        found = row(world, Bag, bag)
        assert found.standing is B.PARTLY_INFUSED
        assert row(world, Order, found.order).standing is OrderStanding.IN_PREPARATION
        assert row(world, Participant, person).first_infusion_at is not None


def test_more_than_the_bag_held_was_never_given(received: Scene) -> None:
    world, ((_, _, infusion), _) = both(received, "100")
    assert codes(world, "nora", amend_infusion, right(infusion, "100.1")) == {"volume"}
    turned_away(world, amend_infusion, right(infusion, "90"), "nora", "niu")


def test_what_still_runs_is_not_amended(received: Scene) -> None:
    world, cells, _ = received
    infusion = treating.verified(world.story, world.participants[0], cells.bag)
    assert codes(world, "nora", amend_infusion, right(infusion, "90")) == {"not-ended"}


def test_an_earlier_volume_is_amended_while_a_later_infusion_runs(
    evening: tuple[World, treating.Baby, treating.Baby],
) -> None:
    """The days between infusions are counted from the one that runs, not from the amended one."""
    world, *babies = evening
    for number, baby in zip(world.participants, babies, strict=True):
        running = treating.verified(world.story, number, baby.bag)
        began = row(world, Infusion, running).started_at
        with world.site.reading() as session:
            mine = (Infusion.participant == number) & (Infusion.visit == 1)
            (earlier,) = session.scalars(select(Infusion.number).where(mine)).all()
        world.story.do("nora", amend_infusion, right(earlier, "90"))
        assert row(world, Participant, number).last_infusion_at == began
        refused = codes(world, "nora", amend_infusion, right(earlier, "0"))
        assert refused == {"later-infusion-given"}


def test_what_was_seen_is_put_right_with_the_old_beside_it(received: Scene) -> None:
    world, given = both(received, "100")
    for _, _, infusion in given:
        (seen,) = read(world, queries.observations_of, infusion)
        wanted = AmendObservation(
            infusion, "well", Celsius(D("38.6")), 72, 128, 78,
            observation=seen.id, why="digits swapped",
        )  # fmt: skip
        swapped = replace(wanted, systolic=78, diastolic=128)
        assert codes(world, "nora", amend_observation, swapped) == {"pressures-swapped"}
        others = replace(wanted, infusion=next(i for _, _, i in given if i != infusion))
        assert codes(world, "nora", amend_observation, others) == {"of-somebody-else"}
        turned_away(world, amend_observation, wanted, "nora", "niu")
        world.story.do("nora", amend_observation, wanted)
        (seen,) = read(world, queries.observations_of, infusion)
        assert seen.temperature == Celsius(D("38.6"))
        page = world.client("mona").get(f"/bedside/infusions/{infusion}").get_data(as_text=True)
        assert "digits swapped" in page
        assert "36.8 °C" in page
