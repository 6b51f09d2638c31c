"""Printers, badges and the scanner's test: what the administrator sets up and what others try."""

import io
import re

import pypdfium2 as pdfium
import pytest
from PIL import Image

from lims.accounts.actions import OfPerson, deactivate_person
from lims.core.errors import Missing, Refused
from lims.demonstration.cast import CAST, PASSWORD
from lims.identifiers.numbers import Kind, check_character, label_code
from lims.identifiers.selftest import CODES
from lims.identifiers.symbols import read_back
from lims.labelling import actions as labelling
from lims.labelling.models import Label, Printer
from lims.labelling.queries import printers
from lims.labelling.rules import LabelStanding, PrinterSide
from lims.stations.actions import IssueBadge, SetPrinter, issue_badge, set_printer
from lims.trust.identity.people import Person
from tests.support.scenes import codes, read, row, turned_away
from tests.support.worlds import World

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
GOOD = SetPrinter("Bench 2", PrinterSide.LAB, "printer-2.lab.example", 300)


def test_only_the_administrator_sets_and_sees_printers(world: World) -> None:
    turned_away(world, set_printer, GOOD, "ada")
    for login in CAST:
        status = world.client(login).get("/stations/printers").status_code
        assert (status == 200) is (login == "ada"), (login, status)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        *(({"host": host}, "host") for host in (
            "two words", "tab\there", "打印机", "new\nline", "a..b", "x" * 64,
        )),
        *(({"port": port}, "port") for port in (0, -1, 65_536, 10**6)),
        *(({"dpi": dpi}, "resolution") for dpi in (0, -300, 72, 204, 1200)),
    ],
)  # fmt: skip
def test_a_printer_that_cannot_be_is_refused(
    world: World, changes: dict[str, object], code: str
) -> None:
    wanted = SetPrinter(**{**vars(GOOD), **changes})  # type: ignore[arg-type]
    assert codes(world, "ada", set_printer, wanted) == {code}
    assert GOOD.name not in {printer.name for printer in read(world, printers)}


def test_everything_wrong_with_a_printer_is_told_at_once(world: World) -> None:
    wanted = SetPrinter("Bench 2", PrinterSide.LAB, "two words", 204, 0)
    assert codes(world, "ada", set_printer, wanted) == {"host", "port", "resolution"}


@pytest.mark.parametrize("host", ["printer-2", "10.1.2.3", "printer.lab.example", "fe80::1"])
def test_a_printer_moves_under_its_own_name(world: World, host: str) -> None:
    for station in ("Filling", "Cold room"):
        wanted = SetPrinter("Bench 2", PrinterSide.LAB, host, 600, 6101, station)
        assert world.story.do("ada", set_printer, wanted).says == "Bench 2 is set."
    kept = row(world, Printer, "Bench 2")
    assert (kept.host, kept.port, kept.dpi, kept.station) == (host, 6101, 600, "Cold room")
    assert len([p for p in read(world, printers) if p.name == "Bench 2"]) == 1


def badge_of(world: World, login: str) -> str:
    number = row(world, Person, login).badge
    assert number
    return str(number)


def logs_in(world: World, login: str, password: str = PASSWORD) -> bool:
    answer = world.app().test_client().post("/login", data={"login": login, "password": password})
    assert answer.status_code in {303, 409}
    return answer.status_code == 303


def test_a_badge_and_a_password_log_in_and_a_badge_alone_does_not(world: World) -> None:
    badge = badge_of(world, "nora")
    assert badge[2] == Kind.BADGE
    browser = world.app().test_client()
    entry = {"login": f"]d1{badge}", "password": PASSWORD, "station": "Ward 3"}
    assert browser.post("/login", data=entry).status_code == 303
    assert CAST["nora"][0] in browser.get("/").get_data(as_text=True)
    for password in ("", "wrong", badge):
        assert not logs_in(world, badge, password)


def test_a_new_badge_kills_the_old_one(world: World) -> None:
    old = badge_of(world, "nora")
    new = world.story.do("ada", issue_badge, IssueBadge("nora"))
    assert new.number == badge_of(world, "nora") != old
    assert not logs_in(world, old)
    assert logs_in(world, new.number)
    assert row(world, Label, old).standing is LabelStanding.SUPERSEDED


def test_a_badge_that_was_never_issued_is_nobodys(world: World) -> None:
    payload = "LMY7M4QXZKA"
    assert not logs_in(world, payload + check_character(payload))
    copy = label_code(badge_of(world, "nora"), 2)
    if copy is not None:  # the ledger knows no second copy
        assert not logs_in(world, copy)


