"""What happened is entered later: both times stand, clocks run from the first of them."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bedside import actions as bedside
from lims.bedside import infusing
from lims.bedside.actions import ReceiveBag, receive_bag
from lims.bedside.models import Infusion, Observation, Receipt
from lims.core.quantities import Celsius, Kilograms
from lims.core.reasons import Reason
from lims.core.rounding import Qualifier
from lims.demonstration import making, treating
from lims.demonstration.cast import PASSWORD
from lims.demonstration.treating import D
from lims.dispatch.actions import DispatchBag, dispatch_bag
from lims.release.actions import JudgeLot, hold_lot
from lims.testing.actions import EnterResult, SampleLot, enter_result, sample_lot
from lims.testing.sterility import Inoculate, ReadSterility, inoculate, read_sterility
from lims.trial import actions as trial
from lims.trust.late_entries import LateEntry, entered_later_on_the_ward
from lims.trust.lateness import Earlier, lateness_reasons, steps_reasons
from lims.trust.trail.entries import TrailEntry
from lims.trust.trail.verify import verify_trail
from tests.nothing_wrong.doing import token_of
from tests.support.scene_fixtures import Scene, received, released
from tests.support.scenes import codes, read, row, second_scan, stores_of
from tests.support.worlds import World

__all__ = ["received", "released"]
NOW = datetime.fromisoformat("2026-03-01T12:00:00+08:00")
HALF_AN_HOUR = timedelta(minutes=30)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("ago", "because", "witnessed", "wanted"),
    [
        (timedelta(0), "", False, []),
        (-SECOND, "", False, ["happened-in-the-future"]),
        (HALF_AN_HOUR, "", False, []),
        (HALF_AN_HOUR + SECOND, "", False, ["late-without-a-reason", "late-without-a-witness"]),
        (HALF_AN_HOUR + SECOND, "power cut", False, ["late-without-a-witness"]),
        (HALF_AN_HOUR + SECOND, "", True, ["late-without-a-reason"]),
        (HALF_AN_HOUR + SECOND, "power cut", True, []),
    ],
)
def test_what_is_long_ago_needs_a_reason_and_a_witness(
    ago: timedelta, because: str, witnessed: bool, wanted: list[str]
) -> None:
    found = lateness_reasons(Earlier(NOW - ago, because), NOW, HALF_AN_HOUR, witnessed=witnessed)
    assert _codes(found) == wanted


def _codes(found: list[Reason]) -> list[str]:
    return [reason.code for reason in found]


def test_the_steps_of_a_paper_form_follow_one_another() -> None:
    assert steps_reasons([NOW, NOW, NOW + SECOND], NOW + SECOND) == []
    assert _codes(steps_reasons([NOW, NOW - SECOND], NOW)) == ["steps-out-of-order"]
    assert _codes(steps_reasons([NOW + SECOND], NOW)) == ["happened-in-the-future"]


def earlier(world: World, because: str = "power cut", **ago: float) -> Earlier:
    return Earlier(world.clock.now - timedelta(**ago), because)


def test_an_observation_of_twenty_minutes_ago_stands_where_it_belongs(received: Scene) -> None:
    world, *babies = received
    for number, baby in zip(world.participants, babies, strict=True):
        infusion = treating.verified(world.story, number, baby.bag)
        world.story.wait(minutes=20)
        world.story.do("nora", infusing.observe, infusing.Observe(infusion, "seen second"))
        seen = infusing.Observe(infusion, "seen first")
        when = earlier(world, "", minutes=10)
        world.story.do("nora", infusing.observe, seen, "", when)
        page = world.client("mona").get(f"/bedside/infusions/{infusion}").get_data(as_text=True)
        assert page.index("seen first") < page.index("seen second")
        assert "Entered later" in page
        with world.site.reading() as session:
            mine = select(Observation).where(
                Observation.infusion == infusion, Observation.seen == "seen first"
            )
            assert session.scalars(mine).one().at == when.happened_at


def test_the_trail_the_list_and_the_signature_say_both_times(received: Scene) -> None:
    world, cells, _ = received
    infusion = treating.verified(world.story, world.participants[0], cells.bag)
    world.story.wait(minutes=90)
    when, entered = earlier(world, minutes=60), world.clock.now
    world.story.do("nora", infusing.observe, infusing.Observe(infusion, "well"), "niu", when)

    (kept,) = read(world, entered_later_on_the_ward)
    assert (kept.thing, kept.action) == (infusion, "bedside/observe")
    assert (kept.happened_at, kept.entered_at) == (when.happened_at, entered)
    assert (kept.by, kept.second, kept.because) == ("nora", "niu", "power cut")
    with world.site.reading() as session:
        newest = select(TrailEntry).where(TrailEntry.stream_name == f"ward/infusion/{infusion}")
        told = session.scalars(newest.order_by(TrailEntry.id.desc()).limit(1)).one().read
        assert told is not None
        assert datetime.fromisoformat(told["at"]) == entered
        assert datetime.fromisoformat(told["happened_at"]) == when.happened_at
        assert told["because"] == "power cut"
        assert len(told["signatures"]) == 1
        assert verify_trail(session, world.site.key.public_key()).faults == ()


def test_nothing_happened_before_what_it_rests_on(released: Scene) -> None:
    """A bag cannot have come before it left, or have run before it was compared."""
    world, *babies = released
    for baby in babies:
        treating.sent(world.story, baby)
    world.story.wait(minutes=10)
    for number, baby in zip(world.participants, babies, strict=True):
        came = ReceiveBag(baby.bag, Celsius(D(5)), True)
        too_soon = earlier(world, minutes=15)
        assert codes(world, "nora", receive_bag, came, "", too_soon) == {"not-yet-sent"}
        world.story.do("nora", receive_bag, came, "", earlier(world, minutes=8))
        verdict = world.story.do("nora", bedside.verify_bag, bedside.VerifyBag(number, baby.bag))
        start = second_scan(world, verdict.number)
        before = earlier(world, minutes=2)
        wrong = codes(world, "nora", infusing.start_infusion, start, "niu", before)
        assert wrong == {"happened-before"}
        world.story.do("nora", infusing.start_infusion, start, "niu")


def test_shelf_life_runs_from_when_it_happened(received: Scene) -> None:
    """An end within the shelf life is entered after it; a start after it is none."""
    world, cells, vehicle = received
    running = treating.verified(world.story, world.participants[0], cells.bag)
    second = bedside.VerifyBag(world.participants[1], vehicle.bag)
    waits = world.story.do("nora", bedside.verify_bag, second)
    world.story.wait_until(row(world, Bag, vehicle.bag).expires_at + timedelta(hours=1))
    start = second_scan(world, waits.number)
    now = codes(world, "nora", infusing.start_infusion, start, "niu")
    assert "expired" in now
    then = Earlier(row(world, Infusion, waits.number).verified_at + timedelta(minutes=1), "cut")
    silent = Earlier(world.clock.now - timedelta(minutes=5))
    assert codes(world, "nora", infusing.start_infusion, start, "niu", silent) == {"late-start"}
    world.story.do("nora", infusing.start_infusion, start, "niu", then)
    assert row(world, Infusion, waits.number).started_at == then.happened_at
    assert row(world, Infusion, running).ended_at is None


def test_a_decision_is_made_when_it_is_entered(received: Scene) -> None:
    world, *_ = received
    wanted = JudgeLot(world.lots["product"], "a doubt")
    when = earlier(world, minutes=5)
    assert codes(world, "quinn", hold_lot, wanted, "", when) == {"not-entered-later"}


def test_a_weight_of_before_the_newest_one_is_not_taken(world: World) -> None:
    treating.at_eight(world.story)
    treating.weighed(world.story, world.participants[0], 1, "72.5")
    wanted = trial.Weigh(world.participants[0], 1, Kilograms(D("74")), "scale 3")
    when = earlier(world, minutes=20)
    assert codes(world, "nora", trial.weigh, wanted, "", when) == {"weighed-since"}


def test_the_form_takes_the_time_and_gives_it_back_when_it_is_refused(released: Scene) -> None:
    world, cells, vehicle = released
    for baby in (cells, vehicle):
        treating.sent(world.story, baby)
    world.story.wait(minutes=50)
    zone = world.site.settings.zone
    client = world.client("nora")
    for baby in (cells, vehicle):
        then = (world.clock.now - timedelta(minutes=45)).replace(second=0, microsecond=0)
        data = {
            "scan": baby.bag,
            "temperature": "5",
            "intact": "yes",
            "_happened_at": f"{then.astimezone(zone):%Y-%m-%dT%H:%M}",
            "_because": "printer and network down",
            "csrf_token": token_of(client),
        }
        refused = client.post("/do/bedside/receive-bag", data=data)
        page = refused.get_data(as_text=True)
        assert refused.status_code == 409
        assert "late-without-a-witness" in page
        assert data["_happened_at"] in page
        assert data["_because"] in page
        vouched = data | {"_witness_login": "niu", "_witness_password": PASSWORD}
        assert client.post("/do/bedside/receive-bag", data=vouched).status_code == 303
        assert row(world, Bag, baby.bag).standing is BagStanding.RECEIVED
        assert row(world, Receipt, baby.bag).at == then


def test_the_api_takes_the_time_and_refuses_what_is_none(released: Scene) -> None:
    world, cells, _ = released
    treating.sent(world.story, cells)
    world.story.wait(minutes=5)
    client = world.client("nora")
    headers = {"X-CSRFToken": token_of(client)}
    body = {"scan": cells.bag, "temperature": "5", "intact": True}
    for wrong in ("yesterday", "2026-03-01T08:00", 7, ["x"]):
        answer = client.post(
            "/api/bedside/receive-bag", json=body | {"happened_at": wrong}, headers=headers
        )
        assert answer.status_code == 422
        assert "happened_at" in answer.get_json()["fields"]
    then = world.clock.now - timedelta(minutes=4)
    asked = body | {"happened_at": then.isoformat()}
    assert client.post("/api/bedside/receive-bag", json=asked, headers=headers).status_code == 200
    assert row(world, Receipt, cells.bag).at == then


def test_the_same_key_with_another_time_is_another_request(released: Scene) -> None:
    world, cells, _ = released
    treating.sent(world.story, cells)
    world.story.wait(minutes=5)
    client = world.client("nora")
    headers = {"X-CSRFToken": token_of(client), "Idempotency-Key": "once"}
    body = {"scan": cells.bag, "temperature": "5", "intact": True}
    then = (world.clock.now - timedelta(minutes=4)).isoformat()
    for sent, status in ((body | {"happened_at": then}, 200), (body, 409)):
        answer = client.post("/api/bedside/receive-bag", json=sent, headers=headers)
        assert answer.status_code == status


def test_the_ward_never_reads_when_the_laboratory_was_late(released: Scene) -> None:
    world, cells, _ = released
    world.story.wait(minutes=40)
    with world.site.reading() as session:
        assert session.scalars(select(LateEntry)).all() == []
    went = DispatchBag(cells.bag, "courier Bo", Celsius(D(5)))
    world.story.do("tang", dispatch_bag, went, "tian", earlier(world, minutes=35))
    lab = world.client("quinn").get(f"/filling/bags/{cells.bag}").get_data(as_text=True)
    ward = world.client("mona").get(f"/bedside/bags/{cells.bag}").get_data(as_text=True)
    assert "Entered later" in lab
    assert "Entered later" not in ward.replace(">Entered later</a>", "")


def test_an_observation_is_entered_after_the_end_too_and_never_from_before_the_start(
    received: Scene,
) -> None:
    world, *babies = received
    for number, baby in zip(world.participants, babies, strict=True):
        infusion = treating.verified(world.story, number, baby.bag)
        begun = row(world, Infusion, infusion).started_at
        world.story.wait(minutes=25)
        treating.ended(world.story, infusion)
        seen = infusing.Observe(infusion, "well")
        during = Earlier(begun + timedelta(minutes=10))
        world.story.do("nora", infusing.observe, seen, "", during)
        before = Earlier(begun - timedelta(seconds=1))
        assert codes(world, "nora", infusing.observe, seen, "", before) == {"not-started"}


def test_a_result_of_before_the_inoculation_is_entered_after_it(world: World) -> None:
    lot = making.a_vehicle(world.story, stores_of(world))
    sample = world.story.do("ana", sample_lot, SampleLot(lot)).number
    taken = world.clock.now
    world.story.wait(minutes=20)
    world.story.do("ana", inoculate, Inoculate(sample))
    read_then = ReadSterility(sample, growth=False)
    early = Earlier(taken + timedelta(minutes=5))
    assert codes(world, "ana", read_sterility, read_then, "", early) == {"not-inoculated"}
    acidity = EnterResult(sample, "PH", Qualifier.EQUAL, D("7.0"))
    world.story.do("ana", enter_result, acidity, "", early)
    never = Earlier(taken - timedelta(minutes=5))
    osmolality = EnterResult(sample, "OSM", Qualifier.EQUAL, D(298))
    assert codes(world, "ana", enter_result, osmolality, "", never) == {"happened-before"}


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00", "9999-12-31T23:59", "2026-02-30T10:00", "yesterday", ""]
)
@pytest.mark.parametrize("because", ["x", "a\0b", "\x1b[0m", "x" * 100_000, "\ud800"])
def test_no_time_and_no_reason_crashes_it_or_is_kept(
    released: Scene, moment: str, because: str
) -> None:
    world, cells, _ = released
    treating.sent(world.story, cells)
    world.story.wait(minutes=5)
    client = world.client("nora")
    token = token_of(client)
    entries = {"scan": cells.bag, "temperature": "5"}
    typed = entries | {"intact": "yes", "_happened_at": moment, "_because": because}
    typed["_because"] = because.encode(errors="replace").decode()
    answer = client.post("/do/bedside/receive-bag", data=typed | {"csrf_token": token})
    assert answer.status_code in {409, 413, 422}
    for sent in (moment, f"{moment}:00+08:00", None):
        body = entries | {"intact": True, "happened_at": sent, "late_because": because}
        headers = {"X-CSRFToken": token}
        answer = client.post("/api/bedside/receive-bag", json=body, headers=headers)
        assert answer.status_code in {409, 422}
    assert row(world, Bag, cells.bag).standing is BagStanding.DISPATCHED


@pytest.mark.parametrize("because", ["a\0b", "\x1b[0m", "x" * 100_000])
def test_a_reason_is_read_like_every_other_entry(released: Scene, because: str) -> None:
    world, cells, _ = released
    treating.sent(world.story, cells)
    world.story.wait(minutes=5)
    client = world.client("nora")
    then = (world.clock.now - timedelta(minutes=3)).isoformat()
    body = {"scan": cells.bag, "temperature": "5", "intact": True, "happened_at": then}
    headers = {"X-CSRFToken": token_of(client)}
    told = body | {"late_because": because}
    answer = client.post("/api/bedside/receive-bag", json=told, headers=headers)
    assert answer.status_code == 422
    assert set(answer.get_json()["fields"]) == {"late_because"}
