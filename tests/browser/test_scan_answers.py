"""What the page answers to a scan: already, sounds, no connection, named faults."""

import fcntl
from pathlib import Path

from playwright.sync_api import Page, Route

from lims.labelling.models import Label
from tests.browser.conftest import Place, verdict

VERIFY = "/bedside/verify"
JUDGED = "**/bedside/verify"
ALREADY = "[data-note]:visible"


def test_a_wristband_read_twice_by_one_pull_of_the_trigger_is_said_and_stops_nobody(
    ward: Place,
) -> None:
    wristband, bag = ward.pairs[0]
    page, wedge = ward.open("nora", VERIFY)

    wedge.scans([wristband, wristband])
    page.locator(ALREADY, has_text="Already scanned at").wait_for()

    assert ward.checks == []
    wedge.scan(bag)
    verdict(page, "GO")


def test_a_bag_read_twice_by_one_pull_is_not_taken_for_the_next_wristband(ward: Place) -> None:
    wristband, bag = ward.pairs[0]
    page, wedge = ward.open("nora", VERIFY)

    wedge.scans([wristband, bag, bag])
    verdict(page, "GO")
    page.wait_for_timeout(300)

    assert ward.checks == [("GO", False)]
    assert page.input_value("[name=wristband]") == ""


def test_a_label_scanned_twice_in_a_second_is_sent_once(bench: Place) -> None:
    sleeve = _sleeve(bench)
    page, wedge = bench.open("tang", "/labelling/")
    sent = _requests(page, "/do/")

    wedge.scan(sleeve)
    page.locator("main .told", has_text="read back").wait_for()
    wedge.scan(sleeve)
    page.locator(ALREADY, has_text="Already scanned at").wait_for()

    words = page.locator(ALREADY).inner_text()
    assert len(words.split("at ")[1].split(":")) >= 3, words
    assert len(sent) == 1
    assert page.input_value("main [data-scan]") == ""
    page.wait_for_timeout(1600)
    wedge.scan(sleeve)
    told = page.locator("main .told-already", has_text="Already scanned at")
    told.wait_for()
    assert "by Tang Wei" in told.inner_text()


def test_a_material_scanned_twice_makes_one_line(bench: Place) -> None:
    page, wedge = bench.open("tian", "/supplies/")
    page.locator("summary", has_text="Make vehicle").click()
    lines = page.locator("main [data-scan=lines]").first
    lines.focus()

    wedge.scans(["LMABCDEF1234", "LMGHIJKL5678"])
    wedge.scan("LMABCDEF1234")
    page.locator(ALREADY).wait_for()

    assert lines.input_value().split() == ["LMABCDEF1234", "LMGHIJKL5678"]


def test_a_bag_that_another_nurse_verified_says_when_and_by_whom(ward: Place) -> None:
    _, first = ward.open("niu", VERIFY)
    first.scans(ward.pairs[0])
    verdict(ward.hands.page("niu"), "GO")

    page, wedge = ward.open("nora", VERIFY)
    wedge.scans(ward.pairs[0])

    verdict(page, "STOP")
    assert "Already scanned at " in page.locator(".word ul").inner_text()
    assert "by Niu Fang" in page.locator(".word ul").inner_text()


def test_a_scan_over_a_verdict_replaces_it_with_its_own_sound(ward: Place) -> None:
    (wrist, bag), (_, other) = ward.pairs
    page, wedge = ward.open("nora", VERIFY)

    wedge.scans([wrist, other])
    verdict(page, "STOP")
    stop = _heard(page)
    wedge.scan(wrist)
    done = _heard(page)
    wedge.scan(bag)
    page.locator(".verdict-go").wait_for()
    verdict(page, "GO")
    go = _heard(page)

    assert page.locator("[data-sound]").first.get_attribute("data-sound") == "go"
    assert ward.checks == [("STOP", False), ("GO", False)]
    assert len({tuple(stop[-2:]), tuple(done[-1:]), tuple(go[-2:])}) == 3
    assert page.evaluate("buzzes.length") >= 3
    assert page.evaluate("buzzes.some((b) => b.length)")  # a STOP shakes otherwise than a GO


def test_a_muted_page_is_silent_and_still_shakes(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)
    page.click("[data-mute]")
    _heard(page)

    wedge.scans(ward.pairs[0])
    verdict(page, "GO")

    assert _heard(page) == []
    assert page.evaluate("buzzes.length") > 0
    page.reload()
    page.locator("[data-mute][aria-pressed=true]").wait_for()


