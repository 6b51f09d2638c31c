"""A lock, not a log-out: nobody loses a full form, nobody sends or sees another one's."""

from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from lims.accounts.pins import SetPin, set_pin
from lims.demonstration.cast import PASSWORD
from lims.deviations.models import Deviation
from lims.stations.actions import IssueBadge, issue_badge
from tests.browser.conftest import Place
from tests.browser.hands import Hands, served
from tests.support.worlds import World

FORM, LOCK = "/deviations/", "dialog[data-lock]"
WHAT = "The courier's box was dented; counted for a quarter of an hour."


def typed(bench: Place, page: Page) -> Locator:
    """The form of a deviation, filled in and not sent."""
    panel = page.locator("details.act").first
    if panel.get_attribute("open") is None:
        panel.locator("> summary").click()
    panel.locator("[name=about]").fill(bench.world.lots["product"])
    panel.locator("[name=what]").fill(WHAT)
    return panel


def sent(panel: Locator) -> None:
    panel.locator("button.go, button[type=submit], form button").last.click()


def unlock(page: Page, password: str = PASSWORD) -> None:
    page.locator(f"{LOCK} [name=password]").fill(password)
    page.locator(f"{LOCK} button.go").first.click()


def told(bench: Place) -> list[tuple[str, str]]:
    return [(row.what, row.opened_by) for row in bench.rows(Deviation)]


def test_a_form_that_was_sent_too_late_is_sent_once_after_the_password(bench: Place) -> None:
    page, _ = bench.open("tang", FORM)
    panel = typed(bench, page)
    bench.world.story.wait(minutes=16)
    sent(panel)
    page.locator(f"{LOCK}[open]").wait_for()
    assert told(bench) == []

    unlock(page, "wrong")
    page.locator(f"{LOCK} [data-why]:not(:empty)").wait_for()
    assert panel.locator("[name=what]").input_value() == WHAT
    unlock(page)

    page.locator("main .told").first.wait_for()
    assert told(bench) == [(WHAT, "tang")]


def test_a_session_closed_elsewhere_asks_for_the_password_too(bench: Place) -> None:
    page, _ = bench.open("tang", FORM)
    panel = typed(bench, page)
    page.evaluate(
        "async () => { const out = document.querySelector('[data-log-out]');"
        " await fetch(out.action, { method: 'POST', body: new URLSearchParams(new FormData(out)) }) }"
    )
    sent(panel)
    page.locator(f"{LOCK}[open]").wait_for()
    unlock(page)
    page.locator("main .told").first.wait_for()
    assert told(bench) == [(WHAT, "tang")]


def test_the_page_warns_then_covers_and_a_key_keeps_it_open(bench: Place, tmp_path: Path) -> None:
    page, _ = bench.open("tang", "/")
    page.clock.install()
    bench.hands.go("tang", FORM)
    panel = typed(bench, page)
    page.clock.run_for(14 * 60_000 + 30_000)
    page.locator("[data-lock-soon]:visible").wait_for()
    page.keyboard.press("Shift")
    assert page.locator("[data-lock-soon]:visible").count() == 0
    page.clock.run_for(10 * 60_000)
    assert page.locator(f"{LOCK}[open]").count() == 0
    page.clock.run_for(6 * 60_000)
    page.locator(f"{LOCK}[open]").wait_for()
    page.screenshot(path=tmp_path / "locked.png")
    page.keyboard.press("Escape")
    assert page.locator(f"{LOCK}[open]").count() == 1
    unlock(page)
    page.locator(f"{LOCK}:not([open])").wait_for(state="attached")
    assert panel.locator("[name=what]").input_value() == WHAT


def test_somebody_else_logs_in_without_seeing_it_and_the_first_finds_it_again(bench: Place) -> None:
    page, _ = bench.open("tang", FORM)
    typed(bench, page)
    page.locator("[data-lock-now]").click()
    page.locator(f"{LOCK}[open]").wait_for()
    page.locator("[data-lock-other]").click()
    page.wait_for_url("**/login")
    log_in(page, "tian")
    bench.hands.errors.clear()
    page.goto(bench.hands.address + FORM)
    assert "quarter of an hour" not in page.content()
    assert "quarter of an hour" not in str(page.evaluate("() => ({ ...localStorage })"))
    page.locator("[data-lock-now]").click()
    page.locator("[data-lock-other]").click()
    page.wait_for_url("**/login")
    log_in(page, "tang")
    page.locator("[data-draft-told]:visible a").click()
    panel = page.locator("details.act[open]").first
    panel.wait_for()
    assert panel.locator("[name=what]").input_value() == WHAT
    sent(panel)
    page.locator("main .told").first.wait_for()
    assert told(bench) == [(WHAT, "tang")]


def test_a_form_that_one_left_open_is_not_sent_in_the_name_of_another(bench: Place) -> None:
    page, _ = bench.open("tang", FORM)
    panel = typed(bench, page)
    other = page.context.new_page()
    other.goto(bench.hands.address + "/login")
    log_in(other, "tian")
    sent(panel)
    page.locator(f"{LOCK}[open]").wait_for()
    assert told(bench) == []


def test_a_form_outlives_a_restart_of_the_server(world: World, chromium: Browser) -> None:
    world.story.wait(minutes=1)
    with served(world) as address:
        place = Place(world, Hands(chromium, address))
        page, _ = place.open("tang", FORM)
        panel = typed(place, page)
    sent(panel)
    page.locator("[data-offline]:visible").or_(page.locator(".lost:visible")).first.wait_for()
    world.story.wait(minutes=40)
    with served(world, int(address.rpartition(":")[2])):
        sent(panel)
        page.locator(f"{LOCK}[open]").wait_for()
        assert told(place) == []
        unlock(page)
        page.locator("main .told").first.wait_for()
        assert told(place) == [(WHAT, "tang")]
        place.hands.close()


def log_in(page: Page, who: str) -> None:
    page.fill("#login", who)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def test_badge_and_pin_open_it_wherever_the_focus_is(bench: Place, tmp_path: Path) -> None:
    badge = bench.world.story.do("ada", issue_badge, IssueBadge("tang")).number
    bench.world.story.do("tang", set_pin, SetPin("204816"))
    page, wedge = bench.open("tang", FORM)
    panel = typed(bench, page)
    page.locator("[data-lock-now]").click()
    page.locator(f"{LOCK}[open]").wait_for()
    bench.world.story.wait(minutes=90)
    page.screenshot(path=tmp_path / "badge.png")
    wedge.scan(badge)
    assert page.locator(f"{LOCK} [name=password]").input_value() == ""
    assert page.locator(f"{LOCK} [name=badge]").input_value() == badge
    page.keyboard.type("204817")
    page.keyboard.press("Enter")
    page.locator(f"{LOCK} [data-why]:not(:empty)").wait_for()
    assert told(bench) == []
    page.keyboard.type("204816")
    page.keyboard.press("Enter")
    page.locator(f"{LOCK}:not([open])").wait_for(state="attached")
    assert panel.locator("[name=what]").input_value() == WHAT
    sent(panel)
    page.locator("main .told").first.wait_for()
    assert told(bench) == [(WHAT, "tang")]
