"""Masters are approved by QA with a signature; an obsolete one is looked at, not printed."""

from pathlib import Path
from typing import Any

import pytest

from lims.core.errors import Forbidden, Missing, Refused
from lims.demonstration import making
from lims.labelling import actions as labelling
from lims.labelling.approving import ApproveMaster, approve_master
from lims.labelling.delivery import deliver_waiting
from lims.labelling.models import Label, MasterVersion
from lims.labelling.printing import SendLabel, send_label
from lims.labelling.queries import approvals
from lims.labelling.rules import MasterStanding
from lims.trust.actions import Request, perform
from lims.trust.identity.signatures import Credentials
from tests.labelling.benches import NAME, a_label, on_paper, sent, with_own_labels
from tests.support.fake_printer import FakePrinter, Fault
from tests.support.scenes import codes, read, row, turned_away
from tests.support.worlds import World

IN_FORCE, OBSOLETE = MasterStanding.IN_FORCE, MasterStanding.OBSOLETE


def approve(world: World, name: str, version: int) -> Any:
    command = ApproveMaster(name, version, "larger type")
    return world.story.do("quinn", approve_master, command)


def not_approved(world: World, name: str, version: int) -> set[str]:
    return codes(world, "quinn", approve_master, ApproveMaster(name, version, "larger type"))


def versioned(own: Path, name: str, version: int, *changes: tuple[str, str]) -> None:
    """A new version of a master: the first one with these changes."""
    text = (own / name / "1.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (own / name / f"{version}.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def own(world: World, tmp_path: Path) -> Path:
    return with_own_labels(world, tmp_path)


def test_qa_approves_with_a_signature_and_nobody_else(world: World, own: Path) -> None:
    versioned(own, "material", 2)
    wanted = ApproveMaster("material", 2, "larger type")
    turned_away(world, approve_master, wanted, "quinn", "qiu")
    for signed in (None, Credentials("quinn", "wrong"), Credentials("qiu", "cord-to-bedside")):
        with pytest.raises(Refused):
            perform(world.site, approve_master, wanted, Request(world.story.actor("quinn"), signed))
    assert row(world, MasterVersion, ("material", 1)).standing is IN_FORCE
    done = approve(world, "material", 2)
    assert (done.standing, done.approved_by) == (IN_FORCE, "quinn")
    assert row(world, MasterVersion, ("material", 1)).standing is OBSOLETE


def test_only_a_later_version_replaces_one(world: World, own: Path) -> None:
    versioned(own, "material", 2)
    approve(world, "material", 2)
    assert not_approved(world, "material", 2) == {"not-newer"}
    assert not_approved(world, "material", 1) == {"not-newer"}
    for name, version in (("material", 3), ("nothing", 1), ("../labels/material", 1)):
        wanted = ApproveMaster(name, version, "larger type")
        with pytest.raises(Missing):
            world.story.do("quinn", approve_master, wanted)
    standings = [m.standing for m in read(world, approvals) if m.name == "material"]
    assert standings == [OBSOLETE, IN_FORCE]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("module = 0.625", "module = 0.1"), "too-small"),
        (("width = 70", "width = 40"), "no-room"),
        (('value = "{name}"', 'value = "{name} {colour}"'), "field-missing"),
        (("x = 56.5, y = 4", "x = 30, y = 4"), "quiet-zone"),
    ],
)
def test_a_version_that_cannot_be_printed_is_not_approved(
    world: World, own: Path, change: tuple[str, str], code: str
) -> None:
    versioned(own, "material", 2, change)
    wanted = ApproveMaster("material", 2, "larger type")
    with pytest.raises(Refused) as refused:
        world.story.do("quinn", approve_master, wanted)
    assert code in {reason.code for reason in refused.value.reasons}
    assert all("dpi: " in reason.sentence for reason in refused.value.reasons)
    assert row(world, MasterVersion, ("material", 1)).standing is IN_FORCE
    assert a_label(world)


@pytest.mark.parametrize("text", ["", "title = 'x'", "nonsense", "\ufeff", "kinds = ['Z']"])
def test_a_file_that_is_no_master_is_refused_in_words(world: World, own: Path, text: str) -> None:
    (own / "material" / "2.toml").write_text(text, encoding="utf-8")
    wanted = ApproveMaster("material", 2, "larger type")
    with pytest.raises((Refused, Missing)):
        world.story.do("quinn", approve_master, wanted)


def test_one_broken_file_does_not_take_the_pages_away(world: World, own: Path) -> None:
    (own / "material" / "2.toml").write_text("colour = 'red'\n", encoding="utf-8")
    app = world.app()
    for login in ("tang", "quinn"):
        browser = world.client(login, app)
        for path in ("/", "/masters/", "/labelling/", "/masters/bag"):
            assert browser.get(path).status_code == 200, (login, path)


