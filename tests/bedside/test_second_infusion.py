"""Infusion 2: its own weight, its own fitness, its own window, judged again at the bedside."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from lims.bedside import actions as bedside
from lims.bedside.rules import Word
from lims.core.days import day_of, start_of
from lims.core.quantities import Kilograms
from lims.demonstration import treating
from lims.demonstration.treating import Baby, D
from lims.trial import actions as trial
from lims.trial.models import Participant
from tests.support.scenes import codes, further, row, stores_of
from tests.support.worlds import World


def second_received(world: World) -> list[Baby]:
    """Bags for infusion 2 in both arms, received on the site's last evening of their window."""
    story, stores, zone = world.story, stores_of(world), world.site.settings.zone
    weights = ("72.5", "81.6")
    first = [(n, 1, w) for n, w in zip(world.participants, weights, strict=True)]
    treating.one_visit(story, stores, first)
    day = day_of(row(world, Participant, world.participants[0]).first_infusion_at, zone)
    story.wait_until(start_of(day + timedelta(days=31), zone) + timedelta(hours=19))
    orders = [
        treating.ordered(story, number, 2, weight)
        for number, weight in zip(world.participants, weights, strict=True)
    ]
    session = treating.opened_session(story, stores)
    babies = treating.prepared(story, session, orders)
    for baby in babies:
        treating.received(story, baby.bag)
    return babies


@pytest.fixture
def evening(
    told_world: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Baby, Baby]]:
    folder = tmp_path_factory.mktemp("evening")
    with further(told_world, folder, second_received) as (world, (cells, vehicle)):
        yield world, cells, vehicle


def said(world: World, place: int, baby: Baby) -> set[str]:
    command = bedside.VerifyBag(world.participants[place], baby.bag)
    verdict = world.story.do("nora", bedside.verify_bag, command)
    assert (verdict.word is Word.STOP) is bool(verdict.reasons)
    return {reason.code for reason in verdict.reasons}


def test_it_goes_within_the_window_in_both_arms(evening: tuple[World, Baby, Baby]) -> None:
    world, *babies = evening
    for place, baby in enumerate(babies):
        assert said(world, place, baby) == set()


def test_it_stops_a_moment_after_the_window(evening: tuple[World, Baby, Baby]) -> None:
    world, *babies = evening
    midnight = start_of(world.story.today + timedelta(days=1), world.site.settings.zone)
    world.story.wait_until(midnight)
    for place, baby in enumerate(babies):
        assert said(world, place, baby) == {"too-late"}


def test_it_stops_who_is_not_fit_any_more(evening: tuple[World, Baby, Baby]) -> None:
    world, *babies = evening
    for place, baby in enumerate(babies):
        unfit = trial.SignFitness(world.participants[place], 2, False, "fever since noon")
        world.story.do("ines", trial.sign_fitness, unfit)
        assert said(world, place, baby) == {"not-fit"}


def test_nobody_is_weighed_for_infusion_one_any_more_and_a_new_weight_stops(
    evening: tuple[World, Baby, Baby],
) -> None:
    world, cells, vehicle = evening
    first, second = world.participants
    late = trial.Weigh(first, 1, Kilograms(D("140.0")), "scale 3")
    assert codes(world, "nora", trial.weigh, late) == {"not-next-visit"}
    assert said(world, 0, cells) == set()
    treating.weighed(world.story, second, 2, "140.0")
    assert said(world, 1, vehicle) == {"weight-unlikely"}
    third = trial.Weigh(second, 2, Kilograms(D("140.0")), "scale 4")
    world.story.do("nora", trial.weigh, third)
    assert said(world, 1, vehicle) == {"weight-changed"}
