"""Ctrl-K finds pages, tasks and things by a word; a scanner may be used there too."""

from tests.browser.conftest import Place

PALETTE = "dialog[data-palette]"


def test_a_technician_finds_a_page_a_task_and_a_thing_without_a_mouse(bench: Place) -> None:
    page, wedge = bench.open("tang", "/culture/")
    page.keyboard.press("Control+k")
    page.locator(f"{PALETTE} .found a").first.wait_for()
    wedge.type("freez", 60)
    page.locator(f"{PALETTE} ul:first-of-type li:first-child a", has_text="Freezer").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/bank/freezer")

    page.keyboard.press("Control+k")
    wedge.type(bench.world.lots["product"][4:].lower(), 60)
    page.locator(f"{PALETTE} a", has_text=bench.world.lots["product"]).first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/lots/{bench.world.lots['product']}*")
    assert bench.hands.errors == []


def test_what_is_scanned_into_it_opens(bench: Place) -> None:
    page, wedge = bench.open("tang", "/culture/")
    page.keyboard.press("Control+k")
    page.locator(f"{PALETTE} input").wait_for()
    wedge.scan(bench.world.donor)
    page.wait_for_url(f"**/donors/{bench.world.donor}")


def test_escape_closes_it_and_the_next_scan_goes_where_scans_go(bench: Place) -> None:
    page, wedge = bench.open("tang", "/culture/")
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    page.locator(PALETTE).wait_for(state="hidden")
    wedge.scan(bench.world.donor)
    page.wait_for_url(f"**/donors/{bench.world.donor}")


def test_the_page_of_it_serves_without_its_script(bench: Place) -> None:
    text = bench.world.client("nora").get("/find?q=LML").text
    assert bench.world.lots["product"] not in text
    assert "Nothing was found" in text
    assert "Participants" in bench.world.client("nora").get("/find?q=partic").text
