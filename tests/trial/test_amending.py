"""A participant's data are amended, and eligibility is judged anew."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from lims.core.quantities import Kilograms
from lims.demonstration import treating
from lims.demonstration.treating import D
from lims.labelling.actions import ScanBack
from lims.labelling.models import Label
from lims.labelling.queries import live_label
from lims.trial import queries
from lims.trial.actions import OfParticipant
from lims.trial.amending import (
    AMENDED,
    AmendAnswer,
    AmendParticipant,
    amend_answer,
    amend_participant,
)
from lims.trial.amending_weights import AmendWeight, amend_weight
from lims.trial.deviating import deviations_of
from lims.trial.labels import print_wristband, scan_ward_label
from lims.trial.models import Participant
from lims.trial.ordering import OfOrder, OrderInfusion, cancel_order, order_infusion
from lims.trial.rules import ParticipantStanding
from lims.trial.windows import WardDeviationKind
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World

P = ParticipantStanding
TOO_YOUNG = date(2012, 5, 4)


def right(world: World, number: str, **other: object) -> AmendParticipant:
    known = read(world, queries.participant, number)
    same = {name: getattr(known, name) for name in AMENDED}
    return AmendParticipant(participant=number, why="the passport says so", **{**same, **other})


def test_the_right_value_stands_with_the_old_one_beside_it(either_world: World) -> None:
    world = either_world
    number = world.participants[0]
    turned_away(world, amend_participant, right(world, number, initials="ZZ"), "ines")
    world.story.do("ines", amend_participant, right(world, number, initials="ZZ"))
    page = world.client("nora").get(f"/trial/participants/{number}").get_data(as_text=True)
    assert "amended, was P0" in page
    assert row(world, Participant, number).initials == "ZZ"


def test_who_was_too_young_all_along_is_not_randomised(world: World) -> None:
    number = treating.registered(world.story, "LW", "H-66")
    treating.screened(world.story, number)
    assert row(world, Participant, number).standing is P.ELIGIBLE
    old = row(world, Participant, number).born_on
    world.story.do("ines", amend_participant, right(world, number, born_on=TOO_YOUNG))
    assert row(world, Participant, number).standing is P.NOT_ELIGIBLE
    world.story.do("ines", amend_participant, right(world, number, born_on=old))
    assert row(world, Participant, number).standing is P.ELIGIBLE


def test_who_was_randomised_by_it_is_recorded_and_waits(world: World) -> None:
    number = world.participants[0]
    before = row(world, Participant, number).treatment
    world.story.do("ines", amend_participant, right(world, number, born_on=TOO_YOUNG))
    (told,) = read(world, deviations_of, number)
    assert told.kind is WardDeviationKind.RANDOMISED_BY_MISTAKE
    found = row(world, Participant, number)
    assert (found.standing, found.treatment) == (P.RANDOMISED, before)


def test_a_drawn_stratum_stays_drawn_and_what_cannot_be_is_refused(world: World) -> None:
    number = world.participants[0]
    told = right(world, number)
    assert codes(world, "ines", amend_participant, told) == {"nothing-to-amend"}
    moved = replace(told, stratum="EAST")
    assert codes(world, "ines", amend_participant, moved) == {"stratum-used", "unknown-stratum"}
    unborn = replace(told, born_on=world.story.today)
    assert codes(world, "ines", amend_participant, unborn) == {"in-the-future"}


def test_a_wristband_with_other_initials_stops_until_a_new_one_is_on(world: World) -> None:
    number = world.participants[0]
    world.story.do("ines", amend_participant, right(world, number, initials="ZZ"))
    assert read(world, live_label, number) is None
    assert "Replace label" in world.client("ines").get("/").get_data(as_text=True)
    for other in ("nora", "tang"):  # neither can print a first wristband
        assert "Replace label" not in world.client(other).get("/").get_data(as_text=True)
    band = world.story.do("ines", print_wristband, OfParticipant(number))
    world.story.do("ines", scan_ward_label, ScanBack(band.code))
    with world.site.reading() as session:
        assert '"initials": "ZZ"' in session.get_one(Label, band.code).fields
    assert "Replace label" not in world.client("ines").get("/").get_data(as_text=True)


@pytest.mark.parametrize("key", ["9" * 30, "-1", "0", "²", "1e3"])
def test_an_address_of_no_fact_is_no_page(world: World, key: str) -> None:
    asa, ana = world.client("asa"), world.client("ana")
    assert asa.get(f"/followup/assessments/{key}").status_code == 404
    assert ana.get(f"/donation/serology/{key}").status_code == 404


def answer(number: str, code: str, value: str) -> AmendAnswer:
    return AmendAnswer(number, code, value, "the laboratory's sheet says so")


def test_an_answer_that_was_mistyped_is_judged_anew(world: World) -> None:
    number = world.participants[0]
    wanted = answer(number, "creatinine", "820")
    turned_away(world, amend_answer, wanted, "ines")
    world.story.do("ines", amend_answer, wanted)
    (told,) = read(world, deviations_of, number)
    assert told.kind is WardDeviationKind.RANDOMISED_BY_MISTAKE
    page = world.client("mona").get(f"/trial/participants/{number}").get_data(as_text=True)
    assert "sheet says so" in page
    for code, value, why in (
        ("shoe-size", "43", "unknown-criterion"),
        ("creatinine", "eighty", "unreadable-creatinine"),
        ("age", "50", "computed-answer"),
        ("creatinine", "820", "nothing-to-amend"),
    ):
        assert why in codes(world, "ines", amend_answer, answer(number, code, value))


def test_a_weight_is_put_right_before_two_people_when_no_order_rests_on_it(world: World) -> None:
    number = world.participants[0]
    treating.at_eight(world.story)
    treating.weighed(world.story, number, 1, "72.5")
    (weighing,) = read(world, queries.participant, number).weighings
    wanted = AmendWeight(number, weighing.id, Kilograms(D("75.2")), "digits swapped")
    turned_away(world, amend_weight, wanted, "nora", "niu")
    world.story.do("nora", amend_weight, wanted, "niu")
    (found,) = read(world, queries.participant, number).weighings
    assert found.weight == Kilograms(D("75.2"))
    page = world.client("mona").get(f"/trial/participants/{number}").get_data(as_text=True)
    assert "72.5 kg" in page


def test_a_weight_far_from_the_one_before_is_weighed_again_and_not_amended(world: World) -> None:
    number = world.participants[0]
    treating.at_eight(world.story)
    treating.weighed(world.story, number, 1, "72.5")
    (weighing,) = read(world, queries.participant, number).weighings
    wanted = AmendWeight(number, weighing.id, Kilograms(D("112.5")), "a line too low")
    assert codes(world, "nora", amend_weight, wanted, "niu") == {"weigh-again"}


def test_an_order_that_waits_is_cancelled_before_its_weight_is_amended(world: World) -> None:
    number = world.participants[0]
    treating.at_eight(world.story)
    order = treating.ordered(world.story, number, 1, "72.5")
    (weighing,) = read(world, queries.participant, number).weighings
    wanted = AmendWeight(number, weighing.id, Kilograms(D("75.2")), "digits swapped")
    assert codes(world, "nora", amend_weight, wanted, "niu") == {"order-to-cancel"}
    world.story.do("nora", cancel_order, OfOrder(order, "weight mistyped"))
    world.story.do("nora", amend_weight, wanted, "niu")
    slot = world.clock.now + timedelta(hours=4)
    world.story.do("nora", order_infusion, OrderInfusion(number, 1, slot))
    assert read(world, queries.participant, number).orders[-1].weight == Kilograms(D("75.2"))


def test_a_weight_after_the_infusion_makes_the_dose_a_deviation(world: World) -> None:
    number = world.participants[0]
    treating.one_visit(world.story, stores_of(world), [(number, 1, "72.5")])
    (weighing,) = read(world, queries.participant, number).weighings
    wanted = AmendWeight(number, weighing.id, Kilograms(D("92.5")), "a line too low")
    world.story.do("nora", amend_weight, wanted, "niu")
    (told,) = read(world, deviations_of, number)
    assert told.kind is WardDeviationKind.OTHER
    assert "92.5 kg" in told.what
