"""A delivery is taken in by its supplier's GS1 code; what the code and the print say must agree."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from lims.supplies import actions as supplies
from lims.supplies.models import Lot
from lims.supplies.queries import material_of_code
from tests.support.scenes import codes, read, row
from tests.support.worlds import World

GS = "\x1d"
ITEM = "0109521234543213"
FULL = f"]d2{ITEM}1726123110ABC123{GS}21XYZ{GS}"


def delivery(code: str = FULL, lot: str = "", ends: date | None = None) -> supplies.ReceiveMaterial:
    return supplies.ReceiveMaterial("Trypsin", "Bench", lot, ends, supplier_code=code)


def received(world: World, **given: Any) -> Lot:
    got = world.story.do("tian", supplies.receive_material, delivery(**given))
    return row(world, Lot, got.number)  # type: ignore[no-any-return]


def refused(world: World, **given: Any) -> set[str]:
    return codes(world, "tian", supplies.receive_material, delivery(**given))


def scanned(client: FlaskClient, code: str) -> tuple[str, str]:
    """Where the header scan leads, and what is said there."""
    answer = client.get("/scan", query_string={"code": code})
    assert answer.status_code == 303
    return answer.location, client.get(answer.location).get_data(as_text=True)


def test_the_code_fills_in_item_lot_and_expiry(world: World) -> None:
    lot = received(world)
    assert (lot.gtin, lot.supplier_lot) == ("09521234543213", "ABC123")
    assert lot.expires_on == date(2026, 12, 31)


def test_print_and_code_that_agree_are_taken(world: World) -> None:
    lot = received(world, lot="ABC123", ends=date(2026, 12, 31))
    assert lot.supplier_lot == "ABC123"


def test_what_the_code_lacks_is_entered_by_hand(world: World) -> None:
    lot = received(world, code=ITEM, lot="S-7", ends=date(2027, 1, 31))
    assert (lot.gtin, lot.supplier_lot) == ("09521234543213", "S-7")
    assert refused(world, code=ITEM) == {"no-lot", "no-expiry"}
    assert refused(world, code=f"{ITEM}10A{GS}") == {"no-expiry"}
    assert refused(world, code=f"{ITEM}17261231") == {"no-lot"}


def test_a_delivery_without_any_code_needs_both(world: World) -> None:
    assert refused(world, code="") == {"no-lot", "no-expiry"}
    assert received(world, code="", lot="S", ends=date(2027, 1, 1)).gtin is None


def test_print_and_code_that_differ_are_refused(world: World) -> None:
    assert refused(world, lot="ABC124") == {"lot-differs"}
    assert refused(world, lot="abc123") == {"lot-differs"}
    assert refused(world, ends=date(2026, 12, 30)) == {"expiry-differs"}
    assert refused(world, lot="X", ends=date(2027, 1, 1)) == {"lot-differs", "expiry-differs"}


def test_a_code_without_separators_asks_for_the_printed_lot(world: World) -> None:
    dropped = FULL.replace(GS, "")
    assert refused(world, code=dropped) == {"lost-separator"}
    assert refused(world, code=dropped, lot="ABC124") == {"lot-differs"}
    assert received(world, code=dropped, lot="ABC123").supplier_lot == "ABC123"


def test_a_lot_that_swallowed_a_long_serial_is_never_taken(world: World) -> None:
    """Beyond twenty characters the rest begins a new field, and the lot looks whole."""
    dropped = f"{ITEM}17261231" + "10ABC21" + "12345678901234521XYZ"
    assert refused(world, code=dropped) == {"lost-separator"}


def test_a_swallowed_expiry_is_asked_for(world: World) -> None:
    dropped = f"{ITEM}10ABC123" + "17261231"
    assert refused(world, code=dropped) == {"lost-separator"}
    lot = received(world, code=dropped, lot="ABC123")
    assert lot.expires_on == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("hello", "not-gs1"), (ITEM[:-1] + "4", "gs1-check-digit"), (f"{ITEM}17261301", "not-gs1"),
        ("=A99992600000168", "isbt-off"), (GS, "not-gs1"), (FULL.lower().replace("abc", "é"), "not-gs1"),
        ("LMB26000001A", "not-gs1"), ("]d1" + ITEM, "not-gs1"),
    ],
)  # fmt: skip
def test_what_is_no_suppliers_code_is_refused(world: World, code: str, reason: str) -> None:
    assert refused(world, code=code, lot="S", ends=date(2027, 1, 1)) == {reason}


def test_a_visible_separator_is_read_where_it_is_configured(world: World) -> None:
    visible = FULL.replace(GS, "#")
    assert refused(world, code=visible, lot="ABC123") == {"not-gs1"}
    world.site.settings = replace(world.site.settings, gs1_separators="\x1d#")
    assert received(world, code=visible).supplier_lot == "ABC123"


def test_a_refused_delivery_leaves_nothing(world: World) -> None:
    refused(world, lot="X")
    assert read(world, material_of_code, "09521234543213", "ABC123") is None


@pytest.mark.parametrize("front", ["", "]d2", "]C1", "]e0"])
def test_the_header_scan_opens_the_material(world: World, front: str) -> None:
    lot = received(world)
    client = world.client("tang")
    place, _ = scanned(client, front + FULL.removeprefix("]d2"))
    assert place == f"/supplies/materials/{lot.number}"


def test_the_header_scan_opens_the_newest_delivery_of_the_same_lot(world: World) -> None:
    received(world)
    second = received(world)
    assert scanned(world.client("tang"), FULL)[0].endswith(second.number)


def test_an_accepted_material_is_still_found_by_its_code(world: World) -> None:
    lot = received(world)
    accept = supplies.AcceptMaterial(lot.number, "CoA 5")
    world.story.do("quinn", supplies.accept_material, accept)
    assert scanned(world.client("tang"), FULL)[0].endswith(lot.number)


def test_the_header_scan_never_opens_a_lot_whose_name_only_begins_alike(world: World) -> None:
    received(world)  # lot ABC123
    client = world.client("tang")
    for other in ("ABC", "ABC12", "A", "%", "_BC123", "ABC1234"):
        place, page = scanned(client, f"{ITEM}1726123110{other}{GS}")
        assert "/supplies/materials/" not in place, other
        assert "Trypsin" not in page, other


def test_the_header_scan_of_a_code_without_its_separator_opens_nothing(world: World) -> None:
    received(world)
    place, page = scanned(world.client("tang"), FULL.replace(GS, ""))
    assert "/supplies/materials/" not in place
    assert "separator" in page


@pytest.mark.parametrize("login", ["nora", "ada", "asa"])
def test_who_may_not_see_materials_learns_nothing_from_a_scan(world: World, login: str) -> None:
    received(world)
    client = world.client(login)
    unknown = FULL.replace("ABC123", "ABD999")
    known_answer, unknown_answer = scanned(client, FULL), scanned(client, unknown)
    assert known_answer[0] == unknown_answer[0]
    hide = str.maketrans("", "", GS)
    one, other = (page.translate(hide) for page in (known_answer[1], unknown_answer[1]))
    assert "This is not a Funis code" in one
    assert one.replace("ABC123", "?") == other.replace("ABD999", "?")


def test_a_code_without_a_lot_does_not_choose_between_two_lots(world: World) -> None:
    received(world)
    received(world, code=FULL.replace("ABC123", "ABC124"))
    assert "/supplies/materials/" not in scanned(world.client("tang"), ITEM)[0]


def test_a_form_keeps_the_last_separator_that_proves_where_the_lot_ends(world: World) -> None:
    """Lot L2105 ends like a serial (21)05: the scanner's last separator says that it is none."""
    client = world.client("tian")
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/accounts/me").text)
    assert found
    form = {"csrf_token": found.group(1), "name": "Trypsin", "supplier": "Bench"}
    form["supplier_code"] = f"]d2{ITEM}1726123110L2105{GS}"
    assert received(world, code=form["supplier_code"]).supplier_lot == "L2105"
    assert client.post("/do/supplies/receive-material", data=form).status_code == 303