def test_a_window_that_lost_the_scanner_says_so(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)

    page.evaluate("window.dispatchEvent(new Event('blur'))")
    page.locator("[data-lost]:visible").wait_for()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.locator("[data-lost]").wait_for(state="hidden")
    page.click("h1")
    page.click("[data-mute]")
    page.wait_for_timeout(300)

    assert page.evaluate("document.activeElement.id") == "wristband" or not page.evaluate(
        "/INPUT|TEXTAREA/.test(document.activeElement.tagName)"
    )
    wedge.scans(ward.pairs[0])
    verdict(page, "GO")


def test_focus_returns_to_the_scan_field_after_a_click_on_a_button(ward: Place) -> None:
    page, _ = ward.open("nora", VERIFY)

    page.click("[data-mute]")
    page.wait_for_timeout(300)

    assert page.evaluate("document.activeElement.id") == "wristband"


def test_without_a_server_there_is_no_verdict_and_the_same_scan_gives_it_once(ward: Place) -> None:
    wristband, bag = ward.pairs[0]
    page, wedge = ward.open("nora", VERIFY)
    page.route(JUDGED, lambda route: route.abort())

    wedge.scans([wristband, bag])
    page.locator("[data-offline]:visible", has_text="NOT VERIFIED – no connection").wait_for()

    assert page.locator(".word, main .told").count() == 0
    assert page.input_value("#wristband") == wristband
    assert page.input_value("#bag") == bag
    page.unroute(JUDGED)
    page.wait_for_timeout(1600)
    wedge.scan(bag)
    verdict(page, "GO")
    assert ward.checks == [("GO", False)]
    page.locator("[data-offline]").wait_for(state="hidden")


def test_a_database_that_somebody_holds_is_told_and_the_same_scan_gives_the_verdict_once(
    ward: Place,
) -> None:
    wristband, bag = ward.pairs[0]
    page, wedge = ward.open("nora", VERIFY)
    ward.world.site.patience = 0.5
    turn = Path(f"{ward.world.site.engine.url.database}.turn")

    with turn.open("a+b") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        wedge.scans([wristband, bag])
        page.locator(
            "[data-offline]:visible", has_text="NOT VERIFIED – Somebody else's work"
        ).wait_for()

    assert page.locator(".word, main .told").count() == 0
    assert (page.input_value("#wristband"), page.input_value("#bag")) == (wristband, bag)
    page.click("button.go")
    verdict(page, "GO")
    assert ward.checks == [("GO", False)]


def test_an_answer_that_was_lost_on_its_way_comes_once_the_button_is_pressed(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)

    def lose(route: Route) -> None:
        route.fetch()  # the server did it
        route.abort()

    page.route(JUDGED, lose)
    wedge.scans(ward.pairs[0])
    page.locator("[data-offline]:visible").wait_for()
    page.unroute(JUDGED)
    page.click("button.go")

    verdict(page, "GO")
    assert ward.checks == [("GO", False)]


def test_a_phone_without_network_says_so_until_it_is_back(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)
    context = ward.hands.contexts["nora"]

    context.set_offline(True)
    page.locator("[data-offline]:visible").wait_for()
    wedge.scans(ward.pairs[0])
    page.wait_for_timeout(500)
    assert page.locator(".word").count() == 0
    assert page.locator("[data-offline]:visible").count() == 1
    context.set_offline(False)
    page.locator("[data-offline]").wait_for(state="hidden")
    page.click("button.go")

    verdict(page, "GO")


def test_a_stop_is_never_made_of_a_server_that_fails(ward: Place) -> None:
    page, wedge = ward.open("nora", VERIFY)
    page.route(JUDGED, lambda route: route.fulfill(status=502, body="<main>bad gateway</main>"))

    wedge.scans(ward.pairs[0])

    page.locator("[data-offline]:visible").wait_for()
    assert page.locator(".word").count() == 0


def _sleeve(bench: Place) -> str:
    bench.hands.act("tang", "/labelling/", "Make sleeves", count="1")
    made = [row for row in bench.rows(Label) if row.master == "sleeve"]
    return next(row.code for row in made if row.standing == "issued")


def _requests(page: Page, part: str) -> list[str]:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if part in request.url else None)
    return sent


def _heard(page: Page) -> list[int]:
    found: list[int] = page.evaluate("window.tones.splice(0)")
    return found
