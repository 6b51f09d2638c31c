"""ISBT 128 donation numbers of cords: off without a licence, once for each cord, on its label."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lims.core.errors import Missing
from lims.demonstration import donating, making
from lims.donation.models import Cord
from lims.donation.numbering import OfCord, number_donation
from lims.identifiers.isbt import donation_scan, parse
from lims.identifiers.symbols import read_back
from lims.labelling.actions import PrintLabel, ScanBack, print_label, scan_back
from lims.labelling.masters import load_master
from lims.labelling.models import Label
from lims.labelling.render import draw
from tests.support.scenes import codes, row, turned_away
from tests.support.worlds import World

FIRST, SECOND = "A999926000001", "A999926000002"
TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')


def switched_on(world: World, facility: str = "A9999") -> None:
    world.site.settings = replace(world.site.settings, isbt_facility=facility)


def cord(world: World) -> str:
    at = world.clock.now - timedelta(hours=9)
    return donating.received(world.story, world.donor, at)


def numbered(world: World) -> str:
    number = cord(world)
    world.story.do("tang", number_donation, OfCord(number))
    return number


def label_of(world: World, number: str) -> Label:
    with world.site.reading() as session:
        found = session.scalars(select(Label).where(Label.number == number)).one()
        session.expunge(found)
        return found


def scanned(client: FlaskClient, code: str) -> tuple[str, str]:
    answer = client.get("/scan", query_string={"code": code})
    assert answer.status_code == 303
    page = client.get(answer.location).get_data(as_text=True)
    return answer.location, TOKEN.sub("", page)  # signed with the second in which it was made


@pytest.mark.parametrize("facility", ["", "a9999", "O9999", "A99"])
def test_it_is_off_without_a_facility_number_and_says_why(world: World, facility: str) -> None:
    switched_on(world, facility)
    number = cord(world)
    assert codes(world, "tang", number_donation, OfCord(number)) == {"isbt-off"}
    assert row(world, Cord, number).donation is None


def test_the_page_offers_it_only_where_it_is_on(world: World) -> None:
    number = cord(world)
    page = world.client("tang").get(f"/donation/cords/{number}").get_data(as_text=True)
    assert "number-donation" not in page
    switched_on(world)
    page = world.client("tang").get(f"/donation/cords/{number}").get_data(as_text=True)
    assert "number-donation" in page


def test_cords_are_numbered_one_after_the_other(world: World) -> None:
    switched_on(world)
    assert [row(world, Cord, numbered(world)).donation for _ in range(2)] == [FIRST, SECOND]


def test_each_year_and_each_facility_counts_from_one(world: World) -> None:
    switched_on(world)
    numbered(world)
    switched_on(world, "A9998")
    assert row(world, Cord, numbered(world)).donation == "A999826000001"
    world.story.wait(days=365)
    assert row(world, Cord, numbered(world)).donation == "A999827000001"


def test_a_cord_is_numbered_once(world: World) -> None:
    switched_on(world)
    number = numbered(world)
    assert codes(world, "tian", number_donation, OfCord(number)) == {"numbered"}
    assert row(world, Cord, number).donation == FIRST


def test_a_cord_with_a_label_is_not_labelled_a_second_time(world: World) -> None:
    switched_on(world)
    number = cord(world)
    world.story.do("tang", print_label, PrintLabel(number))
    assert codes(world, "tang", number_donation, OfCord(number)) == {"has-label"}
    assert row(world, Cord, number).donation is None


def test_a_refused_numbering_uses_up_no_number(world: World) -> None:
    switched_on(world)
    labelled = cord(world)
    world.story.do("tang", print_label, PrintLabel(labelled))
    codes(world, "tang", number_donation, OfCord(labelled))
    assert row(world, Cord, numbered(world)).donation == FIRST


def test_it_turns_away_who_may_not(world: World) -> None:
    switched_on(world)
    turned_away(world, number_donation, OfCord(cord(world)), "tang", "tian")
    with pytest.raises(Missing):
        world.story.do("tang", number_donation, OfCord("LMC260099990"))


def test_the_label_carries_the_donation_with_its_check_and_the_warning(world: World) -> None:
    switched_on(world)
    label = label_of(world, numbered(world))
    fields = json.loads(label.fields)
    (din,) = parse(fields["donation"])
    assert din.parts["din"] == FIRST
    assert din.parts["check_verified"] is True
    assert "NOT FOR CLINICAL USE" in fields["warning"]
    assert fields["donation_text"].startswith("A9999 26 000001")


@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_the_printed_label_decodes_to_the_donation(world: World, dpi: int) -> None:
    switched_on(world)
    label = label_of(world, numbered(world))
    folder = world.site.settings.labels_folder
    master = load_master(folder, label.master, label.version)
    found = read_back(draw(master, json.loads(label.fields), dpi))
    assert json.loads(label.fields)["donation"] in found.values()


def test_a_licensed_facility_prints_no_demonstration(world: World) -> None:
    switched_on(world, "W1234")
    fields = json.loads(label_of(world, numbered(world)).fields)
    assert "DEMO" not in fields["warning"]


def test_the_header_scan_of_the_donation_opens_the_cord(world: World) -> None:
    switched_on(world)
    number = numbered(world)
    code = json.loads(label_of(world, number).fields)["donation"]
    client = world.client("tang")
    for front in ("", "]C0", "]d1"):
        assert scanned(client, front + code)[0] == f"/donation/cords/{number}"


@pytest.mark.parametrize("flags", ["00", "05", "25"])
def test_the_own_donation_without_its_check_opens_nothing(world: World, flags: str) -> None:
    switched_on(world)
    numbered(world)
    place, page = scanned(world.client("tang"), f"={FIRST}{flags}")
    assert "/donation/cords/" not in place
    assert "check" in page


def test_the_donation_opens_nothing_after_the_licence_ended(world: World) -> None:
    switched_on(world)
    code = json.loads(label_of(world, numbered(world)).fields)["donation"]
    switched_on(world, "")
    place, page = scanned(world.client("tang"), code)
    assert "/donation/cords/" not in place
    assert "licence" in page


@pytest.mark.parametrize("login", ["nora", "ada", "asa", "ines"])
def test_who_may_not_see_cords_learns_nothing_from_a_donation(world: World, login: str) -> None:
    switched_on(world)
    known = json.loads(label_of(world, numbered(world)).fields)["donation"]
    client = world.client(login)
    unknown = donation_scan("A9999", 2026, 9)  # never given
    one, other = scanned(client, known), scanned(client, unknown)
    assert one[0] == other[0]
    assert one[1].replace(known[1:], "?") == other[1].replace(unknown[1:], "?")


def test_the_label_of_a_numbered_cord_is_scanned_back_by_its_donation(world: World) -> None:
    """The donation label carries the DIN: whoever scans it back must be understood."""
    switched_on(world)
    number = numbered(world)
    label = label_of(world, number)
    fields = json.loads(label.fields)
    folder = world.site.settings.labels_folder
    master = load_master(folder, label.master, label.version)
    codes_on_it = set(read_back(draw(master, fields, 300)).values())
    assert any(
        world.story.do("tang", scan_back, ScanBack(code)).code == label.code
        for code in codes_on_it
        if code == label.code
    ), codes_on_it


def test_a_cord_that_was_used_keeps_its_place_in_the_count(world: World) -> None:
    switched_on(world)
    used = making.cord_of(world.story, world.donor)
    world.story.do("tang", number_donation, OfCord(used))
    assert row(world, Cord, used).donation == FIRST