def test_wrong_passwords_with_a_badge_count_as_the_persons_own(world: World) -> None:
    badge = badge_of(world, "nora")
    for _ in range(5):
        assert not logs_in(world, badge, "wrong")
    assert not logs_in(world, badge)
    assert not logs_in(world, "nora")
    world.story.wait(minutes=11)
    assert logs_in(world, badge)


def test_the_badge_of_somebody_who_left_opens_nothing(world: World) -> None:
    badge = badge_of(world, "nora")
    world.story.do("ada", deactivate_person, OfPerson("nora"))
    assert not logs_in(world, badge)
    assert codes(world, "ada", issue_badge, IssueBadge("nora")) == {"inactive"}
    with pytest.raises(Missing):
        world.story.do("ada", issue_badge, IssueBadge("nobody"))


def test_only_the_administrator_issues_and_prints_badges(world: World) -> None:
    turned_away(world, issue_badge, IssueBadge("nora"), "ada")
    badge = badge_of(world, "nora")
    for login in CAST:
        browser = world.client(login)
        for path in ("/stations/badges", f"/stations/badges/{badge}.pdf"):
            status = browser.get(path).status_code
            assert (status == 200) is (login == "ada"), (login, path, status)
        assert browser.get(f"/labelling/labels/{badge}.png").status_code in {403, 404}
    for action in (labelling.destroy_label, labelling.void_label):
        ending = labelling.EndLabel(badge, "curious")
        assert codes(world, "tang", action, ending, "tian") == {"unknown-label"}
    with pytest.raises(Refused):
        world.story.do("tang", labelling.print_label, labelling.PrintLabel(badge))


def test_a_badge_opens_no_page_and_tells_nobodys_name(world: World) -> None:
    badge = badge_of(world, "nora")
    for login in ("tang", "ines", "ada"):
        answer = world.client(login).get(f"/scan?code={badge}", follow_redirects=True)
        told = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert "This code is unknown here." in told
        assert CAST["nora"][0] not in told


def scanner_says(world: World, login: str = "tang", **entries: str) -> str:
    browser = world.client(login)
    found = TOKEN.search(browser.get("/stations/scanner").get_data(as_text=True))
    assert found is not None
    answer = browser.post("/stations/scanner", data={"csrf_token": found[1], **entries})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def all_codes(end: str = "Enter", ms: str = "150") -> dict[str, str]:
    made = {}
    for code in CODES:
        made |= {f"raw.{code.name}": code.data, f"end.{code.name}": end, f"ms.{code.name}": ms}
    return made


@pytest.mark.parametrize("login", ["ada", "tang", "nora", "stan"])
def test_everybody_may_test_a_scanner(world: World, login: str) -> None:
    told = scanner_says(world, login, **all_codes())
    assert ">right<" in told.replace(" ", "").replace("</svg>", ">") or "right" in told
    assert "Group" in told or "group separator" in told


def test_the_scanner_test_names_what_to_set(world: World) -> None:
    sent = all_codes(end="")
    sent["raw.plain"] = sent["raw.plain"].swapcase()
    sent["raw.fields"] = sent["raw.fields"].replace("\x1d", "")
    told = scanner_says(world, **sent)
    for words in ("Set the suffix to Enter.", "Turn CapsLock off.", "dropped"):
        assert words in told


@pytest.mark.parametrize(
    "raw", ["", "<script>x</script>", "\x1d\x00", "人" * 2000, "]C1", "A" * 600]
)
def test_the_scanner_test_takes_whatever_a_scanner_sends(world: World, raw: str) -> None:
    sent = {f"raw.{code.name}": raw for code in CODES}
    told = scanner_says(world, **sent, **{"ms.plain": "x", "ms.long": "-1", "end.plain": "<b>"})
    assert "<script>x" not in told
    assert "<b>" not in told
    assert "A" * 501 not in told


def test_every_code_of_the_test_reads_on_screen_and_on_paper(world: World) -> None:
    browser = world.client("tang")
    for code in CODES:
        answer = browser.get(f"/stations/scanner/{code.name}.png")
        with Image.open(io.BytesIO(answer.data)) as picture:
            (read,) = read_back(picture).values()
        assert read == code.written
    assert browser.get("/stations/scanner/nothing.png").status_code == 404
    document = pdfium.PdfDocument(browser.get("/stations/scanner.pdf").data)
    try:
        assert [len(list(page.get_objects())) for page in document] == [len(CODES)]
    finally:
        document.close()
