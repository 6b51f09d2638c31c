"""Adverse events by the protocol's list, outcomes once a week, the endpoint without rounding."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from lims.core import shapes
from lims.core.days import day_of, start_of
from lims.core.errors import Invalid, Missing
from lims.core.quantities import InsulinUnits, Percent
from lims.demonstration import treating
from lims.demonstration.treating import Baby, D
from lims.followup import actions as followup
from lims.followup.queries import assessments_of, endpoint_of, events
from lims.followup.rules import Endpoint, Severity
from lims.protocol.queries import Asked, trial_in_force
from lims.protocol.sections import Trial
from lims.trial.models import Participant
from tests.support.scenes import codes, further, read, row, stores_of, turned_away
from tests.support.worlds import World


def infused_once(world: World) -> list[Baby]:
    """The first participant's first infusion, today."""
    visit = [(world.participants[0], 1, "72.5")]
    return treating.one_visit(world.story, stores_of(world), visit)


@pytest.fixture
def treated(told_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The world on the day of the first infusion."""
    with further(told_world, tmp_path_factory.mktemp("treated"), infused_once) as (world, _):
        yield world


def in_week(world: World, week: int, days: int = 0) -> None:
    """The morning on which this week of the first participant is due, or so many days off."""
    zone = world.site.settings.zone
    first = row(world, Participant, world.participants[0]).first_infusion_at
    day = day_of(first, zone) + timedelta(days=7 * week + days)
    world.story.wait_until(start_of(day, zone) + timedelta(hours=10))


def protocol(world: World) -> Trial:
    with world.site.reading() as session:
        return trial_in_force(Asked(session, world.clock.now))


def event(world: World, **other: Any) -> followup.ReportEvent:
    known = {
        "participant": world.participants[0], "term": "fever",
        "onset": world.story.today, "severity": Severity.MILD, "serious": False,
        "related": True, "described": "38.1 °C for 5 h",
    }  # fmt: skip
    return followup.ReportEvent(**(known | other))


def measured(
    world: World, week: int, hba1c: str, insulin: str, **other: Any
) -> followup.AssessOutcome:
    who = world.participants[0]
    return followup.AssessOutcome(who, week, Percent(D(hba1c)), InsulinUnits(D(insulin)), **other)


def test_it_turns_away_who_may_not(world: World) -> None:
    turned_away(world, followup.report_event, event(world), "nora", "niu", "ines")
    turned_away(world, followup.assess_outcome, measured(world, 0, "8", "40"), "asa")


def test_an_event_of_the_list_is_kept_with_who_reported_it(world: World) -> None:
    for term in protocol(world).terms:
        world.story.do("nora", followup.report_event, event(world, term=term))
    found = read(world, events)
    assert {e.term for e in found} >= {"fever", "anaphylactic shock", "tumour formation"}
    assert {e.by for e in found} == {"nora"}


def test_it_names_everything_that_is_wrong_with_an_event(world: World) -> None:
    tomorrow = world.story.today + timedelta(days=1)
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
    ("week", "days", "insulin", "expected"),
    [
        (-1, 0, "40", {"week"}),
        (47, 0, "40", {"week"}),
        (49, 0, "40", {"week"}),
        (12, 0, "40", {"no-infusion"}),
        (0, 1, "40", {"in-the-future", "outside-the-week"}),
        (0, -15, "40", {"outside-the-week"}),
        (0, 0, "0", {"no-baseline-insulin"}),
        (0, -15, "0", {"outside-the-week", "no-baseline-insulin"}),
        (99, 1, "40", {"week", "in-the-future"}),
    ],
)
def test_it_refuses_what_was_not_measured_in_that_week(
    world: World, week: int, days: int, insulin: str, expected: set[str]
) -> None:
    day = world.story.today + timedelta(days=days)
    command = measured(world, week, "8", insulin, measured_on=day)
    assert codes(world, "asa", followup.assess_outcome, command) == expected


@pytest.mark.parametrize(
    ("field", "wrong", "possible"),
    [
        ("hba1c", "86", "3 to 25 %"),
        ("hba1c", "2.9", "3 to 25 %"),
        ("insulin", "501", "0 to 500 U"),
        ("insulin", "-1", "0 to 500 U"),
        ("c_peptide", "30.1", "0 to 30"),
        ("week", -1, "0 to 1000000"),
    ],
)
def test_it_refuses_what_nobody_measures(field: str, wrong: Any, possible: str) -> None:
    """The shape refuses it on every path: page, API and import."""
    with pytest.raises(Invalid) as refused:
        shapes.read(followup.AssessOutcome, {field: wrong})
    assert refused.value.fields[field] == [f"{wrong} cannot be; possible is {possible}."]


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-8, {"outside-the-week"}), (-7, set()), (7, set()), (8, {"outside-the-week"})],
)
def test_a_weeks_outcome_is_measured_in_its_window(
    treated: World, days: int, expected: set[str]
) -> None:
    in_week(treated, 4, days)
    command = measured(treated, 4, "8", "40")
    if expected:
        assert codes(treated, "asa", followup.assess_outcome, command) == expected
    else:
        treated.story.do("asa", followup.assess_outcome, command)


@pytest.mark.parametrize(("days", "taken"), [(-15, False), (-14, True), (0, True), (1, False)])
def test_the_baseline_is_at_most_two_weeks_before_the_first_infusion(
    treated: World, days: int, taken: bool
) -> None:
    day = treated.story.today + timedelta(days=days)
    treated.story.wait(days=3)
    command = measured(treated, 0, "8", "40", measured_on=day)
    if taken:
        assert treated.story.do("asa", followup.assess_outcome, command).measured_on == day
    else:
        refused = codes(treated, "asa", followup.assess_outcome, command)
        assert refused == {"outside-the-week"}


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
    treated: World, hba1c: str, insulin: str, expected: Endpoint
) -> None:
    number, trial = treated.participants[0], protocol(treated)
    treated.story.do("asa", followup.assess_outcome, measured(treated, 0, "8.6", "40"))
    assert endpoint_of(read(treated, assessments_of, number), trial) is Endpoint.NOT_YET
    in_week(treated, 36)
    treated.story.do("asa", followup.assess_outcome, measured(treated, 36, "6.0", "1"))
    assert endpoint_of(read(treated, assessments_of, number), trial) is Endpoint.NOT_YET
    in_week(treated, 48)
    treated.story.do("asa", followup.assess_outcome, measured(treated, 48, hba1c, insulin))
    assert endpoint_of(read(treated, assessments_of, number), trial) is expected


def test_nobodys_assessments_are_missing(world: World) -> None:
    with pytest.raises(Missing):
        read(world, assessments_of, "LMW000000000")
