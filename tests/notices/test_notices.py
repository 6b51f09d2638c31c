"""Who must know is told on top of their work, until each has read it; the ward in one word."""

import pytest

from lims.accounts.actions import GrantRole, end_role, grant_role
from lims.bedside.actions import ReceiveBag, receive_bag
from lims.core import listing
from lims.core.errors import Missing
from lims.core.quantities import Celsius
from lims.core.texts import retold, say
from lims.demonstration import making, treating
from lims.demonstration.treating import D
from lims.deviations.actions import (
    CloseDeviation,
    OpenDeviation,
    close_deviation,
    open_deviation,
)
from lims.deviations.due import TellDueDeviations, tell_due_deviations
from lims.filling import giving_back
from lims.filling.models import Fill
from lims.notices.actions import Acknowledge, acknowledge
from lims.notices.models import Notice
from lims.notices.rules import ESCALATES_TO, MUST_KNOW, NoticeKind
from lims.release.actions import JudgeLot, hold_lot, recall_lot, return_lot
from lims.trust.actions import Request, perform
from lims.trust.identity.people import PROGRAM
from lims.trust.identity.roles import SIDES, Role
from tests.support.scenes import codes, row, stores_of
from tests.support.worlds import World

Scene = tuple[World, treating.Baby, treating.Baby]
READ = "Read notice"


def work_of(world: World, login: str) -> str:
    return world.client(login).get("/").get_data(as_text=True)


def notices(world: World) -> list[tuple[str, str, str]]:
    with world.site.reading() as session:
        found = session.query(Notice).order_by(Notice.raised_at, Notice.about)
        return [(n.kind.value, n.about, n.id) for n in found]


def test_each_person_who_must_know_reads_it_for_themselves(received: Scene) -> None:
    world, cells, vehicle = received
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["vehicle"], "particles"))
    told = notices(world)
    assert {(kind, about) for kind, about, _ in told} == {
        ("bag_stopped", cells.bag),
        ("bag_stopped", vehicle.bag),
    }
    for login in ("nora", "niu", "ines"):
        assert work_of(world, login).count(READ) == 2
    for login in ("asa", "tang", "quinn", "stan", "ada"):
        assert READ not in work_of(world, login)

    for _, _, notice in told:
        done = Acknowledge(notice, "bag locked away, laboratory called")
        world.story.do("nora", acknowledge, done)
        assert codes(world, "nora", acknowledge, done) == {"read-already"}

    assert READ not in work_of(world, "nora")
    assert work_of(world, "niu").count(READ) == 2
    page = world.client("ines").get(f"/notices/{told[0][2]}").get_data(as_text=True)
    assert "laboratory called" in page


def test_what_is_unread_too_long_comes_to_somebody_else(received: Scene) -> None:
    world, cells, _ = received
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["vehicle"], "particles"))
    of_others = "Nobody has read this"
    assert of_others not in work_of(world, "mona")
    world.story.wait(hours=24)
    assert work_of(world, "mona").count(of_others) == 2
    (first,) = (notice for _, about, notice in notices(world) if about == cells.bag)
    world.story.do("nora", acknowledge, Acknowledge(first, "locked away"))
    assert work_of(world, "mona").count(of_others) == 1


def test_a_false_alarm_is_told_as_well(received: Scene) -> None:
    world, cells, _ = received
    doubt = JudgeLot(world.lots["vehicle"], "particles")
    world.story.do("quinn", hold_lot, doubt)
    world.story.do("qiu", return_lot, doubt)
    session = row(world, Fill, cells.bag).session
    world.story.do("qiu", giving_back.give_back_session, giving_back.GiveBackSession(session, "no"))
    assert (
        sorted(kind for kind, _, _ in notices(world))
        == ["bag_given_back"] * 2 + ["bag_stopped"] * 2
    )


def test_the_ward_hears_nothing_of_a_bag_that_never_came(released: Scene) -> None:
    world, *_ = released
    world.story.do("quinn", recall_lot, JudgeLot(world.lots["vehicle"], "particles"))
    assert {kind for kind, _, _ in notices(world)} == {"recall"}
    assert READ in work_of(world, "tang")
    assert READ not in work_of(world, "nora")


