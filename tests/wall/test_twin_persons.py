"""Two worlds that differ only in who the participants are look the same to the laboratory."""

import pytest

from lims.core.chance import SeededChance
from lims.demonstration.treating import Baby
from lims.identifiers.numbers import Kind, random_number
from tests.wall.comparing import play, told_otherwise
from tests.wall.scenes import SCENES, normal_course
from tests.wall.survey import Survey, numbers_of
from tests.wall.twins import NOBODY, PEOPLE, Twin, TwinOf

LAB = ("tang", "ana", "quinn")
ALL_OF_THE_LAB = (*LAB, "tian", "aiko", "qiu")
CROSSING = frozenset(
    {Kind.BAG, Kind.ORDER, Kind.PARTICIPANT, Kind.TREATMENT, Kind.SESSION, Kind.SAMPLE}
)
NEVER_REGISTERED = random_number(Kind.PARTICIPANT, SeededChance("never registered"))


@pytest.fixture
def persons_swapped(twin_of: TwinOf) -> tuple[Twin, Twin]:
    """The same numbers, arms, weights and times; the two people have changed places."""
    return twin_of(people=PEOPLE), twin_of(people=PEOPLE[::-1])


@pytest.mark.parametrize("name", ["replaced_on_the_ward", "lot_recalled"])
def test_the_laboratory_cannot_tell_who_is_treated(
    name: str, persons_swapped: tuple[Twin, Twin]
) -> None:
    survey = Survey(("tang", "quinn"), CROSSING)

    assert play(SCENES[name], persons_swapped, numbers_of, survey.look) == []
    assert told_otherwise(persons_swapped, ALL_OF_THE_LAB) == []


def test_no_route_and_no_number_tells_the_laboratory_who_is_treated(
    persons_swapped: tuple[Twin, Twin],
) -> None:
    survey = Survey(
        (*LAB, "ada", NOBODY),
        CROSSING,
        thorough_at="ended",
        only_at=("in the laboratory", "ended"),
        every_number=("tang",),
    )

    assert play(normal_course, persons_swapped, numbers_of, survey.look) == []
    assert told_otherwise(persons_swapped, ALL_OF_THE_LAB) == []
    assert survey.never_seen(persons_swapped[0]) == []


def test_the_people_do_differ(persons_swapped: tuple[Twin, Twin]) -> None:
    """Were the twins equal by mistake, the comparisons above would prove nothing."""
    left, right = persons_swapped
    path = f"/trial/participants/{left.world.participants[0]}"

    assert left.world.participants == right.world.participants
    assert left.get("nora", path).status == 200
    assert left.get("nora", path) != right.get("nora", path)


@pytest.mark.parametrize(
    "path",
    [
        "/labelling/labels/{}.pdf", "/labelling/labels/{}.png", "/labelling/labels/{}", "/release/trace/{}", "/api/release/trace/{}",
        "/scan?code={}", "/filling/bags/{}", "/orders/{}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("login", LAB)
def test_a_wristbands_number_opens_nothing_in_the_laboratory(
    login: str, path: str, on_its_way: tuple[tuple[Twin, Twin], list[Baby]]
) -> None:
    twin = on_its_way[0][0]
    real, unreal = twin.world.participants[0], NEVER_REGISTERED
    known, unknown = (twin.get_afresh(login, path.format(n)) for n in (real, unreal))

    assert known.status == unknown.status
    assert known.text.replace(real, unreal) == unknown.text


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("labelling/reprint-label", {"number": "{}", "reason": "torn"}),
        ("labelling/scan-back", {"scan": "{}"}),
        ("labelling/print-label", {"number": "{}", "master": "box"}),
    ],
)
def test_a_wristbands_number_does_nothing_in_the_laboratory(
    action: str, given: dict[str, str], on_its_way: tuple[tuple[Twin, Twin], list[Baby]]
) -> None:
    twin = on_its_way[0][0]
    real, unreal = twin.world.participants[0], NEVER_REGISTERED
    known, unknown = (
        twin.api("tang", action, "tian", **{name: text.format(n) for name, text in given.items()})
        for n in (real, unreal)
    )

    assert known.status == unknown.status == 409
    assert known.text.replace(real, unreal) == unknown.text
