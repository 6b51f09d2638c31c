"""The hospital's log-in in a real browser: coming in, linking, and signing as one of two."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from lims.demonstration.cast import PASSWORD
from lims.settings import Hospital
from tests.browser.hands import served, unfold
from tests.support.provider import CLIENT, SECRET, Provider, serving
from tests.support.worlds import World


@pytest.fixture
def hospital(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(Provider(world.site.clock)) as provider:
        known = Hospital(provider.issuer, CLIENT, SECRET, "City hospital", ("two",))
        world.site.settings = replace(world.site.settings, hospital=known)
        yield provider


def proves(page: Page, name: str) -> None:
    """At the hospital's page."""
    page.wait_for_url(re.compile("/authorize"))
    page.fill("[name=name]", name)
    page.press("[name=name]", "Enter")


def form_of(page: Page, act: str) -> None:
    unfold(page)
    page.locator(f"form[data-act='{act}']").locator("xpath=..").evaluate(
        "(t) => { t.open = true; }"
    )


def link(page: Page, here: str, login: str) -> None:
    page.goto(f"{here}/login")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.goto(f"{here}/accounts/me")
    page.click("a[href='/hospital/link']")
    proves(page, login)
    page.wait_for_url(re.compile("/accounts/me"))
    form = page.locator("form[data-act='accounts/link-hospital-account']")
    form.locator("[name=_sign_password]").fill(PASSWORD)
    form.locator("button.go").click()
    expect(page.locator("main")).to_contain_text("From now on you can log in")
    page.locator("form[data-log-out] button").click()
    page.wait_for_url(re.compile("/login"))


def test_two_come_in_and_sign_with_the_hospitals_log_in(
    world: World, hospital: Provider, chromium: Browser
) -> None:
    with served(world) as address:
        here = address.replace("127.0.0.1", "localhost")  # another site than the hospital's
        context = chromium.new_context(locale="en-GB")
        page = context.new_page()
        page.set_default_timeout(8000)
        link(page, here, "quinn")
        link(page, here, "ada")
        page.goto(f"{here}/login?then=/accounts/people/nora")
        page.click("a[href^='/hospital/login']")
        proves(page, "ada")
        page.wait_for_url(re.compile("/accounts/people/nora"))

        form_of(page, "accounts/end-role")
        form_of(page, "accounts/reset-password")
        form = page.locator("form[data-act='accounts/reset-password']")
        form.locator("[name=password]").fill("wisteria over nine gates")
        form.locator("[name=second_part]").fill("and a heron")
        told = form.locator("fieldset.sign")
        for number, name in enumerate(("ada", "quinn")[-told.count() :]):
            with context.expect_page() as opened:
                told.nth(number).locator("a[data-hospital]").click()
            tab = opened.value
            proves(tab, name)
            tab.wait_for_url(re.compile("/hospital/back"))
            expect(tab.locator("main")).to_contain_text("You sign:")
            tab.click("button.go")
            expect(tab.locator("[data-vouched]")).to_be_visible()
            expect(told.nth(number).locator("[data-told]")).to_contain_text("The hospital confirms")
            tab.close()
        form.locator("button.go, button.stop").last.click()
        expect(page.locator(".told-done").first).to_be_visible()
        context.close()
