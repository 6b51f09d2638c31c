"""An instrument is cleaned, maintained, qualified and calibrated, or it is not used; and each use is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lims.culture.actions import feed_flask
from lims.culture.executing import BeginStep, begin_step
from lims.demonstration import making
from lims.deviations.models import Deviation
from lims.deviations.rules import DeviationKind
from lims.protocol.steps import StepKind
from lims.supplies import queries
from lims.supplies.care import LogCare, PlanCare, log_care, plan_care
from lims.supplies.equipment import SetEquipment, set_equipment
from lims.supplies.equipment_rules import CareKind, EquipmentKind, EquipmentStanding
from lims.supplies.models import Equipment
from lims.trust.lateness import Earlier
from tests.culture.test_steps import HARVEST, pool, says
from tests.supplies.test_supplies import feed, flask
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World

__all__ = ["flask"]  # a fixture
CLEANED = "wiped with 70 % ethanol, then sporicide"


def planned(world: World, number: str, clean: int = 0, maintain: int = 0) -> None:
    kind = row(world, Equipment, number).kind
    world.story.do("quinn", plan_care, PlanCare(number, kind, clean, maintain))


def about(world: World, number: str) -> list[DeviationKind]:
    with world.site.reading() as session:
        return list(session.scalars(select(Deviation.code).where(Deviation.about == number)))


@pytest.mark.parametrize(
    ("kind", "plan", "code"),
    [
        (CareKind.CLEANING, {"clean": 7}, "cleaning-overdue"),
        (CareKind.MAINTENANCE, {"maintain": 7}, "maintenance-overdue"),
    ],
)
def test_what_is_asked_for_every_week_is_done_every_week_or_the_instrument_waits(
    world: World, flask: str, kind: CareKind, plan: dict[str, int], code: str
) -> None:
    centrifuge = stores_of(world).centrifuge
    using = feed(flask, stores_of(world).medium, centrifuge)
    planned(world, centrifuge, **plan)
    world.story.do("tang", feed_flask, using)  # its first care is due to-day
    world.story.wait(days=1)
    assert codes(world, "tang", feed_flask, using) == {code}
    assert CLEANED not in world.client("tang").get(f"/supplies/equipment/{centrifuge}").text
    world.story.do("tang", log_care, LogCare(centrifuge, kind, True, CLEANED))
    world.story.do("tang", feed_flask, using)
    world.story.wait(days=7)
    world.story.do("tang", feed_flask, using)
    world.story.wait(days=1)
    assert codes(world, "tang", feed_flask, using) == {code}
    assert CLEANED in world.client("tang").get(f"/supplies/equipment/{centrifuge}").text


def test_what_is_not_asked_for_any_more_stops_nobody(world: World, flask: str) -> None:
    centrifuge = stores_of(world).centrifuge
    using = feed(flask, stores_of(world).medium, centrifuge)
    planned(world, centrifuge, clean=1, maintain=1)
    world.story.wait(days=9)
    assert codes(world, "tang", feed_flask, using) == {"cleaning-overdue", "maintenance-overdue"}
    planned(world, centrifuge)
    world.story.do("tang", feed_flask, using)


def test_a_cleaning_that_is_entered_late_does_not_shorten_a_later_one(world: World) -> None:
    centrifuge = stores_of(world).centrifuge
    planned(world, centrifuge, clean=7)
    world.story.wait(days=5)
    cleaned = LogCare(centrifuge, CareKind.CLEANING, True, CLEANED)
    world.story.do("tang", log_care, cleaned)
    until = row(world, Equipment, centrifuge).cleaned_until
    assert until == world.story.today + timedelta(days=7)
    forgotten = Earlier(world.story.clock.now - timedelta(days=4), "forgot to enter it")
    world.story.do("tang", log_care, cleaned, "tian", earlier=forgotten)
    assert row(world, Equipment, centrifuge).cleaned_until == until


@pytest.mark.parametrize("kind", [CareKind.CLEANING, CareKind.MAINTENANCE, CareKind.REPAIR])
def test_what_is_found_broken_is_out_of_service_at_once_until_qa_judged_it(
    world: World, flask: str, kind: CareKind
) -> None:
    centrifuge = stores_of(world).centrifuge
    before = row(world, Equipment, centrifuge).calibrated_until
    broken = LogCare(centrifuge, kind, False, "a crack in the rotor")
    assert "out of service" in world.story.do("tang", log_care, broken).says
    assert about(world, centrifuge) == [DeviationKind.REPORTED]
    using = feed(flask, stores_of(world).medium, centrifuge)
    assert codes(world, "tang", feed_flask, using) == {"out-of-service"}
    world.story.do("tian", log_care, LogCare(centrifuge, kind, False, "and another one"))
    world.story.do("quinn", set_equipment, SetEquipment(centrifuge, before, True))
    world.story.do("tang", feed_flask, using)


def test_a_calibration_that_found_it_wrong_is_a_deviation_though_it_is_right_now(
    world: World,
) -> None:
    centrifuge = stores_of(world).centrifuge
    until = row(world, Equipment, centrifuge).calibrated_until
    found = SetEquipment(centrifuge, until, True, None, "K-2026-17", found_right=False)
    world.story.do("quinn", set_equipment, found)
    assert row(world, Equipment, centrifuge).standing is EquipmentStanding.IN_SERVICE
    assert about(world, centrifuge) == [DeviationKind.REPORTED]
    history = read(world, queries.equipment_history, centrifuge)
    assert [(c.kind, c.passed, c.what) for c in history.care] == [
        (CareKind.CALIBRATION, False, "K-2026-17")
    ]


def test_a_qualification_ends_like_a_calibration_and_its_report_is_kept(
    world: World, flask: str
) -> None:
    centrifuge = stores_of(world).centrifuge
    known = row(world, Equipment, centrifuge).calibrated_until
    until = world.story.today + timedelta(days=3)
    qualified = SetEquipment(centrifuge, known, True, until, "OQ-7")
    world.story.do("quinn", set_equipment, qualified)
    world.story.do("quinn", set_equipment, SetEquipment(centrifuge, known, True))  # as it was
    using = feed(flask, stores_of(world).medium, centrifuge)
    world.story.wait(days=3)
    world.story.do("tang", feed_flask, using)
    world.story.wait(days=1)
    assert codes(world, "tang", feed_flask, using) == {"qualification-overdue"}
    history = read(world, queries.equipment_history, centrifuge)
    assert [(c.kind, c.until, c.what) for c in history.care] == [
        (CareKind.QUALIFICATION, until, "OQ-7")
    ]


def test_what_falls_due_during_a_step_is_a_deviation_and_stops_nothing(
    world: World, flask: str
) -> None:
    """Case 30 of the reference: block at the start, a deviation if it is during."""
    stores = stores_of(world)
    planned(world, stores.centrifuge, clean=1)
    step = int(world.story.do("tang", begin_step, BeginStep(flask, StepKind.HARVEST, HARVEST)).id)
    says(world, step, confluence="80", detaching="5")
    world.story.wait(days=1)
    world.story.do("tang", making.culture.harvest_flasks, pool(world, flask), "tian")
    assert DeviationKind.FELL_DUE in about(world, flask)


def test_what_was_due_before_the_step_began_stops_it(world: World, flask: str) -> None:
    """Case 30 of the reference: overdue before the start, it stops."""
    stores = stores_of(world)
    planned(world, stores.centrifuge, clean=1)
    world.story.wait(days=1)
    step = int(world.story.do("tang", begin_step, BeginStep(flask, StepKind.HARVEST, HARVEST)).id)
    says(world, step, confluence="80", detaching="5")
    wanted = pool(world, flask)
    refused = codes(world, "tang", making.culture.harvest_flasks, wanted, "tian")
    assert refused == {"cleaning-overdue"}


def test_an_incubator_that_falls_due_while_it_holds_a_vessel_is_a_deviation_of_the_vessel(
    world: World, flask: str
) -> None:
    stores = stores_of(world)
    planned(world, stores.incubator, maintain=30)
    world.story.wait(days=1)
    step = int(world.story.do("tang", begin_step, BeginStep(flask, StepKind.HARVEST, HARVEST)).id)
    says(world, step, confluence="80", detaching="5")
    world.story.do("tang", making.culture.harvest_flasks, pool(world, flask), "tian")
    assert about(world, flask) == [DeviationKind.FELL_DUE]


def test_every_use_of_an_instrument_stands_on_its_page(world: World, flask: str) -> None:
    stores = stores_of(world)
    using = feed(flask, stores.medium, stores.centrifuge)
    for _ in range(2):
        world.story.wait(days=1)
        world.story.do("tang", feed_flask, using)
    uses = read(world, queries.equipment_history, stores.centrifuge).uses
    assert [(use.of, use.by) for use in uses[:2]] == [(flask, "tang")] * 2
    assert uses[0].at > uses[1].at


def test_the_work_list_asks_for_the_care_of_the_day(world: World) -> None:
    stores = stores_of(world)
    planned(world, stores.cabinet, clean=1, maintain=20)
    page = world.client("tang").get("/").text
    assert page.count(f"/supplies/equipment/{stores.cabinet}") >= 2
    world.story.do("tang", log_care, LogCare(stores.cabinet, CareKind.CLEANING, True, CLEANED))
    world.story.do("tang", log_care, LogCare(stores.cabinet, CareKind.MAINTENANCE, True, "belt"))
    assert f"/supplies/equipment/{stores.cabinet}" in world.client("tang").get("/").text


def test_it_turns_away_who_may_not(world: World) -> None:
    cabinet = stores_of(world).cabinet
    turned_away(world, plan_care, PlanCare(cabinet, EquipmentKind.CABINET), "quinn", "qiu")
    done = LogCare(cabinet, CareKind.CLEANING, True, CLEANED)
    turned_away(world, log_care, done, "tang", "tian", "quinn", "qiu")
