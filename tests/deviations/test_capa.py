"""What is done about a deviation: assessed, planned, done by its owner, checked by somebody else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lims.deviations import actions as deviations
from lims.deviations import capa
from lims.deviations.assessing import AssessDeviation, assess_deviation
from lims.deviations.capa_queries import CapaFacts, capas_of
from lims.deviations.queries import deviation
from lims.deviations.rules import CapaKind, CapaStanding, DeviationClass, DeviationStanding
from tests.support.scenes import codes, read, turned_away
from tests.support.worlds import World


def opened(world: World) -> str:
    command = deviations.OpenDeviation(world.lots["product"], "the tank stood open for an hour")
    return world.story.do("tang", deviations.open_deviation, command).number


def plan(world: World, number: str, owner: str = "tian", days: int = 10) -> capa.PlanCapa:
    day = world.story.today + timedelta(days=days)
    return capa.PlanCapa(
        number, CapaKind.CORRECTIVE, "mend the lid", owner, day, day + timedelta(days=30)
    )


def planned(world: World, number: str, owner: str = "tian") -> CapaFacts:
    return world.story.do("quinn", capa.plan_capa, plan(world, number, owner))


def waits(world: World, who: str) -> str:
    return world.client(who).get("/").get_data(as_text=True)


def test_a_grave_deviation_is_assessed_with_its_cause_and_a_critical_one_mended_before_it_is_closed(
    world: World,
) -> None:
    number = opened(world)
    bare = AssessDeviation(number, DeviationClass.CRITICAL)
    assert codes(world, "quinn", assess_deviation, bare) == {"cause-not-known"}
    whole = replace(bare, immediate="lid closed", cause="its hinge is worn", risk="none: -150 °C")
    told = world.story.do("quinn", assess_deviation, whole)
    assert (told.severity, told.assessed_by) == (DeviationClass.CRITICAL, "quinn")

    one = planned(world, number)
    close = deviations.CloseDeviation(number, "no effect on the vials")
    assert codes(world, "qiu", deviations.close_deviation, close) == {"corrections-not-done"}
    world.story.do("tian", capa.report_capa, capa.ReportCapa(int(one.id), "new hinge"))
    world.story.do("qiu", deviations.close_deviation, close)
    assert read(world, deviation, number).standing is DeviationStanding.CLOSED
    assert codes(world, "quinn", assess_deviation, whole) == {"closed"}


def test_a_minor_one_is_closed_with_its_measures_under_way(world: World) -> None:
    number = opened(world)
    world.story.do("quinn", assess_deviation, AssessDeviation(number, DeviationClass.MINOR))
    planned(world, number)
    close = deviations.CloseDeviation(number, "a wet carton")
    world.story.do("quinn", deviations.close_deviation, close)
    planned(world, number)  # what turns out later
    assert len(read(world, capas_of, number)) == 2


def test_who_opened_it_does_not_assess_it(world: World) -> None:
    command = deviations.OpenDeviation(world.lots["product"], "odd")
    number = world.story.do("quinn", deviations.open_deviation, command).number
    wanted = AssessDeviation(number, DeviationClass.MINOR)
    assert codes(world, "quinn", assess_deviation, wanted) == {"you-opened-it"}


def test_its_owner_does_it_and_somebody_else_says_from_its_day_on_whether_it_works(
    world: World,
) -> None:
    one = planned(world, opened(world), "quinn")
    assert "mend the lid" in waits(world, "quinn")
    assert "mend the lid" not in waits(world, "tian")
    report = capa.ReportCapa(int(one.id), "new hinge")
    assert codes(world, "tian", capa.report_capa, report) == {"measure-of-another"}
    check = capa.CheckCapa(int(one.id), True, "no alarm for a month")
    world.story.do("quinn", capa.report_capa, report)
    assert codes(world, "qiu", capa.check_capa, check) == {"checked-too-early"}
    assert "mend the lid" not in waits(world, "qiu")
    world.story.wait(days=41)
    assert "mend the lid" in waits(world, "qiu")
    assert codes(world, "quinn", capa.check_capa, check) == {"your-own-measure"}
    told = world.story.do("qiu", capa.check_capa, check)
    assert (told.standing, told.checked_by) == (CapaStanding.EFFECTIVE, "qiu")
    assert "mend the lid" not in waits(world, "qiu")
    assert codes(world, "qiu", capa.check_capa, check) == {"wrong-standing"}


def test_what_does_not_work_stays_readable_and_another_is_planned(world: World) -> None:
    number = opened(world)
    one = planned(world, number)
    world.story.do("tian", capa.report_capa, capa.ReportCapa(int(one.id), "oiled"))
    world.story.wait(days=41)
    told = world.story.do("qiu", capa.check_capa, capa.CheckCapa(int(one.id), False, "again"))
    assert told.standing is CapaStanding.NOT_EFFECTIVE
    planned(world, number)
    page = world.client("qiu").get(f"/deviations/{number}").get_data(as_text=True)
    assert "not effective" in page


def test_whoever_leaves_is_replaced_and_the_old_plan_stays(world: World) -> None:
    number = opened(world)
    one = planned(world, number)
    day = world.story.today + timedelta(days=20)
    anew = capa.ReplanCapa(int(one.id), "ana", day, day, "tian is on leave")
    told = world.story.do("quinn", capa.replan_capa, anew)
    assert (told.owner, told.due_on) == ("ana", day)
    assert codes(world, "quinn", capa.replan_capa, anew) == {"nothing-to-amend"}
    page = world.client("quinn").get(f"/deviations/{number}").get_data(as_text=True)
    assert "tian is on leave" in page
    drop = capa.DropCapa(int(one.id), "the tank is sold")
    assert world.story.do("quinn", capa.drop_capa, drop).standing is CapaStanding.DROPPED
    assert codes(world, "quinn", capa.replan_capa, anew) == {"measure-not-planned"}


@pytest.mark.parametrize(
    ("owner", "due", "check", "code"),
    [
        ("nora", 1, 1, "nobody-of-the-laboratory"),
        ("tian", -1, 1, "due-in-the-past"),
        ("tian", 5, 4, "checked-before-due"),
        ("tian", 5, 4000, "too-far-ahead"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(
    world: World, owner: str, due: int, check: int, code: str
) -> None:
    today = world.story.today
    wanted = replace(
        plan(world, opened(world)),
        owner=owner,
        due_on=today + timedelta(days=due),
        check_on=today + timedelta(days=check),
    )
    assert codes(world, "quinn", capa.plan_capa, wanted) == {code}


def test_an_address_of_no_measure_is_no_page(world: World) -> None:
    for key in ("0", "99999999999999999999", "x"):
        assert world.client("quinn").get(f"/deviations/capa/{key}").status_code == 404


def test_only_qa_plans_and_checks(world: World) -> None:
    number = opened(world)
    qa = ("quinn", "qiu")
    turned_away(world, capa.plan_capa, plan(world, number), *qa)
    turned_away(world, assess_deviation, AssessDeviation(number, DeviationClass.MINOR), *qa)
    one = planned(world, number)
    turned_away(world, capa.drop_capa, capa.DropCapa(int(one.id), "x"), *qa)
    turned_away(world, capa.check_capa, capa.CheckCapa(int(one.id), True, "x"), *qa)
