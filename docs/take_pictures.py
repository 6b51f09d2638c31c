"""Pages of the demonstration, in both languages, as pictures for docs/pages.md.

`make run`, then `.venv/bin/python -m docs.take_pictures http://127.0.0.1:8000`: the pages as somebody
sees them who opens the demonstration and does nothing but scan.
"""

import re
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page

from lims.core.texts import LANGUAGES
from lims.demonstration.cast import PASSWORD
from tests.support.chromium import browser

FOLDER = Path(__file__).parent / "pages"
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
# name of the picture, who, where; a number is found by the list's first row of that kind
PAGES = (
    ("work-nurse", "nora", "/"),
    ("verify", "nora", "/bedside/verify"),
    ("participants", "ines", "/trial/participants"),
    ("flask", "tang", "/culture/?sort=-since"),
    ("box", "tang", "/bank/freezer?q=box"),
    ("sample", "ana", "/testing/samples?standing=incubating"),
    ("lot", "quinn", "/bank/?q=product&standing=released"),
    ("genealogy", "quinn", "/release/trace/"),
    ("trail", "quinn", "/release/trail?q=harvest"),
    ("outcomes", "asa", "/followup/assessments"),
    ("list", "stan", "/unblinding/list"),
    ("people", "ada", "/accounts/people"),
    ("stock", "tang", "/supplies/catalogue"),
    ("equipment", "tang", "/supplies/equipment"),
    ("rooms", "ana", "/rooms/plates"),
    ("excursions", "quinn", "/monitoring/excursions"),
    ("training", "quinn", "/training/"),
)
INNER = {
    "flask": "F",
    "box": "P",
    "sample": "S",
    "lot": "L",
    "equipment": "E",
}  # the first thing of this kind


def logged_in(chromium: Browser, address: str, who: str, language: str) -> Page:
    """Somebody's browser."""
    size = {"width": 1366, "height": 768}
    page = chromium.new_context(viewport=size, locale=LOCALES[language]).new_page()  # type: ignore[arg-type]
    page.goto(f"{address}/login")
    page.fill("#login", who)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def take(chromium: Browser, address: str, language: str) -> None:
    """All pictures of one language."""
    folder = FOLDER / language
    folder.mkdir(parents=True, exist_ok=True)
    lot = ""
    for name, who, path in PAGES:
        page = logged_in(chromium, address, who, language)
        page.goto(address + path + (lot if name == "genealogy" else ""))
        if kind := INNER.get(name):
            page.locator(f"main td a:has-text('LM{kind}')").first.click()
            page.wait_for_url(re.compile(rf"LM{kind}"))
        if name == "lot":
            lot = page.url.rpartition("/")[2]
        if name == "verify":
            page.locator("#wristband").press_sequentially(wristband_of(page, address), delay=20)
            page.keyboard.press("Enter")
            page.locator(".echo").first.wait_for()
        page.wait_for_timeout(400)
        page.screenshot(path=folder / f"{name}.png")
        page.context.close()
    page = logged_in(chromium, address, "quinn", language)
    page.keyboard.press("Control+k")
    page.keyboard.type("LML", delay=60)
    page.wait_for_timeout(900)
    page.screenshot(path=folder / "find.png")
    page.context.close()


def wristband_of(page: Page, address: str) -> str:
    """The wristband that the tour says to scan."""
    shown = page.context.new_page()
    shown.goto(address + "/")
    found = re.search(r"LMW\w{9}", shown.locator(".tour").inner_text())
    shown.close()
    if found is None:
        raise SystemExit("no bag waits for its nurse: make demo-reset")
    return found[0]


if __name__ == "__main__":
    with browser() as chromium:
        for one in LANGUAGES:
            take(chromium, sys.argv[1], one)
