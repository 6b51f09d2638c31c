"""A nurse and a technician with a scanner: every pace, every end, and keys that go astray."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route

from lims.identifiers.reading import Via
from tests.browser.conftest import Place, verdict
from tests.browser.hands import unfold
from tests.browser.wedge import Wedge

VERIFY = "/bedside/verify"


@pytest.mark.parametrize("end", ["Enter", "Tab"])
@pytest.mark.parametrize("pace", [5, 20, 60, 100])
def test_a_nurse_scans_with_a_scanner_of_any_pace_and_it_is_not_taken_for_typing(
    ward: Place, pace: int, end: str
) -> None:
    page, wedge = ward.open("nora", VERIFY)

    wedge.scans(ward.pairs[0], pace, end)

    verdict(page, "GO")
    assert ward.checks == [("GO", False)]
    assert [(r.via, r.by_hand) for r in ward.reads] == [(Via.KEYS, False)] * 2
    assert ward.hands.errors == []


def test_a_scan_on_a_tablet_that_hangs_is_not_taken_for_typing(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)
    page.evaluate(
        """() => document.addEventListener("keydown", () => {
            const until = performance.now() + 140;
            while (performance.now() < until) {}
        }, true)"""
    )

    wedge.scans(ward.pairs[0], 5)

    verdict(page, "GO")
    assert ward.checks == [("GO", False)]


def test_a_page_that_can_be_seen_takes_a_scan_before_all_of_it_has_come(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)

    def late(route: Route) -> None:
        page.wait_for_timeout(500)
        route.continue_()

    page.route("**/scan.js*", late)
    page.goto(f"{ward.hands.address}{VERIFY}", wait_until="commit")
    page.locator("#wristband").focus()
    wedge.scans(ward.pairs[0])

    verdict(page, "GO")
    assert ward.checks == [("GO", False)]


def test_the_first_scan_says_whom_it_named_while_the_second_is_waited_for(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)

    wedge.scan(ward.pairs[0][0])

    page.locator(".echo", has_text=ward.world.participants[0]).wait_for()
    assert page.evaluate("document.activeElement.id") == "bag"
    wedge.scan(ward.pairs[0][1])
    verdict(page, "GO")
    assert ward.hands.errors == []


def test_a_code_that_is_no_number_of_ours_is_refused_at_once_in_its_field(bench: Place) -> None:
    page, wedge = bench.open("tang", "/culture/")
    page.locator("summary", has_text="Isolate").first.click()

    wedge.scan("LMCXXXXXXXXX")

    page.locator(".echo-wrong").wait_for()


def test_a_nurse_who_types_is_asked_to_type_again_and_stays_marked(ward: Place) -> None:
    wristband, bag = ward.pairs[0]
    page, wedge = ward.open("nora", VERIFY)

    wedge.scan(wristband, 250)
    wedge.scan(bag)
    page.locator("text=The wristband was typed by hand").wait_for()

    assert ward.checks == []
    assert page.input_value("#wristband") == wristband
    assert page.input_value("#bag") == bag
    assert page.locator("#bag-again").count() == 0
    page.locator("[name='_why.wristband']").select_option("unreadable")
    page.click("#wristband-again")
    wedge.scan(wristband, 150)
    verdict(page, "GO")
    assert ward.checks == [("GO", True)]
    assert {r.field: r.why for r in ward.reads}["wristband"] == "unreadable"
    assert sorted((r.field, r.by_hand) for r in ward.reads) == [("bag", False), ("wristband", True)]


def test_whoever_types_in_any_form_is_asked_why_and_may_leave_it_open(bench: Place) -> None:
    page, wedge = bench.open("tang", "/bank/freezer")
    wedge.scan("LMV000000000", 200)
    page.locator("[name='_why.vials']").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.locator("[name=vial]").first.focus()
    wedge.scan("LMV000000001", 200)

    page.locator("[name='_why.vial']").wait_for()
    assert page.locator("[name='_why.vial'] option").count() > 4
    page.locator("[name=vial]").first.select_text()
    wedge.scan(bench.world.donor)
    page.locator("[name='_why.vial']").wait_for(state="detached")


def test_the_field_for_typing_again_has_the_focus_at_once(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)

    wedge.scan(ward.pairs[0][0], 200)
    wedge.scan(ward.pairs[0][1])
    page.locator("#wristband-again").wait_for()
    page.wait_for_timeout(250)

    assert page.evaluate("document.activeElement.id") == "wristband-again"


def test_a_nurse_who_typed_may_scan_instead_as_the_page_says(ward: Place) -> None:
    wristband, bag = ward.pairs[0]
    page, wedge = ward.open("nora", VERIFY)
    wedge.scan(wristband, 200)
    wedge.scan(bag)
    page.locator("text=Scan it, or type it a second time").wait_for()

    wedge.scan(wristband)

    verdict(page, "GO")


def test_a_nurse_who_changes_a_scanned_code_by_hand_is_marked_as_typing(ward: Place) -> None:
    (wrong, _), (wristband, bag) = ward.pairs
    page, wedge = ward.open("nora", VERIFY)
    wedge.scan(wrong)
    page.locator("#wristband").select_text()
    wedge.type(wristband, 150)
    page.click("#bag")

    wedge.scan(bag)

    page.locator("text=The wristband was typed by hand").wait_for()
    assert ward.checks == []


def test_a_nurse_scans_twice_without_a_pause_and_the_verdict_comes(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)

    wedge.scans(ward.pairs[0])

    verdict(page, "GO")
    assert ward.checks == [("GO", False)]


def test_a_pair_scanned_while_the_server_thinks_is_judged_next(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)
    answer = _held(ward, wedge)

    wedge.scans(ward.pairs[1])
    answer()
    verdict(page, "GO")
    page.wait_for_timeout(1500)

    assert ward.checks == [("GO", False)] * 2
    assert [r.raw for r in ward.reads] == [*ward.pairs[0], *ward.pairs[1]]


def test_a_scan_that_the_answer_interrupts_is_read_whole(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)
    answer = _held(ward, wedge)
    wristband, bag = ward.pairs[1]

    wedge.type(wristband[:6])
    answer()
    verdict(page, "GO")
    page.wait_for_timeout(50)
    wedge.scan(wristband[6:])
    wedge.scan(bag)
    page.wait_for_timeout(1500)

    assert [word for word, _ in ward.checks] == ["GO", "GO"]


def test_a_separator_in_a_scan_during_the_wait_is_kept(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)
    answer = _held(ward, wedge)

    wedge.scan("0109521234543213\x1d21SN42")
    answer()
    verdict(page, "GO")
    page.wait_for_timeout(200)

    assert page.input_value("[name=wristband]") == "0109521234543213\x1d21SN42"


@pytest.mark.parametrize("suffix", ["", "$"])
@pytest.mark.parametrize("place", ["[name=name]", "select[name=master]", "button[data-mute]"])
def test_a_framed_scan_reaches_its_field_whatever_has_the_focus(
    bench: Place, place: str, suffix: str
) -> None:
    path = "/labelling/" if "select" in place else "/supplies/"
    page, wedge = bench.open("tang" if "select" in place else "tian", path)
    _frame(wedge, "~", suffix)
    _open_all(wedge)
    field = page.locator("main [data-scan]").first
    page.locator(place).first.focus()
    if place == "[name=name]":
        wedge.type("sal", 120)
    before = page.locator(place).first.evaluate("el => el.value")

    wedge.type("~ABCDEF123456")
    wedge.key(suffix) if suffix else wedge.end("Enter")
    page.wait_for_timeout(100)

    assert "ABCDEF123456" in field.evaluate("el => el.value") or _asked(wedge)
    assert page.locator(place).first.evaluate("el => el.value") == before


def test_a_frame_that_breaks_off_says_so(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)
    _frame(wedge, "~", "$")

    wedge.type("~LMZ260")

    page.locator("[data-note]:visible", has_text="The scan broke off").wait_for(timeout=4000)
    assert page.input_value("#wristband") == ""
    wedge.type(f"~{ward.pairs[0][0]}$~{ward.pairs[0][1]}$")
    verdict(page, "GO")
    assert ward.checks == [("GO", False)]


def test_a_scan_into_a_text_field_goes_to_the_scan_field_and_leaves_the_text(bench: Place) -> None:
    page, wedge = bench.open("tian", "/supplies/")
    page.locator("summary", has_text="Make vehicle").click()
    lines = page.locator("main [data-scan=lines]").first
    name = page.locator("form:has([data-scan=lines]) [name=name]")
    name.click()
    wedge.type("saline ", 120)
    page.wait_for_timeout(100)

    wedge.scan("LMABCDEF1234", 5)
    page.wait_for_timeout(100)

    assert name.input_value() == "saline "
    assert "LMABCDEF1234" in lines.input_value()


def test_a_scan_goes_to_the_form_in_which_the_person_works(bench: Place) -> None:
    page, wedge = bench.open("tian", "/supplies/")
    _open_all(wedge)
    name = page.locator("form:has([data-scan=lines]) [name=name]")
    name.click()

    wedge.scan("LMABCDEF1234", 5)
    page.wait_for_timeout(100)

    assert "LMABCDEF1234" in page.locator("main [data-scan=lines]").first.input_value()


def test_a_scan_onto_a_select_is_not_lost(bench: Place) -> None:
    page, wedge = bench.open("tang", "/labelling/")
    unfold(page)
    page.locator("summary", has_text="Print label").first.click()
    select = page.locator("select[name=master]")
    select.focus()

    wedge.scan("VVVVVV123456")
    page.wait_for_timeout(300)

    assert select.input_value() == ""
    assert page.locator(".against, .told-stop:visible").count()


def _held(ward: Place, wedge: Wedge) -> Callable[[], None]:
    """The first pair is scanned, and the server answers when it is told to."""
    held: list[Route] = []
    answering: list[bool] = []
    wedge.page.route("**/bedside/verify", lambda r: r.continue_() if answering else held.append(r))
    wedge.scans(ward.pairs[0])
    while not held:
        wedge.page.wait_for_timeout(20)

    def answer() -> None:
        answering.append(True)
        held[0].continue_()

    return answer


def _frame(wedge: Wedge, prefix: str, suffix: str) -> None:
    wedge.page.evaluate(
        "([a, b]) => { localStorage.setItem('funis-scan-prefix', a);"
        " localStorage.setItem('funis-scan-suffix', b); }",
        [prefix, suffix],
    )


def _open_all(wedge: Wedge) -> None:
    """Every form of the page opened, as someone does who looks around."""
    wedge.page.evaluate("document.querySelectorAll('details.act').forEach((el) => el.open = true)")


def _asked(wedge: Wedge) -> bool:
    """Whether the page has answered to a scan that sent its form."""
    return bool(wedge.page.locator(".against").count())
