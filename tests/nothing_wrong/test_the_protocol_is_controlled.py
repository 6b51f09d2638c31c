"""The protocol is a controlled document: two people sign its digest, and nothing goes without."""

import re
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from click.testing import CliRunner

import lims
from lims.bags.queries import bag
from lims.bedside import actions as bedside
from lims.bedside.rules import Word
from lims.cli import main
from lims.demonstration import making, treating
from lims.filling import actions as filling
from lims.filling.queries import fill
from lims.orders.queries import order as find_order
from lims.protocol import rules as protocol
from lims.protocol.actions import ApproveProtocol, SignProtocol, approve_protocol, sign_protocol
from lims.protocol.queries import offered_text, versions
from lims.protocol.reading import FaultyProtocol, digest_of_file, read_trial
from lims.testing import actions as testing
from lims.testing import sterility
from lims.testing.models import Sample, Specification
from lims.trial.models import ScreeningAnswer
from lims.trust.trail.entries import TrailEntry
from tests.nothing_wrong.doing import begun_for_both, sent
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, read, row, stores_of
from tests.support.worlds import World

DOUBLED = ("cells_per_kg = 1500000", "cells_per_kg = 3000000")
ONE_HOUR = ("hours = 336 ", "hours = 1 ")


def text_of(world: World) -> str:
    return offered_text(world.site.settings.protocol_file)


def changed(world: World, folder: Path, *changes: tuple[str, str]) -> str:
    """Another file lies on the machine, and the program is started anew."""
    text = text_of(world)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    (folder / "next.toml").write_text(text, "utf-8")
    world.site.settings = replace(world.site.settings, protocol_file=folder / "next.toml")
    return digest_of_file(text)


def signed(world: World, digest: str, after: timedelta = timedelta(0)) -> int:
    wanted = SignProtocol(digest, "the sponsor's amendment 2", world.clock.now + after)
    return world.story.do("quinn", sign_protocol, wanted).version


@pytest.mark.parametrize("change", [DOUBLED, ONE_HOUR])
@pytest.mark.parametrize("who", ["nora", "ines", "tang", "ana", "quinn", "stan", "mona", "ada"])
def test_nothing_is_served_under_a_file_that_nobody_approved(
    world: World, tmp_path: Path, who: str, change: tuple[str, str]
) -> None:
    changed(world, tmp_path, change)
    client = world.client(who)
    assert client.get("/").status_code == 503
    if who == "nora":
        body = {"participant": world.participants[0], "visit": 1, "weight": "72.5", "scale": "3"}
        assert sent(world, who, "trial/weigh", body).status_code == 503
        assert client.get(f"/trial/participants/{world.participants[0]}").status_code == 503
    if who == "quinn":
        assert "/protocols/approval" in client.get("/").text
        assert client.get("/protocols/approval").status_code == 200


def test_qa_sees_both_texts_side_by_side_and_two_of_them_put_the_file_in_force(
    world: World, tmp_path: Path
) -> None:
    digest = changed(world, tmp_path, DOUBLED)
    page = world.client("quinn").get("/protocols/approval").text
    assert "cells_per_kg = 1500000" in page
    assert "cells_per_kg = 3000000" in page
    number = signed(world, digest)
    approval = ApproveProtocol(number, digest)
    assert world.client("nora").get("/").status_code == 503
    assert "same-person" in codes(world, "quinn", approve_protocol, approval)
    world.story.do("qiu", approve_protocol, approval)
    assert world.client("nora").get("/").status_code == 200


@pytest.mark.parametrize("who", ["tang", "ana", "nora", "ines", "stan", "ada"])
def test_nobody_but_qa_signs_a_protocol(world: World, tmp_path: Path, who: str) -> None:
    digest = changed(world, tmp_path, DOUBLED)
    moment = world.clock.now.isoformat()
    body = {"digest": digest, "change": "x", "effective_at": moment}
    assert sent(world, who, "protocol/sign-protocol", body).status_code in {403, 404}


def test_a_file_that_changed_since_it_was_read_is_not_signed_or_approved(
    world: World, tmp_path: Path
) -> None:
    digest = changed(world, tmp_path, DOUBLED)
    number = signed(world, digest)
    path = world.site.settings.protocol_file
    path.write_text(path.read_text("utf-8").replace("3000000", "9000000"), "utf-8")
    world.story.do("qiu", approve_protocol, ApproveProtocol(number, digest))
    assert (
        world.client("nora").get("/").status_code == 503
    )  # what was approved is not what lies there


