"""A scan that went wrong is named, and what was read is kept; separators; the header's scan."""

import json

import pytest

from lims.identifiers.layouts import LAYOUTS
from lims.labelling.actions import (
    MakeSleeves,
    PrintLabel,
    ReprintLabel,
    make_sleeves,
    print_label,
    reprint_label,
)
from lims.labelling.models import Label
from lims.supplies.models import Lot
from lims.trust.trail.scan_log import ScanRead
from tests.browser.conftest import Place

GERMAN = str.maketrans(
    "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
    '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?',
    LAYOUTS["german"],
)
FAULTS = {
    "lower case": (str.lower, "CapsLock is on or the case is wrong"),
    "CapsLock": (str.swapcase, "CapsLock is on or the case is wrong"),
    "full width": (
        lambda code: "".join(chr(ord(sign) + 0xFEE0) for sign in code),
        "Switch to English input",
    ),
    "German keyboard": (lambda code: code.translate(GERMAN), "The keyboard is set to German"),
    "cut off": (lambda code: code[:-3], "Only a part of the code was read"),
    "two in one": (lambda code: code * 2, "Two codes ran together"),
}
SUPPLIER = "010952123454321317361231"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_technician_is_told_what_is_wrong_with_a_scan_and_the_form_keeps_it(
    bench: Place, fault: str
) -> None:
    spoil, sentence = FAULTS[fault]
    code = _sleeve(bench)
    page, wedge = bench.open("tang", "/labelling/")

    wedge.scan(spoil(code), 10)
    page.locator(".against", has_text=sentence).wait_for()

    panel = page.locator("details.act", has=page.locator(".against"))
    assert panel.locator("[data-scan]").input_value() == spoil(code)
    how = json.loads(panel.locator("[name='_how.scan']").first.input_value())
    assert how["via"] == "keys"
    assert page.evaluate("window.tones.slice(-2)") == [220, 180]
    assert bench.label(code).standing == "issued"


def test_a_technician_scans_again_after_a_refusal_and_the_form_takes_it(bench: Place) -> None:
    code = _sleeve(bench)
    page, wedge = bench.open("tang", "/labelling/")
    wedge.scan(code.lower())
    page.locator(".against", has_text="scan again").wait_for()
    page.wait_for_timeout(250)

    wedge.scan(code)

    page.locator("main .told", has_text="Label read back").wait_for()
    assert bench.label(code).standing == "active"


@pytest.mark.parametrize("separator", ["Ctrl+]", "Alt+029"])
def test_a_separator_inside_a_suppliers_code_arrives(bench: Place, separator: str) -> None:
    page, wedge = bench.open("tian", "/supplies/")
    page.locator("summary", has_text="Receive material").click()
    page.fill("form [name=name]", "salt")
    page.fill("form [name=supplier]", "S")
    page.focus("[name=supplier_code]")

    wedge.type(f"{SUPPLIER}10LOT7")
    wedge.key("\x1d") if separator == "Ctrl+]" else wedge.by_number("029")
    wedge.scan("21SN42")
    page.locator("main .told").wait_for()

    assert [lot.supplier_lot for lot in bench.rows(Lot) if lot.name == "salt"] == ["LOT7"]
    (read,) = [
        row for row in bench.rows(ScanRead) if row.field == "supplier_code" and row.raw[:2] == "01"
    ]
    assert "\x1d21SN42" in read.raw
    assert not read.by_hand


def test_a_suppliers_code_with_many_separators_counts_as_scanned(bench: Place) -> None:
    page, wedge = bench.open("tian", "/supplies/")
    page.locator("summary", has_text="Receive material").click()
    page.fill("form [name=name]", "salt")
    page.fill("form [name=supplier]", "S")
    page.focus("[name=supplier_code]")

    wedge.scan(f"{SUPPLIER}10LOT7\x1d21SN42\x1d91A\x1d92B")
    page.locator("main .told").wait_for()

    reads = [row for row in bench.rows(ScanRead) if row.field == "supplier_code"]
    assert [row.by_hand for row in reads] == [False]


def test_a_code_scanned_anywhere_opens_its_thing(bench: Place) -> None:
    lot = bench.world.lots["product"]
    page, wedge = bench.open("quinn", "/")

    wedge.scan(lot)

    page.locator("main h1").first.wait_for()
    page.wait_for_url(f"**/{lot}")


@pytest.mark.parametrize("code", ["HELLO12345", "4006381333931", "https://example.org/1"])
def test_an_unknown_code_in_the_header_says_so_and_leaves_the_page(bench: Place, code: str) -> None:
    page, wedge = bench.open("tang", "/supplies/")

    wedge.scan(code)
    told = page.locator("main .told-stop")
    told.wait_for()

    assert code in told.inner_text()
    assert "separator" not in told.inner_text()  # nobody lost one here
    assert page.url.endswith("/supplies/")
    assert page.input_value("#scan") == ""


def test_a_second_bag_scanned_too_early_does_not_lose_the_first_ones_entries(ward: Place) -> None:
    page, wedge = ward.open("nora", "/bedside/bags")

    wedge.scan(ward.pairs[0][1])
    page.wait_for_timeout(100)
    assert page.evaluate("document.activeElement.name") == "temperature"
    wedge.type("5.1", 150)
    page.wait_for_timeout(150)
    wedge.scan(ward.pairs[1][1], 5)
    page.wait_for_timeout(800)

    assert page.url.endswith("/bedside/bags")
    assert page.input_value("[name=temperature]") == "5.1"


def test_a_dead_label_says_so_wherever_it_is_scanned(bench: Place) -> None:
    story, lot = bench.world.story, bench.world.lots["product"]
    if not any(row.number == lot for row in bench.rows(Label)):
        story.do("tang", print_label, PrintLabel(lot, ""))
    old = bench.label(lot).code
    story.do("tang", reprint_label, ReprintLabel(lot, "smeared"), "tian")
    page, wedge = bench.open("tang", "/")

    wedge.scan(old)

    page.locator("main .told-stop", has_text="This label is superseded").wait_for()


def _sleeve(bench: Place) -> str:
    """A sleeve's label whose code looks otherwise on a German keyboard."""
    run = bench.world.story.do("tang", make_sleeves, MakeSleeves(30))
    return next(code for code in run.codes if "Y" in code or "Z" in code)
