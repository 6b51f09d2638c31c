"""Gloves on, at a touch screen: whatever is to be hit is 44 px high; and nothing signed vanishes."""

import pytest
from playwright.sync_api import Browser, Page

from lims.bedside.infusing import start_infusion
from lims.demonstration import treating
from lims.demonstration.cast import PASSWORD
from tests.browser.conftest import Place, verdict
from tests.support.scenes import second_scan

SMALL = """() => [...document.querySelectorAll("main a, main button, main summary, main select,"
  + " main textarea, main input:not([type=hidden]):not([type=radio]):not([type=checkbox]),"
  + " main .pair label, header a, header button, nav a, nav summary")]
  .filter((el) => el.checkVisibility({ visibilityProperty: true }) && el.getClientRects().length)
  .filter((el) => !el.closest("p, .hint, small, h1, figure, .visually-hidden-focusable, .visually-hidden"))
  .map((el) => [el.getBoundingClientRect(), el.outerHTML.slice(0, 110)])
  .filter(([box]) => box.width > 1 && box.height < 43.5)
  .map(([box, html]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""


@pytest.mark.parametrize("size", [(390, 844), (1024, 768)])
def test_whatever_is_to_be_hit_is_large_enough_for_a_glove(
    ward: Place, chromium: Browser, size: tuple[int, int]
) -> None:
    width, height = size
    person, bag = ward.pairs[0]
    pages = {
        "nora": ("/", "/bedside/bags", f"/bedside/bags/{bag[:12]}", "/bedside/verify",
                 f"/trial/participants/{person[:12]}"),
        "tang": ("/", "/culture/", "/bank/freezer", "/filling/"),
    }  # fmt: skip
    small = []
    for who, paths in pages.items():
        context = chromium.new_context(
            viewport={"width": width, "height": height}, has_touch=True, is_mobile=True
        )
        page = context.new_page()
        _log_in(page, ward.hands.address, who)
        for path in paths:
            page.goto(ward.hands.address + path)
            page.evaluate(
                "document.querySelectorAll('main details').forEach((one) => { one.open = true; })"
            )
            small += [f"{path} {one}" for one in page.evaluate(SMALL)]
        context.close()
    assert not small, "\n".join(small)


def _log_in(page: Page, address: str, who: str) -> None:
    page.goto(f"{address}/login")
    page.fill("#login", who)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def test_before_signing_escape_undoes_and_afterwards_the_old_value_stays_readable(
    ward: Place,
) -> None:
    world, (wristband, bag) = ward.world, ward.pairs[0]
    page, wedge = ward.open("nora", "/bedside/verify")
    wedge.scans([wristband, bag])
    verdict(page, "GO")
    number = page.locator("a.big").get_attribute("href") or ""
    infusion = number.rpartition("/")[2].partition("#")[0]
    world.story.do("nora", start_infusion, second_scan(world, infusion), "niu")
    treating.ended(world.story, infusion, "95")

    page = ward.hands.go("nora", f"/bedside/infusions/{infusion}")
    page.locator("summary:has-text('Amend infusion')").click()
    box = page.locator("form[data-act='bedside/amend-infusion'] [name=given]")
    assert box.input_value() == "95"
    box.fill("59")
    page.keyboard.press("Escape")
    assert box.input_value() == "95"  # nothing was signed: plain undo

    ward.hands.act("nora", f"/bedside/infusions/{infusion}", "Amend infusion", "",
                   given="100", why="the whole bag was given")  # fmt: skip
    told = page.locator("dl.facts").inner_text()
    assert "100" in told
    assert "95" in told
    assert "the whole bag was given" in told
    assert "Nora" in told


def test_a_standing_is_a_word_with_a_sign_and_the_same_on_every_page(ward: Place) -> None:
    pages = {
        "nora": ("/bedside/bags", "/trial/participants"),
        "quinn": ("/bank/", "/testing/samples", "/donation/donors", "/donation/cords", "/supplies/"),
        "tang": ("/culture/", "/bank/vials", "/labelling/"),
    }  # fmt: skip
    signs: dict[str, set[tuple[str, str]]] = {}
    for who, paths in pages.items():
        for path in paths:
            page = ward.hands.go(who, path)
            shown = page.eval_on_selector_all(
                "main .standing",
                "all => all.map((el) => [el.textContent.trim(), el.className,"
                " el.querySelector('svg use')?.getAttribute('href') || ''])",
            )
            for word, look, sign in shown:
                assert word, (path, look)
                assert sign, (path, word)
                signs.setdefault(word, set()).add((look, sign))
    assert len(signs) > 8
    assert {word: seen for word, seen in signs.items() if len(seen) > 1} == {}