def test_a_running_program_goes_on_with_what_was_signed_when_its_file_is_edited(
    released: Scene, tmp_path: Path
) -> None:
    world, cells, _ = released
    changed(world, tmp_path, DOUBLED)
    treating.sent(world.story, cells)
    treating.received(world.story, cells.bag)
    verify = bedside.VerifyBag(world.participants[0], cells.bag)
    assert world.story.do("nora", bedside.verify_bag, verify).word is Word.GO


def test_the_file_that_stands_in_the_trail_is_the_one_that_was_signed(world: World) -> None:
    digest = digest_of_file(text_of(world))
    with world.site.reading() as session:
        told = [bytes(entry.payload) for entry in session.query(TrailEntry)]
    assert any(digest.encode() in payload for payload in told)
    found = read(world, versions)[0]
    assert (found.digest, found.signed_by, found.approved_by) == (digest, "quinn", "qiu")


def test_what_is_judged_names_the_version_that_judged_it(world: World) -> None:
    cells, _, _ = begun_for_both(world)
    assert read(world, bag, cells.bag).protocol == 1
    assert read(world, find_order, cells.order).protocol == 1
    with world.site.reading() as session:
        assert {a.protocol for a in session.query(ScreeningAnswer)} == {1}
        assert {s.protocol for s in session.query(Specification)} == {1}


def test_an_order_of_another_dose_is_carried_on_by_nobody(world: World, tmp_path: Path) -> None:
    cells, vehicle, _ = begun_for_both(world)
    digest = changed(world, tmp_path, DOUBLED)
    number = signed(world, digest)
    world.story.do("qiu", approve_protocol, ApproveProtocol(number, digest))
    wanted = filling.DrawVehicle(vehicle.bag)
    found = codes(world, "tang", filling.draw_vehicle, wanted, "tian")
    vial = read(world, fill, cells.bag).vials[0]
    thaw = filling.ThawForBag(cells.bag, vial)
    assert found == codes(world, "tang", filling.thaw_for_bag, thaw) == {"protocol-changed"}


def test_a_version_governs_from_its_moment_on(world: World, tmp_path: Path) -> None:
    digest = changed(world, tmp_path, DOUBLED)
    number = signed(world, digest, timedelta(days=2))
    world.story.do("qiu", approve_protocol, ApproveProtocol(number, digest))
    assert "1,500,000" in world.client("nora").get("/protocol/").text
    world.story.wait(days=2, minutes=1)
    assert "3,000,000" in world.client("nora").get("/protocol/").text


def test_an_hour_of_sterility_is_not_approved_behind_a_samples_back(
    world: World, tmp_path: Path
) -> None:
    lot = making.a_vehicle(world.story, stores_of(world))
    sample = world.story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number
    making.entered(world.story, sample)
    digest = changed(world, tmp_path, ONE_HOUR)
    number = signed(world, digest)
    world.story.do("qiu", approve_protocol, ApproveProtocol(number, digest))
    world.story.wait(hours=2)
    close = sterility.CloseSterility(sample)
    assert "too-early" in codes(world, "ana", sterility.close_sterility, close, "aiko")
    assert row(world, Sample, sample).closed_at is None


FAULTS = [
    (("infusions = 3 ", "infusions = -2 "), "schedule.infusions"),
    (("cells_per_kg = 1500000", "cells_per_kg = -4000000"), "dose.cells_per_kg"),
    (("cells_per_kg = 1500000", "cells_per_kg = 0"), "dose.cells_per_kg"),
    (("cells_per_kg = 1500000", 'cells_per_kg = "many"'), "dose.cells_per_kg"),
    (('code = "weight"', 'code = "height"'), "height"),
    (('limit = "24.0-40.0"', 'limit = "24 or more"'), "bmi"),
    (('limit = "≥85"', 'limit = "85 or more"'), "VIA"),
    (('limit = "≥85"', 'limit = "≥850"'), "VIA"),
    (('possible = "0-14"', 'possible = "14-0"'), "PH"),
    (('code = "CD90"', 'code = "CD73"'), "CD73"),
    (('min_kg = "35.0"', 'min_kg = "235.0"'), "weight.min_kg"),
    (('reweigh_pct = "10"', 'reweigh_pct = "25"'), "weight.reweigh_pct"),
    (("window_days = 3 ", "window_days = 14 "), "schedule.window_days"),
    (("min_gap_days = 25", "min_gap_days = 29"), "schedule.min_gap_days"),
    (("min_gap_days = 25 ", "# min_gap_days = 25"), "schedule.min_gap_days"),
    (("hours = 336 ", "hours = 0 "), "sterility.hours"),
    (('strata = ["ALL"]', "strata = []"), "strata"),
    (('strata = ["ALL"]', 'strata = ["ALL", "ALL"]'), "strata"),
    (('term_zh = "发热"', 'term_zh = ""'), "adverse_event.0.term_zh"),
    (('languages = ["en", "zh"]', 'languages = ["en", "xx"]'), "languages"),
    (('dose_ceiling_pct = "20"', 'dose_ceiling_pct = "5"'), "bag.dose_"),
    (("weeks = [0, 4", "weeks = [4, 0"), "outcomes.weeks"),
    (('storage_low_c = "2"', 'storage_low_c = "9"'), "bag.storage_low_c"),
    (('unit = "EU/mL"', 'unit = "furlong"'), "END"),
    (('markers = ["HIV Ag/Ab"', 'markers = ["HIV NAT"'), "donor.markers"),
    (("planned = 103", "planned = -1"), "randomisation.planned"),
    (("[fitness] ", "[fitness]\nmore = 1 #"), "fitness.more"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "path"), FAULTS)
