"""A superseded label says so wherever it is scanned; the ward's own labels as well."""

import pytest

from lims.bank.labels import PrintVialLabels, print_vial_labels
from lims.core.errors import Missing, Refused
from lims.demonstration import making, treating
from lims.labelling import actions as labelling
from lims.labelling.actions import EndLabel, ScanBack
from lims.labelling.queries import labels, labels_of
from lims.labelling.rules import LabelStanding
from lims.trial.labels import (
    OfOrder,
    ReprintWardLabel,
    print_ward_tag,
    reprint_ward_label,
    scan_ward_label,
)
from tests.labelling.pages import BY_HAND, BY_SCANNER, header_scan, post, token_of
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, read, stores_of, turned_away
from tests.support.worlds import World

DEAD = "This label is superseded. Destroy it and scan the valid one."


def reprinted(world: World, number: str) -> str:
    command = labelling.ReprintLabel(number, "smeared")
    return world.story.do("tang", labelling.reprint_label, command, "tian").code


def labelled(world: World) -> str:
    number = stores_of(world).medium
    world.story.do("tang", labelling.print_label, labelling.PrintLabel(number))
    world.story.do("tang", labelling.scan_back, ScanBack(number))
    return number


def test_the_header_says_that_a_label_is_dead_and_opens_the_valid_one(world: World) -> None:
    old = labelled(world)
    browser = world.client("tang")
    assert DEAD not in header_scan(browser, old).get_data(as_text=True)
    new = reprinted(world, old)
    said = header_scan(browser, old)
    assert DEAD in said.get_data(as_text=True)
    assert said.request.path == "/"
    assert header_scan(browser, f"]d1{old}").request.path == "/"
    opened = header_scan(browser, new)
    assert opened.request.path == f"/supplies/materials/{old}"
    assert DEAD not in opened.get_data(as_text=True)


@pytest.mark.parametrize("end", ["void", "destroy", "return"])
def test_the_header_names_what_became_of_a_label(world: World, end: str) -> None:
    number = making.a_material(world.story, "Saline 0.9 %")
    world.story.do("tang", labelling.print_label, labelling.PrintLabel(number))
    action = getattr(labelling, f"{end}_label")
    world.story.do("tang", action, EndLabel(number, "left over"), "tian")
    words = {"void": "voided", "destroy": "destroyed", "return": "returned"}[end]
    told = header_scan(world.client("tang"), number).get_data(as_text=True)
    assert f"This label is {words}." in told


def test_a_dead_label_tells_those_who_may_not_see_it_nothing(world: World) -> None:
    old = labelled(world)
    reprinted(world, old)
    nurse = world.client("nora")
    unknown = header_scan(nurse, "LMM26000999" + "X").get_data(as_text=True)
    told = header_scan(nurse, old).get_data(as_text=True)
    assert "superseded" not in told
    assert "This code is unknown here." in told
    assert unknown.count("superseded") == 0


def test_a_form_stops_at_a_dead_label_that_was_scanned(world: World) -> None:
    lot = world.lots["product"]
    run = world.story.do("tang", print_vial_labels, PrintVialLabels(lot))
    old = run.codes[0]
    new = reprinted(world, old)
    browser = world.client("tang")
    entries = {"what_for": "qc", "reason": "release tests"}
    for code, status in ((old, 409), (f"]d1{old}", 409)):
        answer = post(browser, "bank/take-vial", vial=code, how_vial=BY_SCANNER, **entries)
        assert answer.status_code == status
        assert DEAD in answer.get_data(as_text=True)
    answer = post(browser, "bank/take-vial", vial=new, how_vial=BY_SCANNER, **entries)
    assert answer.status_code == 303, answer.get_data(as_text=True)


def test_a_number_that_was_typed_names_the_thing_and_no_label(world: World) -> None:
    lot = world.lots["product"]
    run = world.story.do("tang", print_vial_labels, PrintVialLabels(lot))
    old = run.codes[0]
    reprinted(world, old)
    entries = {"vial": old, "what_for": "qc", "reason": "release tests"}
    answer = post(world.client("tang"), "bank/take-vial", how_vial=BY_HAND, **entries)
    assert answer.status_code == 303, answer.get_data(as_text=True)


def test_one_dead_label_among_several_stops_the_form(world: World) -> None:
    old = labelled(world)
    reprinted(world, old)
    entries = {
        "name": "Saline with 2 % human albumin",
        "expires_on": "2027-06-30",
        "materials": f"{stores_of(world).albumin}\n{old}",
        "equipment": stores_of(world).cabinet,
    }
    answer = post(
        world.client("tang"), "supplies/make-vehicle", how_materials=BY_SCANNER, **entries
    )
    assert answer.status_code == 409
    assert DEAD in answer.get_data(as_text=True)


