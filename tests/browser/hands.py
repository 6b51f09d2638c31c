"""Somebody's hands at the keyboard and the scanner: a browser on a served world."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Locator, Page
from werkzeug.serving import make_server

from lims.core.uploads import Upload
from lims.demonstration.cast import PASSWORD
from tests.support.worlds import World


@contextmanager
def served(world: World, port: int = 0) -> Iterator[str]:
    """The world on a port of its own; the test keeps moving its clock."""
    server = make_server("127.0.0.1", port, world.app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def unfold(page: Page) -> None:
    """Open what is done more rarely, which a page folds."""
    page.evaluate(
        "document.querySelectorAll('details.more').forEach((more) => { more.open = true; })"
    )


@dataclass
class Hands:
    """One browser for each person; a page that asks to log in is answered by logging in."""

    browser: Browser
    address: str
    contexts: dict[str, BrowserContext] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def page(self, who: str) -> Page:
        if who not in self.pages:
            self.contexts[who] = self.browser.new_context(viewport={"width": 1366, "height": 768})
            page = self.contexts[who].new_page()
            page.on(
                "console",
                lambda message: self._heard(
                    message.type, f"{message.text} {message.location.get('url')}"
                ),
            )
            page.on("pageerror", lambda error: self.errors.append(str(error)))
            self.pages[who] = page
        return self.pages[who]

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and "409" not in text and "422" not in text:
            self.errors.append(text)

    def go(self, who: str, path: str) -> Page:
        page = self.page(who)
        page.goto(self.address + path)
        if "/login" in page.url:
            page.fill("#login", who)
            page.fill("#password", PASSWORD)
            page.press("#password", "Enter")
            page.wait_for_url(lambda url: "/login" not in url)
        return page

    def act(
        self, who: str, path: str, title: str, second: str = "", /, **entries: str | Upload
    ) -> Page:
        """Open a page, fill in the form of this title and send it; fail when it is refused."""
        page = self.go(who, path)
        panel = page.locator("details.act, section.act").filter(
            has=page.locator(f"button:text-is('{title}')")
        )
        unfold(page)
        summary = panel.locator("> summary")
        if summary.count() and panel.get_attribute("open") is None:
            summary.click()
        if "_happened_at" in entries:
            panel.locator("details.earlier > summary").click()
        for name, value in entries.items():
            self._fill(panel, name.replace("__", "."), value)
        self._sign(panel, who, second)
        with page.expect_response(lambda answer: "/do/" in answer.url) as sent:
            panel.locator("button", has_text=title).last.click()
        if sent.value.status >= 400:
            page.locator(".act .against").first.wait_for()
            refused = page.locator(".act .against, .act .error").all_inner_texts()
            raise AssertionError((who, title, sent.value.status, refused))
        page.locator("main .told, main .once").first.wait_for()
        return page

    def _fill(self, panel: Locator, name: str, value: str | Upload) -> None:
        box = panel.locator(f"[name='{name}']")
        if isinstance(value, Upload):
            sent = {
                "name": value.name,
                "mimeType": "application/octet-stream",
                "buffer": value.data,
            }
            box.first.set_input_files(sent)  # type: ignore[arg-type]
            return
        if name.startswith("_why."):  # asked once the entry ends
            panel.locator(f"[name='{name.removeprefix('_why.')}']").first.press("Tab")
            box.wait_for()
        if box.first.get_attribute("type") == "radio":
            panel.locator(f"[name='{name}'][value='{value}']").check()
        elif box.first.evaluate("el => el.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.first.fill(value)

    def _sign(self, panel: Locator, who: str, second: str) -> None:
        if panel.locator("[name=_sign_password]").count():
            panel.locator("[name=_sign_login]").fill(who)
            panel.locator("[name=_sign_password]").fill(PASSWORD)
        if second:
            panel.locator("[name=_witness_login]").fill(second)
            panel.locator("[name=_witness_password]").fill(PASSWORD)

    def scan(self, who: str, code: str) -> Page:
        """What a keyboard-wedge scanner does: characters, then Enter, wherever the focus is."""
        page = self.page(who)
        page.keyboard.type(code, delay=2)
        page.keyboard.press("Enter")
        return page

    def close(self) -> None:
        for context in self.contexts.values():
            context.close()