@pytest.mark.parametrize("login", ["nora", "ines", "mona", "asa", "stan"])
def test_a_notice_of_the_laboratory_does_not_exist_for_anybody_else(
    released: Scene, login: str
) -> None:
    world, *_ = released
    world.story.do("quinn", recall_lot, JudgeLot(world.lots["vehicle"], "particles"))
    ((_, _, notice),) = notices(world)
    assert world.client(login).get(f"/notices/{notice}").status_code == 404
    with pytest.raises(Missing):
        world.story.do(login, acknowledge, Acknowledge(notice, "nothing"))


def test_no_kind_of_notice_reaches_two_sides_of_the_wall() -> None:
    """But the fact of a code break, which the monitor and the statistician both must know."""
    for kind in NoticeKind:
        sides = {SIDES[role] for role in (*MUST_KNOW[kind], ESCALATES_TO[kind])}
        assert len(sides) == 1 or kind.startswith("code"), kind


def test_qa_is_told_of_a_failing_result_and_of_what_came_too_warm(released: Scene) -> None:
    world, cells, vehicle = released
    for baby in (cells, vehicle):
        treating.sent(world.story, baby)
        warm = ReceiveBag(baby.bag, Celsius(D(25)), True)
        world.story.do("nora", receive_bag, warm)
    told = {(kind, about) for kind, about, _ in notices(world)}
    assert {("excursion", cells.bag), ("excursion", vehicle.bag)} <= told
    lot = making.a_vehicle(world.story, stores_of(world))
    making.tested(world.story, lot, {"PH": "9.9"})
    assert ("result_failed", lot) in {(kind, about) for kind, about, _ in notices(world)}
    assert work_of(world, "quinn").count(READ) == 3
    assert work_of(world, "tang").count(READ) == 2


def test_who_comes_later_is_not_told_of_what_was_before(received: Scene) -> None:
    world, *_ = received
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["vehicle"], "particles"))
    grant = GrantRole("niu", Role.NURSE)
    world.story.do("ada", end_role, grant)
    world.story.do("ada", grant_role, grant, "quinn")
    world.story.actors.clear()
    assert READ not in work_of(world, "niu")
    assert work_of(world, "nora").count(READ) == 2


def test_notices_are_read_by_a_program_as_on_the_page_and_by_nobody_else(received: Scene) -> None:
    world, cells, vehicle = received
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["vehicle"], "particles"))
    found = world.client("nora").get("/api/notices/").get_json()["items"]
    assert {n["about"] for n in found} == {cells.bag, vehicle.bag}
    one = world.client("ines").get(f"/api/notices/{found[0]['id']}").get_json()
    assert (one["kind"], one["read_by"]) == ("bag_stopped", [])
    for login in ("quinn", "asa", "stan", "ada"):
        assert world.client(login).get("/api/notices/").get_json()["items"] == []
        assert world.client(login).get(f"/api/notices/{found[0]['id']}").status_code == 404


def test_a_long_list_of_notices_is_read_a_page_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    about = [deviation(world, f"dent {n}") for n in range(3)]
    world.story.wait(days=30)
    assert told_due(world) == tuple(sorted(about))
    client, found, after = world.client("quinn"), [], ""
    while True:
        page = client.get("/api/notices/", query_string={"after": after}).get_json()
        found += [n["about"] for n in page["items"]]
        if not (after := page["further"]):
            break
    assert sorted(found) == sorted(about)


def deviation(world: World, what: str) -> str:
    return world.story.do("tang", open_deviation, OpenDeviation(world.lots["product"], what)).number


def told_due(world: World) -> tuple[str, ...]:
    return perform(
        world.site, tell_due_deviations, TellDueDeviations(), Request(PROGRAM)
    ).deviations


def test_a_deviation_that_is_due_is_told_once_until_it_is_closed(world: World) -> None:
    late, closed = deviation(world, "dented"), deviation(world, "wet")
    world.story.wait(days=15)
    fresh = deviation(world, "torn")
    world.story.do("quinn", close_deviation, CloseDeviation(closed, "dried, no effect"))
    assert told_due(world) == ()
    world.story.wait(days=15)
    assert told_due(world) == (late,)
    assert told_due(world) == ()
    page = work_of(world, "quinn")
    assert page.count(READ) == 1
    assert f"The deviation {late} is open for longer" in page
    assert READ not in work_of(world, "tang")
    world.story.wait(days=15)
    assert told_due(world) == (fresh,)


@pytest.mark.parametrize("kind", NoticeKind)
def test_each_kind_of_notice_has_its_sentence_in_both_languages(kind: NoticeKind) -> None:
    said = say(f"notice.{kind}", about="LMB000000000")
    assert "LMB000000000" in said
    assert retold(said, "zh") != said