def test_a_third_copy_kills_the_second(world: World) -> None:
    number = labelled(world)
    second = reprinted(world, number)
    third = reprinted(world, number)
    browser = world.client("tang")
    for dead in (number, second):
        assert DEAD in header_scan(browser, dead).get_data(as_text=True)
    assert header_scan(browser, third).request.path.endswith(number)


def test_a_copy_that_was_never_printed_is_not_valid(world: World) -> None:
    number = stores_of(world).albumin
    copy = labelling.label_code(number, 2) or labelling.label_code(number, 3)
    assert copy is not None
    told = header_scan(world.client("tang"), copy).get_data(as_text=True)
    assert "This label is unknown." in told


def test_the_ward_reprints_its_tags_and_the_old_one_is_dead(released: Scene) -> None:
    world, cells, _ = released
    first = world.story.do("nora", print_ward_tag, OfOrder(cells.order))
    assert codes(world, "nora", print_ward_tag, OfOrder(cells.order)) == {"has-label"}
    world.story.do("nora", scan_ward_label, ScanBack(first.code))
    torn = ReprintWardLabel(cells.order, "wet")
    turned_away(world, reprint_ward_label, torn, "nora", "niu", "ines")
    assert codes(world, "nora", reprint_ward_label, torn, "tang")
    new = world.story.do("nora", reprint_ward_label, torn, "niu")
    scan = ScanBack(first.code)
    assert codes(world, "nora", scan_ward_label, scan) == {"superseded-label"}
    world.story.do("nora", scan_ward_label, ScanBack(new.code))
    standings = [label.standing for label in read(world, labels_of, cells.order)]
    assert standings == [LabelStanding.SUPERSEDED, LabelStanding.ACTIVE]


def test_the_laboratory_reads_no_label_of_the_ward_and_the_ward_none_of_it(
    released: Scene,
) -> None:
    world, cells, _ = released
    tag = world.story.do("nora", print_ward_tag, OfOrder(cells.order)).code
    band = world.participants[0]
    for code in (tag, band):
        assert codes(world, "tang", labelling.scan_back, ScanBack(code)) == {"unknown-label"}
        ending = EndLabel(code, "curious")
        assert codes(world, "tang", labelling.destroy_label, ending, "tian") == {"unknown-label"}
    assert codes(world, "nora", scan_ward_label, ScanBack(cells.bag)) == {"unknown-label"}
    with pytest.raises(Refused):
        world.story.do("nora", reprint_ward_label, ReprintWardLabel(cells.bag, "torn"), "niu")
    assert not {label.number for label in read(world, labels)} & {tag, band}


def test_a_dead_wristband_stops_the_nurse_in_a_form(world: World) -> None:
    number = world.participants[0]
    torn = ReprintWardLabel(number, "torn")
    new = world.story.do("ines", reprint_ward_label, torn, "nora").code
    nurse = world.client("nora")
    assert DEAD in header_scan(nurse, number).get_data(as_text=True)
    entries = {"visit": "1", "weight": "70.5", "scale": "scale 3"}
    old = post(nurse, "trial/weigh", participant=number, how_participant=BY_SCANNER, **entries)
    assert old.status_code == 409
    assert DEAD in old.get_data(as_text=True)
    worn = post(nurse, "trial/weigh", participant=new, how_participant=BY_SCANNER, **entries)
    assert worn.status_code == 303, worn.get_data(as_text=True)


def test_a_tag_that_is_no_order_has_no_label(world: World) -> None:
    with pytest.raises(Missing):
        world.story.do("nora", print_ward_tag, OfOrder("LMN7M4QXZKAH"))
    assert treating.treatment_of(world.story, world.participants[0])


def test_one_dead_label_among_several_stops_a_script(world: World) -> None:
    old = labelled(world)
    reprinted(world, old)
    browser = world.client("tang")
    asked = {
        "name": "Saline with 2 % human albumin",
        "expires_on": "2027-06-30",
        "materials": [stores_of(world).albumin, old],
        "equipment": [stores_of(world).cabinet],
        "how_read": {"materials": {"via": "keys", "ms": 120, "framed": True}},
    }
    headers = {"X-CSRFToken": token_of(browser)}
    answer = browser.post("/api/supplies/make-vehicle", json=asked, headers=headers)
    assert answer.status_code == 409, answer.get_data(as_text=True)
    assert DEAD in answer.get_data(as_text=True)
