"""A day is a day where the thing stands: the clock walked through 24 hours in three zones."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from werkzeug.test import TestResponse

from lims.bags.queries import bag
from lims.core.days import end_of
from lims.core.quantities import Hours
from lims.demonstration import donating, making, treating
from lims.donation.queries import donor as find_donor
from lims.filling import actions as filling
from lims.filling import sessions
from lims.followup import actions as followup
from lims.followup.rules import Severity
from lims.protocol.queries import versions
from lims.release import actions as release
from lims.supplies import actions as supplies
from lims.supplies.equipment import RegisterEquipment, register_equipment
from lims.trial import ordering
from tests.nothing_wrong.doing import D, in_zone, open_deviations, sent, token_of, typed
from tests.support.scenes import codes, read, stores_of
from tests.support.worlds import World

ZONES = ("Asia/Shanghai", "America/New_York", "Asia/Kathmandu")
in_all_zones = pytest.mark.parametrize("zone", ZONES)
LAST = date(2026, 3, 10)


def wall(moment: datetime, zone: str) -> date:
    """What the calendar on the wall shows."""
    return moment.astimezone(ZoneInfo(zone)).date()


def walked(world: World, zone: str, last: date = LAST) -> Iterator[datetime]:
    """Every half hour of the day's second half and of the next day's first, and its edges."""
    midnight = datetime(last.year, last.month, last.day, tzinfo=ZoneInfo(zone)) + timedelta(days=1)
    edge = midnight.astimezone(UTC)
    steps = [edge + timedelta(minutes=30 * n) for n in range(-24, 25)]
    for moment in sorted({*steps, edge - timedelta(seconds=1), edge + timedelta(seconds=1)}):
        world.story.wait_until(moment)
        if world.clock.now == moment:
            yield moment


def a_material(world: World, name: str, expires: date) -> str:
    wanted = supplies.ReceiveMaterial(name, "Bench", f"L-{name}", expires, Hours(D(20_000)))
    number = world.story.do("tian", supplies.receive_material, wanted).number
    world.story.do("quinn", supplies.accept_material, supplies.AcceptMaterial(number, "CoA"))
    return number


@in_all_zones
def test_a_material_is_used_to_the_end_of_its_day_on_the_wall(world: World, zone: str) -> None:
    in_zone(world, zone)
    story, stores = world.story, stores_of(world)
    bags = a_material(world, "Infusion bags", LAST)
    wanted = sessions.OpenPreparation((bags, stores.albumin), (stores.cabinet,))
    seen = []
    for moment in walked(world, zone):
        if wall(moment, zone) <= LAST:
            story.do("tang", sessions.open_preparation, wanted, "tian")
        else:
            refused = codes(world, "tang", sessions.open_preparation, wanted, "tian")
            assert refused == {"lot-expired"}, moment
        seen.append(wall(moment, zone))
    assert len(set(seen)) == 2
    assert len(seen) > 40


@in_all_zones
def test_an_instrument_is_used_to_the_end_of_its_calibration(world: World, zone: str) -> None:
    in_zone(world, zone)
    story, stores = world.story, stores_of(world)
    new = RegisterEquipment("Cabinet 9", LAST)
    cabinet = story.do("tang", register_equipment, new).number
    wanted = sessions.OpenPreparation((stores.bags, stores.albumin), (cabinet,))
    for moment in walked(world, zone):
        if wall(moment, zone) <= LAST:
            story.do("tang", sessions.open_preparation, wanted, "tian")
        else:
            refused = codes(world, "tang", sessions.open_preparation, wanted, "tian")
            assert refused == {"calibration-overdue"}, moment


@in_all_zones
def test_an_event_begins_today_by_the_wall_and_never_tomorrow(world: World, zone: str) -> None:
    in_zone(world, zone)
    who = world.participants[0]
    for moment in walked(world, zone):
        today = wall(moment, zone)
        event = followup.ReportEvent(who, "fever", today, Severity.MILD, False, False, "38 °C")
        tomorrow = replace(event, onset=today + timedelta(days=1))
        assert "in-the-future" in codes(world, "nora", followup.report_event, tomorrow), moment
        world.story.do("nora", followup.report_event, event)


@in_all_zones
def test_a_lot_is_released_and_a_material_accepted_by_the_wall(world: World, zone: str) -> None:
    in_zone(world, zone)
    story = world.story
    new = supplies.ReceiveMaterial("Trypsin", "Bench", "T", LAST)
    number = story.do("tian", supplies.receive_material, new).number
    accept = supplies.AcceptMaterial(number, "CoA")
    moments = [moment for moment in walked(world, zone) if wall(moment, zone) > LAST]
    assert "lot-expired" in codes(world, "quinn", supplies.accept_material, accept)
    assert moments


@in_all_zones
def test_what_is_returned_from_hold_is_in_date_by_the_wall(world: World, zone: str) -> None:
    in_zone(world, zone)
    story, stores = world.story, stores_of(world)
    vehicle = supplies.MakeVehicle("Saline", LAST, (stores.albumin,), (stores.cabinet,))
    lot = story.do("tian", supplies.make_vehicle, vehicle).number
    making.tested(story, lot)
    making.released(story, lot)
    story.do("quinn", release.hold_lot, release.JudgeLot(lot, "doubt"))
    back = release.JudgeLot(lot, "no doubt")
    edge = datetime(LAST.year, LAST.month, LAST.day, 23, 59, tzinfo=ZoneInfo(zone))
    story.wait_until(edge.astimezone(UTC) + timedelta(minutes=2))
    assert "expired" in codes(world, "qiu", release.return_lot, back)


@in_all_zones
@pytest.mark.parametrize("at", [7.5, 23.5])
def test_a_bag_lasts_no_longer_than_the_wall_day_of_its_component(
    world: World, zone: str, at: float
) -> None:
    in_zone(world, zone)
    story, stores, who = world.story, stores_of(world), world.participants[0]
    begin = datetime(LAST.year, LAST.month, LAST.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    slot = begin + timedelta(hours=at - (2 if at > 20 else 0))
    bags = a_material(world, "Infusion bags", LAST)
    story.wait_until(slot - timedelta(hours=3, minutes=30))
    treating.signed_fit(story, who, 1)
    treating.weighed(story, who, 1, "72.5")
    body = {"participant": who, "visit": 1, "slot_at": slot.isoformat()}
    found = sent(world, "nora", "trial/order-infusion", body).get_json()
    order = found["orders"][-1]["number"]
    session = treating.opened_session(story, stores, bags)
    story.wait_until(slot - timedelta(hours=3))
    made = story.do("tang", filling.start_fill, filling.StartFill(order, session)).bag
    ends = read(world, bag, made).expires_at
    assert ends <= begin + timedelta(days=1)
    assert ends == min(slot + timedelta(hours=3), begin + timedelta(days=1))


@in_all_zones
def test_the_window_of_an_infusion_is_of_days_on_the_wall(world: World, zone: str) -> None:
    in_zone(world, zone)
    story, who = world.story, world.participants[0]
    treating.one_visit(story, stores_of(world), [(who, 1, "72.5")])
    last = story.today + timedelta(days=31)  # 28 and 3
    edge = end_of(last, ZoneInfo(zone))
    story.wait_until(edge - timedelta(hours=4))
    treating.signed_fit(story, who, 2)
    treating.weighed(story, who, 2, "72.5")
    late = ordering.OrderInfusion(who, 2, edge)
    assert codes(world, "nora", ordering.order_infusion, late) == {"too-late"}
    good = ordering.OrderInfusion(who, 2, edge - timedelta(minutes=1))
    story.do("nora", ordering.order_infusion, good)


@pytest.mark.parametrize(
    ("zone", "moment", "year"),
    [("Asia/Shanghai", datetime(2026, 12, 31, 15, 59, tzinfo=UTC), "26"),
     ("Asia/Shanghai", datetime(2026, 12, 31, 16, 1, tzinfo=UTC), "27"),
     ("America/New_York", datetime(2027, 1, 1, 4, 59, tzinfo=UTC), "26"),
     ("America/New_York", datetime(2027, 1, 1, 5, 1, tzinfo=UTC), "27"),
     ("Asia/Kathmandu", datetime(2026, 12, 31, 18, 14, tzinfo=UTC), "26"),
     ("Asia/Kathmandu", datetime(2026, 12, 31, 18, 16, tzinfo=UTC), "27")],
)  # fmt: skip
def test_numbers_count_in_the_year_on_the_wall(
    world: World, zone: str, moment: datetime, year: str
) -> None:
    in_zone(world, zone)
    world.story.wait_until(moment)
    new = supplies.ReceiveMaterial("Trypsin", "Bench", "T", date(2030, 1, 1))
    assert world.story.do("tian", supplies.receive_material, new).number[3:5] == year


@pytest.mark.parametrize(
    ("zone", "offset"),
    [("Asia/Shanghai", "+08:00"), ("America/New_York", "-05:00"), ("Asia/Kathmandu", "+05:45")],
)
def test_pages_and_refusals_show_the_sites_time_with_its_offset(
    world: World, zone: str, offset: str
) -> None:
    in_zone(world, zone)
    page = world.client("ines").get(f"/trial/participants/{world.participants[0]}").text
    shown = re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?[^<\n]{0,12}", page)
    assert shown
    for one in shown:
        assert offset in one.replace("\u2212", "-"), one
    treating.at_eight(world.story)
    who = world.participants[0]
    treating.signed_fit(world.story, who, 1)
    treating.weighed(world.story, who, 1, "72.5")
    soon = {"participant": who, "visit": 1, "slot_at": world.clock.now.isoformat()}
    said = sent(world, "nora", "trial/order-infusion", soon).text.replace("\u2212", "-")
    assert offset in said.replace("-04:00", "-05:00")


@pytest.mark.parametrize("who", ["quinn", "tang", "ada", "stan", "nora"])
def test_no_page_shows_a_moment_without_the_sites_offset(world: World, who: str) -> None:
    in_zone(world, "Asia/Kathmandu")
    client = world.client(who)
    bare = []
    paths = set(re.findall(r'href="(/(?!static/)[a-z][^"?#]*)"', client.get("/").text)) | {"/"}
    for path in sorted(paths):
        text = re.sub(r"<input[^>]*>", "", client.get(path).text)
        for one in re.findall(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d[^<\n]{0,14}", text):
            if "+05:45" not in one:
                bare.append((path, one))
    assert bare == []


def consent(world: World, local: str, **more: str) -> TestResponse:
    form = {"consent_version": "2.1", "consent_language": "zh", "consent_witness": "Hu",
            "consent_at": local, "recontact": "yes", "research": "no", **more}  # fmt: skip
    return typed(world, "tang", "donation/register-donor", form)


def test_a_time_that_does_not_exist_is_refused_with_that_reason(world: World) -> None:
    in_zone(world, "Europe/Berlin")
    answer = consent(world, "2025-03-30T02:30")
    assert answer.status_code == 422
    assert "does not exist" in answer.text
    assert consent(world, "2025-03-30T03:00").status_code == 303
    assert consent(world, "2025-03-30T01:59").status_code == 303


@pytest.mark.parametrize(
    ("zone", "local", "first", "second"),
    [("Europe/Berlin", "2025-10-26T02:30", "+02:00", "+01:00"),
     ("America/New_York", "2025-11-02T01:30", "-04:00", "-05:00")],
)  # fmt: skip
def test_a_time_that_was_there_twice_is_asked_which(
    world: World, zone: str, local: str, first: str, second: str
) -> None:
    in_zone(world, zone)
    asked = consent(world, local)
    assert asked.status_code == 422
    for offset in (first, second):
        assert offset in asked.text
        assert "_offset.consent_at" in asked.text
        assert consent(world, local, **{"_offset.consent_at": offset}).status_code == 303
    assert consent(world, local, **{"_offset.consent_at": "+09:00"}).status_code == 422
    donors = world.client("quinn").get("/api/donation/donors").get_json()["items"]
    kept = {datetime.fromisoformat(item["consent_at"]) for item in donors}
    naive = datetime.fromisoformat(local)
    for offset in (first, second):
        wanted = datetime.fromisoformat(f"{naive.isoformat()}{offset}").astimezone(UTC)
        assert wanted in kept


def test_a_cord_collected_in_the_second_half_past_two_is_an_hour_younger(world: World) -> None:
    in_zone(world, "Europe/Berlin")
    world.clock.now = datetime(2026, 10, 26, 0, 45, tzinfo=UTC)
    donor = making.a_donor(world.story, decide=False)
    form = {"donor": donor, "collected_at": "2026-10-25T02:30", "lowest": "3", "highest": "6",
            "weight": "38", "condition": "intact", "length": "32", "seal": "S-1",
            "materials": donating.kit(world.story)}  # fmt: skip
    kept = []
    for offset in ("+02:00", "+01:00"):
        more = form | {"_offset.collected_at": offset}
        assert typed(world, "tang", "donation/receive-cord", more).status_code == 303
        cord = read(world, find_donor, donor).cords[-1]
        kept.append([d.code.value for d in open_deviations(world, cord)])
    assert kept == [["transport-time"], []]  # 24.25 h and 23.25 h


def test_a_stored_second_half_past_two_sent_unchanged_stays_where_it_was(
    world: World, tmp_path: Path
) -> None:
    in_zone(world, "Europe/Berlin")
    world.clock.now = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 +01:00
    text = world.site.settings.protocol_file.read_text("utf-8")
    text = text.replace("watch_minutes = 15", "watch_minutes = 20")
    (tmp_path / "next.toml").write_text(text, "utf-8")
    world.site.settings = replace(world.site.settings, protocol_file=tmp_path / "next.toml")
    client = world.client("quinn")
    page = client.get("/protocols/approval").text
    form = dict(re.findall(r'name="(digest|effective_at)"[^>]*value="([^"]*)"', page))
    offset = re.search(r'name="_offset.effective_at" value="([^"]+)" checked', page)
    assert offset, "the page does not say which of the two it means"
    form |= {"_offset.effective_at": offset[1], "change": "longer", "csrf_token": token_of(client),
             "_sign_login": "quinn", "_sign_password": "cord-to-bedside"}  # fmt: skip
    assert client.post("/do/protocol/sign-protocol", data=form).status_code == 303
    assert read(world, versions)[0].effective_at == world.clock.now
