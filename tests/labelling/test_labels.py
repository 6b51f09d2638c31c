"""One live label for one number: printed, read back, reprinted; the older copy is dead."""

from typing import Any

import pytest

from lims.demonstration import treating
from lims.identifiers.numbers import Kind
from lims.labelling import actions as labelling
from lims.labelling.models import Label
from lims.labelling.queries import labels, labels_of
from lims.labelling.rules import LabelStanding
from lims.trial.actions import OfParticipant
from lims.trial.labels import ReprintWardLabel, print_wristband, reprint_ward_label
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World

LAB = ("tang", "tian", "ana", "aiko", "quinn", "qiu")


def printed(world: World, number: str) -> labelling.LabelFacts:
    return world.story.do("tang", labelling.print_label, labelling.PrintLabel(number))


def reprinted(world: World, number: str) -> labelling.LabelFacts:
    command = labelling.ReprintLabel(number, "smeared")
    return world.story.do("tang", labelling.reprint_label, command, "tian")


def scans(world: World, code: str) -> labelling.LabelFacts:
    return world.story.do("tang", labelling.scan_back, labelling.ScanBack(code))


def dead(world: World, code: str) -> set[str]:
    return codes(world, "tang", labelling.scan_back, labelling.ScanBack(code))


def test_it_turns_away_everybody_outside_the_laboratory(world: World) -> None:
    number = stores_of(world).medium
    pairs: list[tuple[Any, Any]] = [
        (labelling.print_label, labelling.PrintLabel(number)),
        (labelling.reprint_label, labelling.ReprintLabel(number, "torn")),
        (labelling.scan_back, labelling.ScanBack(number)),
    ]
    for action, command in pairs:
        turned_away(world, action, command, *LAB)


def test_a_label_counts_only_after_it_was_scanned_back(world: World) -> None:
    number = stores_of(world).medium
    assert printed(world, number).standing is LabelStanding.ISSUED
    assert scans(world, number).standing is LabelStanding.ACTIVE
    assert scans(world, number).says.startswith("Already scanned at ")
    command = labelling.PrintLabel(number)
    assert codes(world, "tang", labelling.print_label, command) == {"has-label"}


def test_a_reprint_needs_a_label_and_a_second_person_of_the_laboratory(world: World) -> None:
    number = stores_of(world).medium
    command = labelling.ReprintLabel(number, "smeared")
    assert codes(world, "tang", labelling.reprint_label, command, "tian") == {"no-label"}
    printed(world, number)
    for second, code in (("tang", "same-person"), ("nora", "second-person-role"),
                         ("", "signature-needed")):  # fmt: skip
        assert codes(world, "tang", labelling.reprint_label, command, second) == {code}
    assert reprinted(world, number).reason == "smeared"


def test_every_older_copy_is_dead_and_the_ledger_keeps_them_all(world: World) -> None:
    number = stores_of(world).medium
    copies = [printed(world, number).code]
    for _ in range(3):
        scans(world, copies[-1])
        copies.append(reprinted(world, number).code)
        assert dead(world, copies[-2]) == {"superseded-label"}
    scans(world, copies[-1])
    assert len(set(copies)) == 4
    assert all(dead(world, code) == {"superseded-label"} for code in copies[:-1])
    found = read(world, labels_of, number)
    assert [label.code for label in found] == copies
    assert [label.standing for label in found] == [LabelStanding.SUPERSEDED] * 3 + [
        LabelStanding.ACTIVE
    ]


def test_a_reprint_says_exactly_what_the_first_label_said(released: Scene) -> None:
    world, *babies = released
    for baby in babies:
        first = row(world, Label, baby.bag)
        second = row(world, Label, reprinted(world, baby.bag).code)
        told = [f.fields.replace(f'"code": "{f.code}"', "") for f in (first, second)]
        assert told[0] == told[1]
        assert (first.master, first.version) == (second.master, second.version)
        assert row(world, Label, baby.bag).standing is LabelStanding.SUPERSEDED


def test_it_refuses_a_label_that_was_never_issued(world: World) -> None:
    assert dead(world, stores_of(world).medium) == {"unknown-label"}
    assert dead(world, world.lots["product"][:-1]) == {"truncated"}
    assert dead(world, "4006381333931") == {"foreign-code"}


def test_bags_and_wristbands_are_not_printed_from_the_bench(released: Scene) -> None:
    world, cells, _ = released
    for number in (cells.bag, world.participants[0]):
        command = labelling.PrintLabel(number)
        assert codes(world, "tang", labelling.print_label, command) == {"own-label"}


def test_the_laboratory_neither_reprints_nor_sees_a_wristband(world: World) -> None:
    number = world.participants[0]
    command = labelling.ReprintLabel(number, "curious")
    assert codes(world, "tang", labelling.reprint_label, command, "tian")
    assert dead(world, number) == {"unknown-label"}
    assert not [label for label in read(world, labels) if label.number[2] == Kind.PARTICIPANT]
    browser = world.client("tang")
    for form in ("pdf", "png"):
        assert browser.get(f"/labelling/labels/{number}.{form}").status_code == 404
        assert browser.get(f"/labelling/labels/LMW000000000.{form}").status_code == 404


def test_only_the_live_copy_has_a_file(released: Scene) -> None:
    world, cells, _ = released
    browser = world.client("tang")
    assert browser.get(f"/labelling/labels/{cells.bag}.png").status_code == 200
    assert browser.get(f"/labelling/labels/{cells.bag}.pdf").status_code == 409  # it was read back
    new = reprinted(world, cells.bag)
    assert browser.get(f"/labelling/labels/{cells.bag}.png").status_code == 404
    for form in ("pdf", "png", "zpl"):
        assert browser.get(f"/labelling/labels/{new.code}.{form}").status_code == 200
    scans(world, new.code)
    assert browser.get(f"/labelling/labels/{new.code}.zpl").status_code == 409


def test_a_new_wristband_kills_the_old_one(world: World) -> None:
    number = world.participants[0]
    first = OfParticipant(number)
    assert codes(world, "ines", print_wristband, first) == {"has-label"}
    torn = ReprintWardLabel(number, "torn")
    new = world.story.do("ines", reprint_ward_label, torn, "nora")
    assert new.copy == 2
    standings = [label.standing for label in read(world, labels_of, number)]
    assert standings == [LabelStanding.SUPERSEDED, LabelStanding.ISSUED]


def test_the_label_says_the_same_of_both_arms(released: Scene) -> None:
    world, *babies = released
    told = []
    for baby in babies:
        fields = row(world, Label, baby.bag).fields
        for own in (baby.bag, str(treating.slot_of(world.story, baby.order))):
            fields = fields.replace(own, "")
        told.append(fields)
        for word in (world.lots["product"], world.lots["vehicle"], world.donor, "LMV", 'cells"'):
            assert word not in fields
    assert len(told[0]) == len(told[1])


@pytest.mark.parametrize("dpi", ["0", "1", "99999", "-300"])
def test_it_draws_at_the_resolutions_of_its_printers_only(released: Scene, dpi: str) -> None:
    world, cells, _ = released
    answer = world.client("tang").get(f"/labelling/labels/{cells.bag}.png?dpi={dpi}")
    assert answer.status_code == 404
