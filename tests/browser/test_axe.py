"""Every kind of page that somebody can reach has no fault that axe knows, nor a column cut off.

Each kind is looked at once; size, theme and language take turns, so that all pages together see all
of them. The whole product of pages, people, sizes, themes and languages is a matter of minutes, not
of each run: FUNIS_AXE=all.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, product
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from lims.demonstration.cast import PASSWORD
from tests.browser.conftest import Place, verdict
from tests.browser.hands import served
from tests.support.scene_fixtures import Scene, received

__all__ = ["received"]

PEOPLE = ("tang", "nora", "ana", "quinn", "ines", "asa", "mona", "stan", "ada")
LANGUAGES = ("en-GB", "zh-CN")
WAYS = list(product(((1366, 768), (390, 844), (1024, 768)), ("light", "dark")))
ALL = os.environ.get("FUNIS_AXE") == "all"
FILE = re.compile(r"\.(pdf|png|zpl|csv|xlsx|json)|[?&]as=|sheet=|/content$")
UNFOLD = """() => {
  document.querySelectorAll("main details").forEach((one) => { one.open = true; });
  const group = document.querySelector(".menu-group");
  if (group) group.open = true;
}"""
FAULTS = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)}`))"""
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"


def kind_of_page(href: str) -> str:
    """The address without its numbers: pages of one kind are alike."""
    return re.sub(r"LM[A-Z][0-9A-Z]{9,11}|[0-9a-f]{16}|(?<=/)\d+", "N", re.split("[?#]", href)[0])


def faults_of(page: Page) -> list[str]:
    page.evaluate(UNFOLD)
    page.evaluate(Axe().axe_script)
    found: list[str] = page.evaluate(FAULTS)
    return found + (["wider than the screen"] if page.evaluate(WIDE) else [])


def look(page: Page, way: Any) -> list[str]:
    (width, height), theme = way
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=theme)
    return [f"{page.url} {way} {fault}" for fault in faults_of(page)]


@contextmanager
def logged_in(browser: Browser, address: str, who: str, language: str) -> Iterator[Page]:
    context = browser.new_context(locale=language)
    page = context.new_page()
    page.goto(f"{address}/login")
    page.fill("#login", who)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    yield page
    context.close()


def walk(page: Page, address: str, seen: set[str]) -> Iterator[None]:
    """Every kind of page that links lead to and that was not seen yet."""
    waiting = ["/"]
    while waiting:
        page.goto(address + waiting.pop(0))
        yield
        for href in page.eval_on_selector_all(
            "a[href]", "all => all.map(a => a.getAttribute('href'))"
        ):
            kind = kind_of_page(href)
            if href.startswith("/") and not FILE.search(href) and kind not in seen:
                seen.add(kind)
                waiting.append(href)


def test_no_page_has_a_fault_that_axe_knows(received: Scene, chromium: Browser) -> None:
    world, *_ = received
    world.story.wait(minutes=30)
    faults: list[str] = []
    seen: set[str] = set()
    turn, languages = cycle(WAYS), cycle(LANGUAGES)
    with served(world) as address:
        for who in PEOPLE:
            for language in LANGUAGES if ALL else [next(languages)]:
                with logged_in(chromium, address, who, language) as page:
                    for _ in walk(page, address, set() if ALL else seen):
                        for way in WAYS if ALL else [next(turn)]:
                            faults += look(page, way)
    assert len(seen) > 60 or ALL
    assert not faults, "\n".join(faults)


def test_no_verdict_and_no_refusal_has_one(ward: Place) -> None:
    (band, bag), (other, _) = ward.pairs
    page, wedge = ward.open("nora", "/bedside/verify")
    faults = []
    for wristband, word in ((other, "STOP"), (band, "GO")):
        wedge.scan(wristband)
        faults += [fault for way in WAYS for fault in look(page, way)]
        wedge.scan(bag)
        verdict(page, word)
        faults += [fault for way in WAYS for fault in look(page, way)]
        ward.open("nora", "/bedside/verify")
    page, _ = ward.open("nora", f"/bedside/bags/{ward.pairs[1][1][:12]}")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.locator("main details.act button.stop").first.click()
    page.locator(".act .against").first.wait_for()
    faults += [fault for way in WAYS for fault in look(page, way)]
    assert not faults, "\n".join(faults)


def test_the_page_for_logging_in_has_none(ward: Place) -> None:
    page = ward.hands.page("nobody")
    page.goto(ward.hands.address + "/login")
    assert [fault for way in WAYS for fault in look(page, way)] == []
