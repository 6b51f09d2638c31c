"""Registered once, screened by the protocol, randomised for good."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from lims.core import shapes
from lims.core.errors import Invalid, Refused
from lims.demonstration import treating
from lims.demonstration.cast import PASSWORD
from lims.orders.models import TreatmentNumber
from lims.protocol.queries import Asked, trial_in_force
from lims.trial import actions as trial
from lims.trial import pausing
from lims.trial.labels import print_wristband
from lims.trial.models import Participant
from lims.trial.rules import ParticipantStanding, Sex
from lims.trust.actions import Request, perform
from lims.trust.identity.signatures import Credentials
from tests.support.at_once import deed
from tests.support.scenes import codes, row, turned_away
from tests.support.worlds import World

PLANNED = 104  # rows of the list: the protocol plans 103, in pairs


def registers(world: World, hospital_number: str, **other: Any) -> trial.RegisterParticipant:
    known = {
        "initials": "LW", "sex": Sex.FEMALE, "born_on": date(1980, 1, 1), "consent_version": "3.0",
        "consent_at": world.clock.now - timedelta(days=1),
    }  # fmt: skip
    return trial.RegisterParticipant(hospital_number=hospital_number, **(known | other))


def treatment(world: World, number: str) -> str | None:
    return treating.treatment_of(world.story, number)


def test_it_turns_away_everybody_but_investigators(world: World) -> None:
    number = world.participants[0]
    of = trial.OfParticipant(number)
    for action, command in (
        (trial.register_participant, registers(world, "H-77")),
        (trial.screen_participant, trial.ScreenParticipant(number, ())),
        (trial.randomise, of),
        (print_wristband, of),
        (trial.sign_fitness, trial.SignFitness(number, 2, True, "well")),
        (trial.withdraw_participant, trial.WithdrawParticipant(number, "left")),
        (pausing.pause_trial, pausing.PauseTrial(True, "signal")),
    ):
        turned_away(world, action, command, "ines")


@pytest.mark.parametrize(
    "spelt", ["H-500", " H-500 ", "h-500", "Ｈ－５００", "Н-500", "H\u2011500"]
)
def test_the_same_person_is_never_registered_twice(world: World, spelt: str) -> None:
    world.story.do("ines", trial.register_participant, registers(world, "H-500"))
    again = registers(world, spelt, initials="ZZ")
    assert codes(world, "ines", trial.register_participant, again) == {"registered-already"}


def test_two_people_of_one_name_and_birthday_are_two(world: World) -> None:
    one, two = (
        world.story.do("ines", trial.register_participant, registers(world, number)).number
        for number in ("H-501", "H-502")
    )
    assert one != two


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"stratum": "NORTH"}, "unknown-stratum"),
        ({"born_on": date(2026, 12, 31)}, "in-the-future"),
    ],
)
def test_it_refuses_what_cannot_be(world: World, other: dict[str, Any], code: str) -> None:
    command = registers(world, "H-9", **other)
    assert codes(world, "ines", trial.register_participant, command) == {code}
    later = registers(world, "H-9", consent_at=world.clock.now + timedelta(seconds=1))
    assert codes(world, "ines", trial.register_participant, later) == {"in-the-future"}


@pytest.mark.parametrize("sex", ["unknown", "", "Female", "woman"])
def test_the_sex_is_one_of_two_and_nothing_else(sex: str) -> None:
    """The shape refuses it on every path: page, API and import."""
    with pytest.raises(Invalid) as refused:
        shapes.read(trial.RegisterParticipant, {"sex": sex})
    told = "Choose one of: female, male." if sex else "Choose one."
    assert refused.value.fields["sex"] == [told]


OUTSIDE = [
    ("duration", {"duration": "20.1"}),
    ("hba1c", {"hba1c": "6.9"}),
    ("hba1c", {"hba1c": "12.1"}),
    ("c-peptide", {"c_peptide": "0.99"}),
    ("creatinine", {"creatinine": "176"}),
    ("tumour", {"tumour": "yes"}),
    ("willing", {"willing": "no"}),
    ("pregnancy", {"pregnancy": "yes"}),
    ("bmi", {"height": "200", "weight": "95.9"}),  # 23.975
    ("bmi", {"height": "200", "weight": "160.1"}),  # 40.025
    ("insulin", {"daily_insulin": "37.4"}),  # 0.4987 for each of 75 kg
    ("insulin", {"daily_insulin": "75.1"}),
]
INSIDE = [
    {"duration": "20"},
    {"hba1c": "7.0"},
    {"hba1c": "12.0"},
    {"c_peptide": "1"},
    {"creatinine": "175"},
    {"height": "200", "weight": "96"},
    {"height": "200", "weight": "160"},
    {"daily_insulin": "37.5"},
    {"daily_insulin": "75"},
]


def screened(world: World, number: str, **other: str) -> None:
    answers = {code.replace("_", "-"): value for code, value in other.items()}
    treating.screened(world.story, number, **answers)


def test_each_criterion_is_judged_with_its_limits_inside_and_without_rounding(
    world: World,
) -> None:
    number = treating.registered(world.story, "LW", "H-9")
    for other in INSIDE:
        screened(world, number, **other)
        assert row(world, Participant, number).standing is ParticipantStanding.ELIGIBLE, other
    for code, other in OUTSIDE:
        screened(world, number, **other)
        found = row(world, Participant, number).standing
        assert found is ParticipantStanding.NOT_ELIGIBLE, other
        refused = codes(world, "ines", trial.randomise, trial.OfParticipant(number))
        assert refused == {f"not-{code}"}, other


@pytest.mark.parametrize(
    ("years", "days", "eligible"),
    [(20, 0, True), (20, 1, False), (66, 0, False), (66, 1, True)],  # days short of that birthday
)
def test_the_age_is_known_from_the_birth_date_on_the_day_of_screening(
    world: World, years: int, days: int, eligible: bool
) -> None:
    born = world.story.today + timedelta(days=days)
    born = born.replace(year=born.year - years)
    command = registers(world, "H-9", born_on=born)
    number = world.story.do("ines", trial.register_participant, command).number
    screened(world, number)
    found = row(world, Participant, number).standing is ParticipantStanding.ELIGIBLE
    assert found is eligible


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"willing": "maybe"}, "unreadable-willing"),
        ({"pregnancy": "YES"}, "unreadable-pregnancy"),
        ({"hba1c": "NaN"}, "unreadable-hba1c"),
        ({"hba1c": "7,5"}, "unreadable-hba1c"),
        ({"hba1c": "2.9"}, "impossible"),
        ({"height": "1.65"}, "impossible"),  # metres
        ({"bmi": "fat"}, "unreadable-bmi"),
        ({"bmi": "22"}, "differs-bmi"),
        ({"age": "19"}, "differs-age"),
        ({"insulin": "0.8"}, "differs-insulin"),
        ({"star_sign": "leo"}, "unknown-criterion"),
    ],
)
def test_an_answer_that_cannot_be_is_not_taken(
    world: World, other: dict[str, str], code: str
) -> None:
    number = treating.registered(world.story, "LW", "H-9")
    with pytest.raises(Refused) as refused:
        screened(world, number, **other)
    assert [reason.code for reason in refused.value.reasons] == [code]
    assert row(world, Participant, number).standing is ParticipantStanding.SCREENING


def test_what_is_known_may_be_entered_too_if_it_agrees(world: World) -> None:
    number = treating.registered(world.story, "LW", "H-9")
    screened(world, number, age="49", bmi="27.5", insulin="0.7")
    assert row(world, Participant, number).standing is ParticipantStanding.ELIGIBLE


def test_every_criterion_that_fails_or_is_missing_is_named(world: World) -> None:
    command = registers(world, "H-9", born_on=date(2010, 1, 1))
    number = world.story.do("ines", trial.register_participant, command).number
    with world.site.reading() as session:
        criteria = trial_in_force(Asked(session, world.clock.now)).eligibility
    refused = codes(world, "ines", trial.randomise, trial.OfParticipant(number))
    assert refused == {f"missing-{criterion.code}" for criterion in criteria}
    screened(world, number, hba1c="6.9", tumour="yes", height="", willing="")
    refused = codes(world, "ines", trial.randomise, trial.OfParticipant(number))
    assert refused == {
        "not-hba1c", "not-tumour", "not-age", "missing-height", "missing-bmi", "missing-willing",
    }  # fmt: skip


def test_two_randomised_in_the_same_second_get_two_numbers_in_the_lists_order(
    world: World,
) -> None:
    waiting = [treating.registered(world.story, "LW", f"H-9{place}") for place in range(3)]
    for number in waiting:
        treating.screened(world.story, number)
    for number in waiting:
        deed(world, "ines", trial.randomise, trial.OfParticipant(number))()
    assert len({row(world, Participant, number).randomised_at for number in waiting}) == 1
    numbers = [treatment(world, number) for number in waiting]
    taken = [row(world, TreatmentNumber, number).sequence for number in numbers]
    assert taken == [3, 4, 5]


def test_a_retried_randomisation_returns_the_same_number_and_takes_no_other(world: World) -> None:
    number = treating.registered(world.story, "LW", "H-9")
    treating.screened(world.story, number)
    signed = Credentials("ines", PASSWORD)
    request = Request(world.story.actor("ines"), signed, key="the answer was lost")
    first = perform(world.site, trial.randomise, trial.OfParticipant(number), request)
    again = perform(world.site, trial.randomise, trial.OfParticipant(number), request)
    assert first.treatment == again.treatment
    with world.site.reading() as session:
        taken = session.query(TreatmentNumber).filter(TreatmentNumber.taken.is_(True)).count()
    assert taken == 3
    refused = codes(world, "ines", trial.randomise, trial.OfParticipant(number))
    assert refused == {"wrong-standing"}


def test_who_turns_out_ineligible_after_randomisation_keeps_the_number(world: World) -> None:
    number = world.participants[0]
    before = treatment(world, number)
    with pytest.raises(Refused):
        treating.screened(world.story, number, hba1c="6.0")
    assert treatment(world, number) == before
    assert codes(world, "ines", trial.randomise, trial.OfParticipant(number)) == {"wrong-standing"}


def test_the_list_ends_aloud(world: World) -> None:
    with world.site.engine.begin() as connection:  # a hundred others had theirs
        given = TreatmentNumber.sequence.between(3, PLANNED - 2)
        connection.execute(update(TreatmentNumber).where(given).values(taken=True))
    last = [treating.randomised(world.story, "LW", f"H-8{place}") for place in range(2)]
    taken = [row(world, TreatmentNumber, treatment(world, one)).sequence for one in last]
    assert taken == [PLANNED - 1, PLANNED]
    number = treating.registered(world.story, "LW", "H-9")
    treating.screened(world.story, number)
    refused = codes(world, "ines", trial.randomise, trial.OfParticipant(number))
    assert refused == {"list-used-up"}


def test_nobody_is_randomised_or_ordered_for_while_the_trial_is_paused(world: World) -> None:
    number = treating.registered(world.story, "LW", "H-9")
    treating.screened(world.story, number)
    world.story.do("ines", pausing.pause_trial, pausing.PauseTrial(True, "signal"))
    of = trial.OfParticipant(number)
    assert codes(world, "ines", trial.randomise, of) == {"trial-paused"}
    world.story.do("ines", pausing.pause_trial, pausing.PauseTrial(False, "cleared"))
    world.story.do("ines", trial.randomise, of)


def test_who_left_is_not_withdrawn_twice_and_not_brought_back(world: World) -> None:
    number = world.participants[0]
    leaves = trial.WithdrawParticipant(number, "moved")
    world.story.do("ines", trial.withdraw_participant, leaves)
    assert codes(world, "ines", trial.withdraw_participant, leaves) == {"wrong-standing"}
    with pytest.raises(Refused):
        treating.screened(world.story, number)
