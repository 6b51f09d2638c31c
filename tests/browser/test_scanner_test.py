"""The scanner's test page: five codes, and what it says of the scanner, keyboard and suffix."""

import pytest
from playwright.sync_api import Page

from lims.identifiers.selftest import CODES
from tests.browser.conftest import Place
from tests.browser.test_scan_faults import GERMAN
from tests.browser.wedge import Wedge

PAGE = "/stations/scanner"


def _read_all(wedge: Wedge, spoil: object = None, pace: float = 0, end: str = "Enter") -> Page:
    for code in CODES:
        data = code.data if spoil is None else spoil(code.data)  # type: ignore[operator]
        wedge.type(data, pace)
        if end:
            wedge.end(end)
    wedge.page.locator("h2", has_text="What arrived").wait_for()
    return wedge.page


def _report(page: Page) -> dict[str, str]:
    rows = page.locator("tbody tr").all()
    return {row.locator("td").first.inner_text(): row.inner_text() for row in rows}


@pytest.mark.parametrize("end", ["Enter", "Tab"])
def test_a_good_scanner_is_told_that_all_is_right(bench: Place, end: str) -> None:
    _, wedge = bench.open("tang", PAGE)

    page = _read_all(wedge, end=end)

    found = _report(page)
    assert all("right" in words for words in found.values()), found
    assert end in found["Suffix"]
    assert page.locator("[data-sound=done]").count() == 1
    assert bench.hands.errors == []


def test_a_scanner_that_drops_the_separator_is_named(bench: Place) -> None:
    _, wedge = bench.open("tang", PAGE)

    found = _report(_read_all(wedge, lambda data: data.replace("\x1d", "")))

    wrong = {what: words for what, words in found.items() if "wrong" in words}
    assert list(wrong) == ["GS1: the separator between fields"]
    assert "Let the scanner send GS" in wrong["GS1: the separator between fields"]


def test_a_german_keyboard_is_named(bench: Place) -> None:
    _, wedge = bench.open("tang", PAGE)

    found = _report(_read_all(wedge, lambda data: data.translate(GERMAN)))

    named = [words for words in found.values() if "German keyboard layout" in words]
    assert len(named) >= 4, found
    assert all("Set the keyboard to English (US)" in words for words in named)


def test_a_slow_scanner_with_a_frame_is_told_how_to_use_it(bench: Place) -> None:
    _, wedge = bench.open("tang", PAGE)

    page = _read_all(wedge, lambda data: f"~{data}", pace=25)

    found = _report(page)
    assert "Set the delay between characters to 0" in found["Speed"]
    page.locator("button[data-use='~']").click()
    page.locator("[data-note]:visible", has_text="takes scans with this frame").wait_for()
    assert page.evaluate("localStorage.getItem('funis-scan-prefix')") == "~"


def test_a_code_that_does_not_read_is_skipped_and_named(bench: Place) -> None:
    page, wedge = bench.open("tang", PAGE)
    for place, code in enumerate(CODES):
        if place == 1:
            page.locator(f"[data-test={code.name}] [data-skip]").click()
        else:
            wedge.scan(code.data)

    page.locator("h2", has_text="What arrived").wait_for()

    assert "Switch Data Matrix on" in page.inner_text("tbody")