def test_each_fault_of_a_file_is_named_with_its_path(
    world: World, change: tuple[str, str], path: str, tmp_path: Path
) -> None:
    old, new = change
    text = text_of(world)
    assert old in text
    with pytest.raises(FaultyProtocol) as faulty:
        read_trial(text.replace(old, new))
    assert any(path in fault.split(": ")[0] or path in fault for fault in faulty.value.faults)
    (tmp_path / "draft.toml").write_text(text.replace(old, new), "utf-8")
    checked = CliRunner().invoke(main, ["protocol", "check", str(tmp_path / "draft.toml")])
    assert checked.exit_code == 1
    assert path in checked.output


@pytest.mark.parametrize(
    "setting",
    [("[bag] ", 'volume_tolerance_pct = "5"'), ("[weight] ", 'agree_within_kg = "0.1"'),
     ("[dose]", 'basis = "actual"'), ("[infusion] ", "min_remaining_minutes = 5"),
     ("[culture] ", 'anything = "5"')],
)  # fmt: skip
def test_a_setting_that_nothing_reads_is_a_fault(world: World, setting: tuple[str, str]) -> None:
    table, line = setting
    text = text_of(world).replace(table, f"{table.strip()}\n{line}\n#", 1)
    with pytest.raises(FaultyProtocol) as faulty:
        read_trial(text)
    assert line.split(" ")[0] in faulty.value.faults[0]


def settings_of(shape: type[Any]) -> set[str]:
    """The names of all settings of a section and of those within it."""
    found: set[str] = set()
    hints = get_type_hints(shape)
    for field in fields(shape):
        inner = [hints[field.name], *get_args(hints[field.name])]
        nested = [
            kind for kind in inner if is_dataclass(kind) and kind.__module__ == protocol.__name__
        ]
        found |= {field.name} | {name for kind in nested for name in settings_of(kind)}  # type: ignore[arg-type]
    return found


def test_every_setting_is_read_somewhere_else_than_where_it_is_declared() -> None:
    folder = Path(lims.__file__).parent
    own = {"protocol/rules.py"}  # where they are declared, and held against each other
    paths = [path for path in folder.rglob("*.py") if path.parent.name != "demonstration"]
    code = "\n".join(
        path.read_text("utf-8") for path in paths if path.relative_to(folder).as_posix() not in own
    )
    code += (folder / "protocol" / "rules.py").read_text("utf-8").split("def contradictions")[0]
    unread = [n for n in sorted(settings_of(protocol.Trial)) if not re.search(rf"\.{n}\b", code)]
    assert unread == []


def test_a_trial_of_another_endpoint_needs_no_hba1c(world: World) -> None:
    text = text_of(world)
    text = re.sub(r"\n\[endpoint\].*?(?=\[\[)", "\n", text, flags=re.DOTALL)
    text = re.sub(r'\[\[eligibility\]\]\ncode = "hba1c".*?(?=\[\[)', "", text, flags=re.DOTALL)
    assert read_trial(text).endpoint is None


def test_a_draft_is_told_what_its_limits_leave(world: World) -> None:
    path = str(world.site.settings.protocol_file)
    said = CliRunner().invoke(main, ["protocol", "check", path])
    assert said.exit_code == 0
    assert "+9.09 %" in said.output
