"""An instrument's file in a real browser: looked at first, refused, taken in; it is chosen once."""

from pathlib import Path

from playwright.sync_api import expect

from lims.testing.models import Result
from tests.browser.conftest import Place
from tests.browser.hands import unfold
from tests.instruments.test_results import a_plate, a_reader, a_sample


def test_an_analyst_sees_first_what_a_plate_would_bring_and_takes_it_in_without_choosing_it_again(
    bench: Place, tmp_path: Path
) -> None:
    number, reader = a_sample(bench.world), a_reader(bench.world)
    file = tmp_path / "plate.txt"
    file.write_bytes(a_plate(bench.world, number).data)
    before = len(bench.rows(Result))
    page, _ = bench.open("ana", "/testing/samples")
    unfold(page)
    form = page.locator("form[data-act='testing/import-results']")
    form.locator("xpath=..").evaluate("(one) => { one.open = true; }")
    form.locator("[name=instrument]").fill("LME26000099")
    form.locator("input[type=file]").first.set_input_files(file)

    form.locator("[name=_look]").click()
    expect(page.locator(".act .against")).to_be_visible()  # there is no such reader

    form.locator("[name=instrument]").fill(reader)
    form.locator("[name=_look]").click()
    seen = page.locator("[data-looked]")
    expect(seen).to_contain_text("Nothing has been kept yet")
    expect(seen.get_by_role("cell", name="0.0535")).to_be_visible()
    assert len(bench.rows(Result)) == before

    form.locator("button.go").click()
    expect(seen).to_have_count(0)
    expect(page.locator("body")).to_contain_text("One result was taken in")
    assert len(bench.rows(Result)) == before + 1
