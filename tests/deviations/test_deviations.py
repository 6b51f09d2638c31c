"""Something was not as it should be: open until QA has closed it, with a conclusion."""

import pytest

from lims.accounts.actions import GrantRole, grant_role
from lims.core.errors import Missing
from lims.deviations import actions as deviations
from lims.deviations.queries import deviation, dose_is_closed, open_about
from lims.deviations.rules import DeviationKind, DeviationStanding
from lims.trust.identity.roles import Role
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, read, stores_of, turned_away
from tests.support.worlds import World


def opened(world: World, about: str, who: str = "tang") -> str:
    command = deviations.OpenDeviation(about, "It was not as it should be.")
    return world.story.do(who, deviations.open_deviation, command).number


def test_it_turns_away_who_may_not(world: World) -> None:
    command = deviations.OpenDeviation(world.lots["product"], "odd")
    qa = ("quinn", "qiu")
    turned_away(world, deviations.open_deviation, command, "tang", "tian", *qa)
    close = deviations.CloseDeviation(opened(world, world.lots["product"]), "fine")
    turned_away(world, deviations.close_deviation, close, *qa)


def test_it_is_open_until_it_is_closed_and_closed_for_good(world: World) -> None:
    lot = world.lots["product"]
    number = opened(world, lot)
    assert read(world, open_about, [lot]) == [number]
    close = deviations.CloseDeviation(number, "a wet carton; no effect on the product")
    world.story.do("quinn", deviations.close_deviation, close)
    found = read(world, deviation, number)
    assert found.standing is DeviationStanding.CLOSED
    assert (found.opened_by, found.closed_by) == ("tang", "quinn")
    assert read(world, open_about, [lot]) == []
    assert codes(world, "qiu", deviations.close_deviation, close) == {"wrong-standing"}


def test_two_deviations_about_one_thing_are_closed_one_by_one(world: World) -> None:
    lot = world.lots["vehicle"]
    one, two = opened(world, lot), opened(world, lot, "quinn")
    close = deviations.CloseDeviation(one, "no effect")
    world.story.do("quinn", deviations.close_deviation, close)
    assert read(world, open_about, [lot]) == [two]


def test_nobody_closes_the_deviation_that_they_opened(world: World) -> None:
    number = opened(world, world.lots["product"], "quinn")
    close = deviations.CloseDeviation(number, "no effect")
    assert codes(world, "quinn", deviations.close_deviation, close) == {"you-opened-it"}
    assert read(world, open_about, [world.lots["product"]]) == [number]
    world.story.do("qiu", deviations.close_deviation, close)


def test_nobody_closes_a_deviation_about_what_their_hands_were_on(world: World) -> None:
    world.story.do("ada", grant_role, GrantRole("tian", Role.QA), "quinn")
    world.story.actors.clear()
    close = deviations.CloseDeviation(opened(world, world.lots["vehicle"]), "no effect")
    assert codes(world, "tian", deviations.close_deviation, close) == {"your-hands"}


def test_only_the_deviation_that_a_draw_opened_unlocks_its_dose(released: Scene) -> None:
    world, cells, _ = released
    close = deviations.CloseDeviation(opened(world, cells.bag), "a smeared label")
    world.story.do("quinn", deviations.close_deviation, close)
    assert read(world, deviation, close.number).code is DeviationKind.REPORTED
    assert read(world, dose_is_closed, cells.bag) is False


def test_no_deviation_of_the_laboratory_is_about_a_participant(world: World) -> None:
    """Nothing about a person crosses into the laboratory."""
    command = deviations.OpenDeviation(world.participants[0], "she was late")
    assert codes(world, "tang", deviations.open_deviation, command)


def test_a_deviation_that_does_not_exist_is_not_closed(world: World) -> None:
    close = deviations.CloseDeviation("LMQ260009999", "x")
    with pytest.raises(Missing):
        world.story.do("quinn", deviations.close_deviation, close)
    with pytest.raises(Missing):
        read(world, deviation, stores_of(world).medium)


def test_what_was_reported_is_put_right_until_it_is_closed(world: World) -> None:
    number = opened(world, world.lots["product"])
    right = deviations.AmendDeviation(number, "It was the vehicle's box.", "wrong lot's note")
    turned_away(world, deviations.amend_deviation, right, "tang", "tian", "quinn", "qiu")
    world.story.do("tang", deviations.amend_deviation, right)
    assert read(world, deviation, number).what == "It was the vehicle's box."
    page = world.client("quinn").get(f"/deviations/{number}").get_data(as_text=True)
    assert "It was not as it should be." in page
    close = deviations.CloseDeviation(number, "no effect")
    world.story.do("quinn", deviations.close_deviation, close)
    again = deviations.AmendDeviation(number, "Something else.", "late")
    assert codes(world, "tang", deviations.amend_deviation, again) == {"closed"}
