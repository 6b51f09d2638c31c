"""Hands that never leave the keyboard and the scanner: Tab, arrows, Enter, and what is scanned."""

from dataclasses import dataclass
from datetime import datetime

from playwright.sync_api import Page

from lims.demonstration.cast import PASSWORD
from tests.browser.wedge import Wedge

MOST_TABS = 260
HERE = "(s) => !!document.activeElement && document.activeElement.matches(s)"


@dataclass
class Keys:
    """A page, worked without a mouse."""

    page: Page

    def __post_init__(self) -> None:
        self.wedge = Wedge(self.page)

    def scan(self, *codes: str) -> None:
        for code in codes:
            self.wedge.scan(code)
            self.page.wait_for_timeout(120)

    def open(self, code: str, path: str) -> None:
        """Scan a label where nothing asks for it: its page opens."""
        self.scan(code)
        self.page.wait_for_url(f"**{path}*")
        self.page.wait_for_load_state()

    def reach(self, selector: str) -> None:
        seen = []
        for _ in range(MOST_TABS):
            if self.page.evaluate(HERE, selector):
                return
            seen.append(self.page.evaluate("document.activeElement.outerHTML.slice(0, 90)"))
            self.page.keyboard.press("Tab")
        self.page.screenshot(path="/tmp/reach.png", full_page=True)
        raise AssertionError(f"no Tab leads to {selector}: {list(dict.fromkeys(seen))[-14:]}")

    def form(self, act: str, title: str = "") -> str:
        """The form of an action, unfolded by Enter on what folds it."""
        form = f"form[data-act='{act}']"
        panel = f"details.act:has({form})"
        if title:
            panel += f":has(button:text-is('{title}'))"
        one = self.page.locator(panel).first
        if not one.count():
            self.page.screenshot(path="/tmp/reach.png", full_page=True)
        if self.page.locator(f"details.more:not([open]) {panel}").count():
            self.reach("details.more > summary")
            self.page.keyboard.press("Enter")
        if one.get_attribute("open") is None:
            one.evaluate("it => it.setAttribute('data-now', '')")
            self.reach("details.act[data-now] > summary")
            self.page.keyboard.press("Enter")
        one.evaluate("it => it.setAttribute('data-now', '')")
        return "details.act[data-now]"

    def fill(self, act: str, title: str = "", **values: str) -> str:
        """Enter what is asked."""
        panel = self.form(act, title)
        for name, value in values.items():
            self.enter(f"{panel} [name='{name}']", value)
        return panel

    def do(self, act: str, title: str = "", second: str = "", **values: str) -> None:
        """Enter what is asked and send it; fail when it is refused."""
        panel = self.fill(act, title, **values)
        if self.page.locator(f"{panel} [name='_sign_password']").count():
            self.enter(f"{panel} [name='_sign_password']", PASSWORD)
        if second:
            self.enter(f"{panel} [name='_witness_login']", second)
            self.enter(f"{panel} [name='_witness_password']", PASSWORD)
        self.reach(f"{panel} form > button")
        self.page.evaluate("document.querySelectorAll('.told, .once').forEach((it) => it.remove())")
        with self.page.expect_response(lambda answer: "/do/" in answer.url) as sent:
            self.page.keyboard.press("Enter")
        if sent.value.status >= 400:
            self.page.locator(".act .against").first.wait_for()
            told = self.page.locator(".against, .act .error").all_inner_texts()
            raise AssertionError((act, told))
        self.page.locator("main .told, main .once").first.wait_for()
        self.page.wait_for_load_state()

    def enter(self, selector: str, value: str) -> None:
        self.reach(selector)
        box = self.page.locator(selector).first
        kind = box.evaluate("it => it.tagName === 'SELECT' ? 'select' : it.type")
        if kind in {"select", "radio"}:
            self._choose(selector, value, kind)
        elif box.get_attribute("data-scan") is not None:
            self.scan(value)
        elif kind in {"date", "datetime-local"}:
            self._moment(value)
        else:
            self.page.keyboard.press("Control+A")
            self._type(value)

    def _choose(self, selector: str, value: str, kind: str) -> None:
        chosen = "(s) => document.activeElement.value"
        if kind == "radio":
            self.page.keyboard.press("Space")
        for _ in range(12):
            if self.page.evaluate(chosen, selector) == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError((selector, value))

    def _moment(self, value: str) -> None:
        """A date or a moment, as it is typed into the browser's own field, month first."""
        at = datetime.fromisoformat(value)
        self._type(f"{at:%m%d%Y}")
        if "T" in value:
            self.page.keyboard.press("ArrowRight")
            self._type(f"{at:%I%M%p}")

    def _type(self, text: str) -> None:
        """As a person types: slower than a scanner, with a breath at the end."""
        self.page.keyboard.type(text, delay=45)
        self.page.wait_for_timeout(230)