def test_new_labels_come_from_the_version_in_force(world: World, own: Path) -> None:
    before = a_label(world)
    versioned(own, "material", 2, ('en = "Expires"', 'en = "Use by"'))
    unsigned = a_label(world)
    approve(world, "material", 2)
    after = a_label(world)
    versions = [row(world, Label, code).version for code in (before, unsigned, after)]
    assert versions == [1, 1, 2]


def test_an_obsolete_label_is_looked_at_but_not_printed(
    world: World, own: Path, printer: FakePrinter
) -> None:
    code = a_label(world)
    versioned(own, "material", 2)
    approve(world, "material", 2)
    browser = world.client("tang")
    assert browser.get(f"/labelling/labels/{code}.png").status_code == 200
    assert browser.get("/masters/material/1.png").status_code == 200
    for form in ("pdf", "zpl"):
        answer = browser.get(f"/labelling/labels/{code}.{form}")
        assert answer.status_code == 409
        assert "obsolete" in answer.get_data(as_text=True)
    assert codes(world, "tang", send_label, SendLabel(code, NAME)) == {"master-obsolete"}
    assert printer.formats == []
    new = world.story.do(
        "tang", labelling.reprint_label, labelling.ReprintLabel(code, "obsolete"), "tian"
    )
    assert new.version == 2
    sent(world, new.code)
    assert [label["Data Matrix"] for label in on_paper(printer)] == [new.code]


def test_a_label_that_waits_does_not_come_out_of_an_obsolete_version(
    world: World, own: Path, printer: FakePrinter
) -> None:
    printer.fault = Fault.PAPER_OUT
    code = a_label(world)
    sent(world, code)
    versioned(own, "material", 2)
    approve(world, "material", 2)
    printer.mend()
    deliver_waiting(world.site)
    assert printer.copies == 0


def changed(own: Path, name: str = "material") -> None:
    """Somebody edits the file of an approved version."""
    path = own / name / "1.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Expires", "Expired"), encoding="utf-8")


def test_a_file_that_was_changed_after_its_approval_issues_nothing(world: World, own: Path) -> None:
    number = making.a_material(world.story, "Saline 0.9 %")
    code = a_label(world)
    changed(own)
    wanted = labelling.PrintLabel(number)
    assert codes(world, "tang", labelling.print_label, wanted) == {"master-changed"}
    again = labelling.ReprintLabel(code, "smeared")
    found = codes(world, "tang", labelling.reprint_label, again, "tian")
    assert found == {"master-changed"}
    assert "changed since" in world.client("quinn").get("/masters/").get_data(as_text=True)


@pytest.mark.parametrize("form", ["pdf", "zpl"])
def test_a_file_that_was_changed_after_its_approval_makes_no_file(
    world: World, own: Path, form: str
) -> None:
    code = a_label(world)
    browser = world.client("tang")
    assert browser.get(f"/labelling/labels/{code}.{form}").status_code == 200
    changed(own)
    assert browser.get(f"/labelling/labels/{code}.{form}").status_code == 409


def test_a_file_that_was_changed_after_its_approval_reaches_no_printer(
    world: World, own: Path, printer: FakePrinter
) -> None:
    code = a_label(world)
    changed(own)
    assert codes(world, "tang", send_label, SendLabel(code, NAME)) == {"master-changed"}
    assert printer.copies == 0


def test_a_file_that_was_changed_fills_no_sheet(world: World, own: Path) -> None:
    run = world.story.do("tang", labelling.make_sleeves, labelling.MakeSleeves(2))
    path = f"/labelling/batches/{run.number}/sheet.pdf"
    query = {"sheet": "A4, 2 × 5 cards of 86 × 54"}
    browser = world.client("tang")
    assert browser.get(path, query_string=query).status_code == 200
    file = own / "sleeve" / "1.toml"
    file.write_text(file.read_text("utf-8").replace("Do not open", "Open it"), encoding="utf-8")
    assert browser.get(path, query_string=query).status_code == 409


def test_the_versions_stand_side_by_side(world: World, own: Path) -> None:
    versioned(own, "material", 2, ('en = "Expires"', 'en = "Use by"'))
    page = world.client("quinn").get("/masters/material").get_data(as_text=True)
    assert "/masters/material/1.png" in page
    assert "/masters/material/2.png" in page
    assert "Approve version 2" in page
    pictures = [world.client("quinn").get(f"/masters/material/{v}.png").data for v in (1, 2)]
    assert pictures[0] != pictures[1]
    assert "Approve version 2" not in world.client("tang").get("/masters/material").get_data(
        as_text=True
    )


def test_nobody_of_the_ward_sees_masters(world: World) -> None:
    for login in ("nora", "ines", "stan"):
        assert world.client(login).get("/masters/").status_code in {403, 404}
    with pytest.raises(Forbidden):
        world.story.do("nora", approve_master, ApproveMaster("bag", 3, "x"))
