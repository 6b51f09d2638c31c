"""Two worlds that differ only in the arms are the same to everybody on the ward."""

import pytest

from lims.identifiers.numbers import Kind
from tests.wall.scenes import SCENES, normal_course
from tests.wall.survey import Survey, numbers_of
from tests.wall.twins import NOBODY, Twin, play

WARD_KINDS = frozenset({Kind.BAG, Kind.ORDER, Kind.PARTICIPANT, Kind.INFUSION, Kind.TREATMENT})
WARD = ("nora", "ines", "asa", "mona")


@pytest.mark.parametrize("name", SCENES)
def test_nobody_on_the_ward_can_tell_the_arms(name: str, arms_swapped: tuple[Twin, Twin]) -> None:
    survey = Survey(WARD, WARD_KINDS)

    found = play(SCENES[name], arms_swapped, numbers_of, survey.look)

    assert found == []


def test_no_route_and_no_number_tells_the_arms(arms_swapped: tuple[Twin, Twin]) -> None:
    survey = Survey((*WARD, "ada", NOBODY), WARD_KINDS, thorough=True)

    def at_the_end() -> object:
        *_, last = normal_course
    assert play(normal_course, arms_swapped, numbers_of, survey.look) == []
    assert survey.never_seen(arms_swapped[0]) == []
