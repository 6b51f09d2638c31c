"""Files of records in a real browser: chosen, photographed, refused, looked at."""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from lims.demonstration.cast import PASSWORD
from tests.attachments.conftest import TABLE, pdf_of, photo_of
from tests.browser.hands import served, unfold
from tests.support.worlds import World


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, data in (
        ("seal.jpg", photo_of("red")),
        ("freezer.csv", TABLE),
        ("CoA.pdf", pdf_of("Certificate")),
        ("page.html", b"<script>alert(1)</script>"),
    ):
        (tmp_path / name).write_bytes(data)
    return tmp_path


def attach(page: Page, file: Path, *, photo: bool = False) -> None:
    unfold(page)
    form = page.locator("form[data-act$='attach-file']").first
    form.locator("xpath=..").evaluate("(one) => { one.open = true; }")
    form.locator("[name=what]").fill("of the visit")
    form.locator("input[type=file]").nth(1 if photo else 0).set_input_files(file)
    if photo:
        expect(form.locator("[data-photo]")).to_have_text(file.name)
    form.locator("button.go").click()


def test_a_technician_attaches_what_is_taken_and_reads_why_something_is_not(
    world: World, chromium: Browser, files: Path
) -> None:
    with served(world) as here:
        page = chromium.new_page()
        page.goto(f"{here}/login")
        page.fill("#login", "tang")
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(f"{here}/")
        page.goto(f"{here}/release/lots/{world.lots['product']}")
        attach(page, files / "page.html")
        expect(page.locator("main")).to_contain_text("is called what it is not")
        expect(page.locator("form[data-act$='attach-file'] [name=what]")).to_have_value(
            "of the visit"
        )
        page.goto(f"{here}/release/lots/{world.lots['product']}")
        for name in ("seal.jpg", "freezer.csv", "CoA.pdf"):
            attach(page, files / name, photo=name == "seal.jpg")
            expect(page.get_by_role("link", name=name)).to_be_visible()
        page.get_by_role("link", name="freezer.csv").click()
        expect(page.get_by_role("cell", name="-79,8")).to_be_visible()
        page.go_back()
        page.get_by_role("link", name="seal.jpg").click()
        shown = page.locator("img.attached")
        expect(shown).to_be_visible()
        assert shown.evaluate("(one) => one.complete && one.naturalWidth") == 64
        body = page.context.request.get(f"{here}{shown.get_attribute('src')}").body()
        with Image.open(io.BytesIO(body)) as picture:
            assert picture.size == (64, 32)
        page.close()
