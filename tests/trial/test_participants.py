"""Registered once, screened by the protocol, randomised for good."""

from datetime import date, timedelta
from typing import Any

import pytest

from lims.core.errors import Refused
from lims.demonstration import treating
from lims.demonstration.cast import PASSWORD
from lims.orders.models import TreatmentNumber
from lims.protocol.queries import load_trial
from lims.trial import actions as trial
from lims.trial import pausing
from lims.trial.labels import print_wristband
from lims.trial.models import Participant
from lims.trial.rules import ParticipantStanding
from lims.trust.perform import Request, perform
from lims.trust.signatures import Credentials
from tests.support.scenes import codes, row, turned_away
from tests.support.worlds import World


def registers(world: World, hospital_number: str, **other: Any) -> trial.RegisterParticipant:
    known = {
        "initials": "LW", "sex": "female", "born_on": date(1980, 1, 1), "consent_version": "3.0",
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


@pytest.mark.parametrize("spelt", ["H-500", " H-500 ", "h-500", "Ｈ－５００"])
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
        ({"sex": "unknown"}, "unknown-stratum"),
        ({"stratum": "NORTH"}, "unknown-stratum"),
        ({"born_on": date(2026, 12, 31)}, "in-the-future"),
    ],
)
def test_it_refuses_what_cannot_be(world: World, other: dict[str, Any], code: str) -> None:
    command = registers(world, "H-9", **other)
    assert codes(world, "ines", trial.register_participant, command) == {code}
    later = registers(world, "H-9", consent_at=world.clock.now + timedelta(seconds=1))
    assert codes(world, "ines", trial.register_participant, later) == {"in-the-future"}


OUTSIDE = {
    "age": ["19", "66"], "duration": ["20.1"], "bmi": ["23.9", "40.1"], "insulin": ["0.49", "1.01"],
    "hba1c": ["6.9", "12.1"], "c-peptide": ["0.99"], "creatinine": ["176"], "tumour": ["yes"],
    "willing": ["no", "maybe"], "pregnancy": ["yes", "YES"],
}  # fmt: skip
INSIDE = {
    "age": ["20", "65"], "bmi": ["24.0", "40.0"], "insulin": ["0.5", "1.0"], "c-peptide": ["1"],
    "hba1c": ["7.0", "12.0"], "creatinine": ["175"], "duration": ["20"],
}  # fmt: skip


def test_each_criterion_is_judged_with_its_limits_inside_and_without_rounding(
    world: World,
) -> None:
    number = treating.registered(world.story, "LW", "H-9")
    for code, values in INSIDE.items():
        for value in values:
            treating.screened(world.story, number, **{code: value})
            assert row(world, Participant, number).standing is ParticipantStanding.ELIGIBLE
    for code, values in OUTSIDE.items():
        for value in values:
            treating.screened(world.story, number, **{code: value})
            found = row(world, Participant, number).standing
            assert found is ParticipantStanding.NOT_ELIGIBLE, (code, value)
            refused = codes(world, "ines", trial.randomise, trial.OfParticipant(number))
            assert refused == {f"not-{code}"}, (code, value)


def test_every_criterion_that_fails_or_is_missing_is_named(world: World) -> None:
    number = treating.registered(world.story, "LW", "H-9")
    criteria = load_trial(world.site.settings.protocol_file).eligibility
    refused = codes(world, "ines", trial.randomise, trial.OfParticipant(number))
    assert refused == {f"missing-{criterion.code}" for criterion in criteria}
    treating.screened(world.story, number, hba1c="6.9", tumour="yes", bmi="fat", age="NaN")
    refused = codes(world, "ines", trial.randomise, trial.OfParticipant(number))
    assert {"not-hba1c", "not-tumour", "unreadable-bmi"} <= refused
    assert {"not-age", "unreadable-age"} & refused
    strange = trial.ScreenParticipant(number, (trial.Answered("star-sign", "leo"),))
    assert codes(world, "ines", trial.screen_participant, strange) == {"unknown-criterion"}


def test_two_randomised_in_the_same_second_get_two_numbers_in_the_lists_order(
    world: World,
) -> None:
    now = world.clock.now
    numbers = []
    for place in range(3):
        number = treating.registered(world.story, "LW", f"H-9{place}")
        treating.screened(world.story, number)
        world.clock.now = now
        world.story.do("ines", trial.randomise, trial.OfParticipant(number))
        numbers.append(treatment(world, number))
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
    for place in range(6):
        treating.randomised(world.story, "LW", f"H-8{place}")
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
