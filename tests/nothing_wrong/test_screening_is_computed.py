"""What is known is not asked; where a person's word is given, it is compared and both are shown."""

from datetime import date, timedelta

import pytest

from lims.core.errors import Refused
from lims.demonstration import treating
from lims.trial import actions as trial
from lims.trial.queries import answers_of, participant
from lims.trial.rules import ParticipantStanding, Sex
from tests.nothing_wrong.doing import in_zone, sent, why
from tests.support.scenes import read, stores_of
from tests.support.worlds import World


def born(world: World, day: date) -> str:
    wanted = trial.RegisterParticipant(
        "P9", Sex.MALE, day, f"H-{day}", "3.0", world.clock.now - timedelta(days=1)
    )
    return world.story.do("ines", trial.register_participant, wanted).number


def screened(world: World, who: str, **other: str) -> ParticipantStanding:
    treating.screened(world.story, who, **other)
    return read(world, participant, who).standing


@pytest.mark.parametrize(
    ("age", "days", "eligible"),
    [(20, 0, True), (20, 1, False), (65, 0, True), (66, 1, True), (66, 0, False), (19, 0, False)],
)
def test_age_is_computed_on_the_day_of_screening(
    world: World, age: int, days: int, eligible: bool
) -> None:
    today = world.story.today
    who = born(world, today.replace(year=today.year - age) + timedelta(days=days))
    wanted = ParticipantStanding.ELIGIBLE if eligible else ParticipantStanding.NOT_ELIGIBLE
    assert screened(world, who) is wanted


def test_a_birthday_is_a_day_on_the_wall(world: World) -> None:
    in_zone(world, "Asia/Shanghai")
    world.clock.now = world.clock.now.replace(hour=16, minute=5)  # past midnight in Shanghai
    tomorrow = world.clock.now.date() + timedelta(days=1)
    who = born(world, tomorrow.replace(year=tomorrow.year - 20))
    assert screened(world, who) is ParticipantStanding.ELIGIBLE


@pytest.mark.parametrize(
    ("code", "said", "known"), [("age", "45", "49"), ("bmi", "31", "28"), ("insulin", "0.9", "0.7")]
)
def test_a_word_that_differs_from_what_is_known_is_refused_with_both_values(
    world: World, code: str, said: str, known: str
) -> None:
    who = treating.registered(world.story, "P9", "H-99")
    with pytest.raises(Refused) as refused:
        treating.screened(world.story, who, **{code: said})
    (reason,) = refused.value.reasons
    assert reason.code == f"differs-{code}"
    assert said in reason.sentence
    assert known in reason.sentence
    assert read(world, participant, who).standing is ParticipantStanding.SCREENING


@pytest.mark.parametrize(
    ("height", "weight", "eligible"),
    [("165", "75.0", True), ("150", "110.0", False), ("190", "80.0", False)],
)
def test_bmi_is_computed_from_height_and_weight(
    world: World, height: str, weight: str, eligible: bool
) -> None:
    who = treating.registered(world.story, "P9", "H-99")
    standing = screened(world, who, height=height, weight=weight)
    wanted = ParticipantStanding.ELIGIBLE if eligible else ParticipantStanding.NOT_ELIGIBLE
    assert standing is wanted
    assert read(world, answers_of, who)["bmi"]


@pytest.mark.parametrize(
    ("code", "value"),
    [("hba1c", "86"), ("hba1c", "0"), ("c-peptide", "530"), ("height", "1.65"),
     ("weight", "725"), ("creatinine", "-82"), ("duration", "900"), ("daily-insulin", "-3"),
     ("ketonuria", "banana"), ("hba1c", "8,6"), ("nonsense", "1")],
)  # fmt: skip
def test_an_answer_that_cannot_be_is_not_taken(world: World, code: str, value: str) -> None:
    who = treating.registered(world.story, "P9", "H-99")
    with pytest.raises(Refused):
        treating.screened(world.story, who, **{code: value})
    assert read(world, answers_of, who) == {}


def test_a_weight_corrected_later_is_computed_with_anew(world: World) -> None:
    who = treating.registered(world.story, "P9", "H-99")
    assert screened(world, who) is ParticipantStanding.ELIGIBLE
    heavier = (trial.Answered("weight", "130"), trial.Answered("daily-insulin", "90"))
    wanted = trial.ScreenParticipant(who, heavier)
    world.story.do("ines", trial.screen_participant, wanted)
    assert read(world, participant, who).standing is ParticipantStanding.NOT_ELIGIBLE


def outcome(world: World, week: int, measured: date | None = None) -> set[str]:
    body = {"participant": world.participants[0], "week": week, "hba1c": "6.5", "insulin": "20"}
    if measured:
        body["measured_on"] = measured.isoformat()
    answer = sent(world, "asa", "followup/assess-outcome", body)
    return set() if answer.status_code == 200 else why(answer)


def test_week_48_is_not_entered_on_day_nought(world: World) -> None:
    assert outcome(world, 48) == {"no-infusion"}
    treating.one_visit(world.story, stores_of(world), [(world.participants[0], 1, "72.5")])
    assert outcome(world, 48) == {"outside-the-week"}
    assert outcome(world, 4) == {"outside-the-week"}


def test_a_week_48_that_is_dated_ahead_is_refused(world: World) -> None:
    treating.one_visit(world.story, stores_of(world), [(world.participants[0], 1, "72.5")])
    assert "in-the-future" in outcome(world, 48, world.story.today + timedelta(days=336))


@pytest.mark.parametrize(
    ("day", "taken"), [(328, False), (329, True), (336, True), (343, True), (344, False)]
)
def test_an_outcome_of_week_48_belongs_to_its_window(world: World, day: int, taken: bool) -> None:
    treating.one_visit(world.story, stores_of(world), [(world.participants[0], 1, "72.5")])
    world.story.wait(days=day)
    assert (outcome(world, 48) == set()) is taken


@pytest.mark.parametrize("week", [1, 47, 49, 99])
def test_a_week_that_the_protocol_does_not_measure_is_none(world: World, week: int) -> None:
    treating.one_visit(world.story, stores_of(world), [(world.participants[0], 1, "72.5")])
    world.story.wait(days=7 * week)
    assert "week" in outcome(world, week)


def test_a_baseline_after_the_infusion_is_none(world: World) -> None:
    treating.one_visit(world.story, stores_of(world), [(world.participants[0], 1, "72.5")])
    world.story.wait(days=3)
    assert outcome(world, 0) == {"outside-the-week"}
