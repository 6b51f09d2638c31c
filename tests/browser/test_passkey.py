"""A passkey in a real browser: added on one's own page, asked for at the next log-in."""

import re

from playwright.sync_api import Browser, expect

from lims.demonstration.cast import PASSWORD
from tests.browser.hands import served, unfold
from tests.support.worlds import World

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_added_and_from_then_on_shown(world: World, chromium: Browser) -> None:
    with served(world) as address:
        here = address.replace("127.0.0.1", "localhost")
        context = chromium.new_context(locale="en-GB")
        page = context.new_page()
        page.set_default_timeout(8000)
        device = context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})

        def come_in() -> None:
            page.fill("#login", "quinn")
            page.fill("#password", PASSWORD)
            page.press("#password", "Enter")

        page.goto(f"{here}/login")
        come_in()
        page.goto(f"{here}/accounts/me#do-accounts-add-passkey")
        form = page.locator("form[data-act='accounts/add-passkey']")
        unfold(page)
        form.locator("xpath=..").evaluate("(task) => { task.open = true; }")
        form.locator("[name=name]").fill("this computer")
        form.locator("[name=_sign_password]").fill(PASSWORD)
        form.locator("button.go, button:not([type=button])").last.click()
        expect(page.locator("main")).to_contain_text("this computer")
        page.locator("form[data-log-out] button").click()
        page.wait_for_url(re.compile("/login"))

        come_in()
        expect(page.locator(".against")).to_contain_text("passkey")
        page.click("[data-passkey]")
        expect(page.locator("[data-told]")).to_have_text("ready: now name and password")
        come_in()
        expect(page.locator("header")).to_contain_text("Quinn Ma")
        context.close()
