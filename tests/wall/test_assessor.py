"""Whoever measures the outcome must not learn which reactions the nurse saw."""

from collections.abc import Iterator

from lims.identifiers.numbers import Kind
from tests.wall.comparing import differences
from tests.wall.scenes import infused, on_the_way, received, verified
from tests.wall.survey import Survey, numbers_of
from tests.wall.twins import Twin, TwinOf

REACTIONS = ("well, no reaction", "39.2 °C, shivering, urticaria")
EVENTS = ("", "fever")
KINDS = frozenset({Kind.BAG, Kind.INFUSION, Kind.PARTICIPANT, Kind.ORDER})


def given(twin: Twin, reaction: str, event: str) -> Iterator[str]:
    """One bag given back before its start, one infused; what was seen is the only difference."""
    babies = on_the_way(twin)
    for baby in babies:
        received(twin, baby.bag)
    claimed = verified(twin, 0, babies[0].bag)
    twin.api("nora", "bedside/give-up-infusion", infusion=claimed, reason=reaction)
    yield claimed
    infused(twin, 0, babies[0].bag)
    infusion = verified(twin, 1, babies[1].bag)
    pair = {"wristband": twin.world.participants[1], "bag": babies[1].bag}
    twin.api("nora", "bedside/start-infusion", "niu", infusion=infusion, **pair)
    twin.api("nora", "bedside/observe", infusion=infusion, seen=reaction)
    twin.api("nora", "bedside/end-infusion", infusion=infusion, given="100", empty_bag="returned")
    if event:
        reported = {"onset": str(twin.now.date()), "severity": "mild", "serious": False}
        reported |= {"participant": twin.world.participants[1], "term": event, "related": True}
        twin.api("ines", "followup/report-event", described=reaction, **reported)
    twin.at(twin.now.replace(hour=20, minute=0, second=0))
    yield infusion


def seen_by(login: str, twins: tuple[Twin, Twin]) -> list[str]:
    numbers = numbers_of(twins[0]) | numbers_of(twins[1])
    survey = Survey((login,), KINDS)
    for twin in twins:  # from the same request on: the random numbers of both go on alike
        twin.asked = 1000
    left, right = (survey.look(twin, numbers, "after the infusion") for twin in twins)
    return differences(left, right)


def test_an_assessor_cannot_tell_whether_there_was_a_reaction(twin_of: TwinOf) -> None:
    twins = twin_of(), twin_of()
    told = [
        list(given(twin, reaction, event))
        for twin, reaction, event in zip(twins, REACTIONS, EVENTS, strict=True)
    ]

    assert told[0] == told[1]
    assert seen_by("nora", twins) != []
    assert seen_by("asa", twins) == []
