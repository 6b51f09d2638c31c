"""The statistician chooses the list's file on the page, reads what it is, and seals it."""

from hashlib import sha256
from pathlib import Path

from lims.blinding.actions import extend_list
from lims.demonstration.cast import PASSWORD
from lims.orders.queries import register
from tests.browser.conftest import Place
from tests.support.scenes import read


def test_a_file_is_looked_at_and_then_sealed(bench: Place, tmp_path: Path) -> None:
    page, _ = bench.open("stan", "/unblinding/list/file")
    file = tmp_path / "list.csv"
    rows = ["sequence;stratum;code", *(f"{n};ALL;{'AB'[n % 2]}" for n in range(105, 115))]
    file.write_bytes(("\ufeff" + "\r\n".join(rows)).encode())
    page.set_input_files("#list-file", file)
    page.locator("button", has_text="Look at the file").click()
    page.locator("dd", has_text=sha256(file.read_bytes()).hexdigest()).wait_for()
    assert "semicolon" in page.locator("main").inner_text()
    panel = page.locator("details.act", has=page.locator(f"button:text-is('{extend_list.title}')"))
    panel.locator("> summary").click()
    panel.locator("[name=cells_code][value=A]").check()
    panel.locator("[name=_sign_password]").fill(PASSWORD)
    panel.locator("button.go").click()
    page.locator("main .told").first.wait_for()
    assert read(bench.world, register)["ALL"].numbers == 114
    assert bench.hands.errors == []
