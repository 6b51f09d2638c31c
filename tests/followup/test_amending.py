"""A slip in what was measured or reported is put right; the old value stays readable."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from lims.core.errors import Forbidden, Missing
from lims.core.quantities import InsulinUnits, Percent
from lims.demonstration.cast import PASSWORD
from lims.exports.queries import table_as_csv
from lims.followup import queries
from lims.followup.actions import (
    AmendEvent,
    AmendOutcome,
    AssessOutcome,
    ReportEvent,
    amend_event,
    amend_outcome,
    assess_outcome,
    report_event,
)
from lims.followup.queries import AssessmentFacts, EventFacts
from lims.followup.rules import Severity
from lims.protocol.queries import Asked, trial_in_force
from lims.trust.trail.verify import verify_trail
from tests.labelling.pages import post
from tests.support.scenes import codes, read
from tests.support.worlds import World

WHY = "digits swapped on the paper form"


def baseline(world: World, insulin: int = 48, **other: object) -> AssessmentFacts:
    """Insulin 48 where 84 was read."""
    entry = AssessOutcome(
        world.participants[0], 0, Percent(Decimal("8.6")), InsulinUnits(Decimal(insulin))
    )
    return world.story.do("asa", assess_outcome, replace(entry, **other))


def right(found: AssessmentFacts, **other: object) -> AmendOutcome:
    same = {n: getattr(found, n) for n in ("participant", "week", "hba1c", "insulin", "c_peptide")}
    return AmendOutcome(**{**same, "assessment": found.id, "why": WHY, **other})  # type: ignore[arg-type]


def event(world: World, severity: Severity = Severity.MILD) -> EventFacts:
    today = world.site.clock().date()
    wanted = ReportEvent(world.participants[0], "fever", today, severity, False, False, "38.2 °C")
    return world.story.do("ines", report_event, wanted)


def changed(found: EventFacts, **other: object) -> AmendEvent:
    names = ("participant", "term", "onset", "severity", "serious", "related", "described")
    same = {name: getattr(found, name) for name in names}
    return AmendEvent(**{**same, "event": found.id, "why": WHY, **other})  # type: ignore[arg-type]


def test_a_mistyped_baseline_is_put_right_and_the_old_value_stays_on_the_page(
    either_world: World,
) -> None:
    world = either_world
    found = baseline(world)
    amended = world.story.do("asa", amend_outcome, right(found, insulin=InsulinUnits(Decimal(84))))
    assert amended.insulin == InsulinUnits(Decimal(84))
    (was,) = amended.was
    assert (was.field, was.old, was.reason, was.by) == ("insulin", "48 U", WHY, "asa")
    page = world.client("asa").get(f"/followup/assessments/{found.id}").get_data(as_text=True)
    assert "84 U" in page
    assert f"was 48 U: {WHY} (Asa Sun)" in page
    listed = world.client("mona").get("/followup/assessments").get_data(as_text=True)
    assert "was 48 U" in listed
    with world.site.reading() as session:
        assert verify_trail(session, world.site.key.public_key()).faults == ()


def test_what_is_computed_from_an_amended_value_is_computed_anew(world: World) -> None:
    """Insulin 84 to 40 is half; 48 to 40 is not."""
    story = world.story
    found = baseline(world)
    week = AssessmentFacts(0, "", 48, 1, found.measured_on, Percent(Decimal("6.5")),
                           InsulinUnits(Decimal(40)), None, "asa", found.at)  # fmt: skip
    with world.site.reading() as session:
        trial = trial_in_force(Asked(session, world.site.clock()))
        before = queries.endpoint_of([found, week], trial)
    amended = story.do("asa", amend_outcome, right(found, insulin=InsulinUnits(Decimal(84))))
    assert (before, queries.endpoint_of([amended, week], trial)) == ("not_reached", "reached")


def test_each_amendment_of_a_value_stays_readable(world: World) -> None:
    found = baseline(world)
    for units in (58, 84):
        world.story.do("asa", amend_outcome, right(found, insulin=InsulinUnits(Decimal(units))))
    told = read(world, queries.assessment, str(found.id))
    assert [was.old for was in told.was] == ["48 U", "58 U"]


def test_an_amendment_that_changes_nothing_is_refused(world: World) -> None:
    found = baseline(world)
    assert codes(world, "asa", amend_outcome, right(found)) == {"nothing-to-amend"}


def test_what_could_not_be_entered_cannot_be_amended_to_either(world: World) -> None:
    found = baseline(world)
    tomorrow = found.measured_on + timedelta(days=1)
    assert "in-the-future" in codes(world, "asa", amend_outcome, right(found, measured_on=tomorrow))
    nought = right(found, insulin=InsulinUnits(Decimal(0)))
    assert codes(world, "asa", amend_outcome, nought) == {"no-baseline-insulin"}
    assert codes(world, "asa", amend_outcome, right(found, week=5)) == {"week"}


def test_what_was_recorded_of_one_person_is_not_amended_as_anothers(world: World) -> None:
    found = baseline(world)
    wrong = right(found, participant=world.participants[1], insulin=InsulinUnits(Decimal(84)))
    assert codes(world, "asa", amend_outcome, wrong) == {"of-somebody-else"}


def test_only_who_may_enter_a_fact_amends_it(world: World) -> None:
    found = baseline(world)
    with pytest.raises(Forbidden):
        world.story.do("mona", amend_outcome, right(found, insulin=InsulinUnits(Decimal(84))))


def test_an_event_that_is_graver_than_was_told_undoes_fitness(world: World) -> None:
    found = event(world)
    amended = world.story.do("ines", amend_event, changed(found, severity=Severity.SEVERE))
    assert "waits" in amended.says
    assert [was.old for was in amended.was] == ["mild"]


def test_an_onset_and_a_description_that_were_mistyped_are_put_right(either_world: World) -> None:
    world = either_world
    found = event(world)
    earlier = found.onset - timedelta(days=1)
    wanted = changed(found, onset=earlier, described="39.2 °C", serious=True)
    amended = world.story.do("ines", amend_event, wanted)
    assert {was.field: was.old for was in amended.was} == {
        "onset": found.onset.isoformat(), "described": "38.2 °C", "serious": "no",
    }  # fmt: skip
    page = world.client("ines").get(f"/followup/events/{found.id}").get_data(as_text=True)
    assert f"was {found.onset.isoformat()}: {WHY} (Ines Gao)" in page


def test_an_export_marks_what_was_amended(world: World) -> None:
    found = baseline(world)
    world.story.do("asa", amend_outcome, right(found, insulin=InsulinUnits(Decimal(84))))
    with world.site.reading() as session:
        table = table_as_csv(session, "outcomes")
    assert f"insulin 48 U: {WHY}" in table


def test_a_fact_that_is_not_there_is_not_amended(world: World) -> None:
    found = baseline(world)
    for path in ("/followup/assessments/99", "/followup/assessments/x", "/followup/events/1"):
        assert world.client("asa").get(path).status_code in {403, 404}
    with pytest.raises(Missing):
        world.story.do("asa", amend_outcome, replace(right(found), assessment=99))


def test_the_form_shows_what_stands_there_and_a_wrong_password_amends_nothing(
    world: World,
) -> None:
    found = baseline(world)
    browser = world.client("asa")
    assert 'value="48"' in browser.get(f"/followup/assessments/{found.id}").get_data(as_text=True)
    entry = {"participant": found.participant, "week": "0", "hba1c": "8.6", "insulin": "84",
             "assessment": str(found.id), "why": WHY}  # fmt: skip
    answer = post(browser, "followup/amend-outcome", **entry, _sign_login="asa", _sign_password="x")
    assert answer.status_code in {400, 401, 403, 409, 422}
    assert read(world, queries.assessment, str(found.id)).was == ()
    answer = post(browser, "followup/amend-outcome", **entry, _sign_login="asa",
                  _sign_password=PASSWORD)  # fmt: skip
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert read(world, queries.assessment, str(found.id)).insulin == InsulinUnits(Decimal(84))
