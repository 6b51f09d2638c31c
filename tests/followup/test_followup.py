"""Adverse events by the protocol's list, outcomes once a week, the endpoint without rounding."""

from datetime import timedelta
from typing import Any

import pytest

from lims.core.errors import Missing
from lims.core.quantities import InsulinUnits, Percent
from lims.demonstration.treating import D
from lims.followup import actions as followup
from lims.followup.models import Severity
from lims.followup.queries import assessments_of, endpoint_of, events
from lims.followup.rules import Endpoint
from lims.protocol.queries import offered_text
from lims.protocol.reading import read_trial
from tests.support.scenes import codes, read, turned_away
from tests.support.worlds import World


def event(world: World, **other: Any) -> followup.ReportEvent:
    known = {
        "participant": world.participants[0], "term": "fever",
        "onset": world.clock.now.date(), "severity": Severity.MILD, "serious": False,
        "related": True, "described": "38.1 °C for 5 h",
    }  # fmt: skip
    return followup.ReportEvent(**(known | other))


def measured(
    world: World, week: int, hba1c: str, insulin: str, number: str = ""
) -> followup.AssessOutcome:
    who = number or world.participants[0]
    return followup.AssessOutcome(who, week, Percent(D(hba1c)), InsulinUnits(D(insulin)))


def test_it_turns_away_who_may_not(world: World) -> None:
    turned_away(world, followup.report_event, event(world), "nora", "niu", "ines")
    turned_away(world, followup.assess_outcome, measured(world, 0, "8", "40"), "asa")


def test_an_event_of_the_list_is_kept_with_who_reported_it(world: World) -> None:
    for term in load_trial(world.site.settings.protocol_file).terms:
        world.story.do("nora", followup.report_event, event(world, term=term))
    found = read(world, events)
    assert {e.term for e in found} >= {"fever", "anaphylactic shock", "tumour formation"}
    assert {e.by for e in found} == {"nora"}


def test_it_names_everything_that_is_wrong_with_an_event(world: World) -> None:
    tomorrow = world.clock.now.date() + timedelta(days=1)
    command = event(world, term="a bad mood", onset=tomorrow)
    refused = codes(world, "ines", followup.report_event, command)
    assert refused == {"unknown-term", "in-the-future"}
    with pytest.raises(Missing):
        world.story.do("ines", followup.report_event, event(world, participant="LMW000000000"))


def test_a_week_is_assessed_once(world: World) -> None:
    world.story.do("asa", followup.assess_outcome, measured(world, 0, "8.6", "42"))
    again = measured(world, 0, "6.5", "10")
    assert codes(world, "asa", followup.assess_outcome, again) == {"known"}
    found = read(world, assessments_of, world.participants[0])
    assert [a.hba1c for a in found] == [Percent(D("8.6"))]


@pytest.mark.parametrize(
    ("week", "hba1c", "insulin", "expected"),
    [
        (-1, "8", "40", {"week"}),
        (49, "8", "40", {"week"}),
        (0, "86", "40", {"implausible"}),
        (0, "2.9", "40", {"implausible"}),
        (12, "8", "501", {"implausible"}),
        (12, "8", "-1", {"implausible"}),
        (0, "8", "0", {"no-baseline-insulin"}),
        (99, "86", "-1", {"week", "implausible"}),
    ],
)
def test_it_refuses_what_nobody_measures(
    world: World, week: int, hba1c: str, insulin: str, expected: set[str]
) -> None:
    command = measured(world, week, hba1c, insulin)
    assert codes(world, "asa", followup.assess_outcome, command) == expected


@pytest.mark.parametrize(
    ("hba1c", "insulin", "expected"),
    [
        ("6.9", "20", Endpoint.REACHED),
        ("6.99", "20", Endpoint.REACHED),
        ("7.0", "20", Endpoint.NOT_REACHED),  # below 7.0 and not at it
        ("6.9", "20.1", Endpoint.NOT_REACHED),  # 49.75 %: no rounding to 50
        ("6.9", "0", Endpoint.REACHED),
        ("6.9", "60", Endpoint.NOT_REACHED),
    ],
)
def test_the_endpoint_needs_both_and_rounds_neither(
    world: World, hba1c: str, insulin: str, expected: Endpoint
) -> None:
    trial = load_trial(world.site.settings.protocol_file)
    number = world.participants[0]
    world.story.do("asa", followup.assess_outcome, measured(world, 0, "8.6", "40"))
    assert endpoint_of(read(world, assessments_of, number), trial) is Endpoint.NOT_YET
    world.story.do("asa", followup.assess_outcome, measured(world, 47, "6.0", "1"))
    assert endpoint_of(read(world, assessments_of, number), trial) is Endpoint.NOT_YET
    world.story.do("asa", followup.assess_outcome, measured(world, 48, hba1c, insulin))
    assert endpoint_of(read(world, assessments_of, number), trial) is expected


def test_nobodys_assessments_are_missing(world: World) -> None:
    with pytest.raises(Missing):
        read(world, assessments_of, "LMW000000000")
