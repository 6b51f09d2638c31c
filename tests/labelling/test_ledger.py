"""What becomes of each label: voided, destroyed, returned, reconciled to zero."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from lims.bank.labels import PrintVialLabels, print_vial_labels
from lims.bank.queries import vials_of
from lims.core.errors import Missing, Refused
from lims.demonstration import treating
from lims.filling import finishing, sessions
from lims.identifiers.numbers import Kind
from lims.labelling import actions as labelling
from lims.labelling.actions import EndLabel, MakeSleeves, ReconcileLabels, ScanBack
from lims.labelling.models import Label, Reconciliation
from lims.labelling.queries import BatchFacts, batch, labels_in, live_label
from lims.labelling.rules import LabelStanding
from tests.labelling.benches import a_label
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World

L = LabelStanding
LAB = ("tang", "tian", "ana", "aiko", "quinn", "qiu")
ENDS = {
    L.VOIDED: (labelling.void_label, "tian"),
    L.DESTROYED: (labelling.destroy_label, "tian"),
    L.RETURNED: (labelling.return_label, "tian"),
}


def ended(world: World, code: str, to: LabelStanding, why: str = "left over") -> Any:
    action, second = ENDS[to]
    return world.story.do("tang", action, EndLabel(code, why), second)


def refuses_to_end(world: World, code: str, to: LabelStanding) -> set[str]:
    action, second = ENDS[to]
    return codes(world, "tang", action, EndLabel(code, "left over"), second)


def scanned(world: World, code: str) -> Any:
    return world.story.do("tang", labelling.scan_back, ScanBack(code))


def reprinted(world: World, number: str) -> str:
    command = labelling.ReprintLabel(number, "smeared")
    return world.story.do("tang", labelling.reprint_label, command, "tian").code


def sleeves(world: World, count: int) -> BatchFacts:
    return world.story.do("tang", labelling.make_sleeves, MakeSleeves(count))


def reconciled(world: World, number: str) -> BatchFacts:
    return world.story.do("tang", labelling.reconcile_labels, ReconcileLabels(number), "tian")


def not_reconciled(world: World, number: str) -> set[str]:
    wanted = ReconcileLabels(number)
    return codes(world, "tang", labelling.reconcile_labels, wanted, "tian")


@pytest.mark.parametrize("to", list(ENDS))
def test_an_issued_label_ends_once_and_is_dead(world: World, to: LabelStanding) -> None:
    code = a_label(world)
    done = ended(world, code, to)
    assert (done.standing, done.ended_by, done.reason) == (to, "tang", "left over")
    assert ended(world, code, to).says == f"This label is {to} already."
    assert codes(world, "tang", labelling.scan_back, ScanBack(code)) == {"superseded-label"}
    for other in set(ENDS) - {to}:
        assert refuses_to_end(world, code, other) == {"wrong-standing"}
    assert row(world, Label, code).standing is to


def test_an_active_label_is_destroyed_or_returned_but_never_voided(world: World) -> None:
    code = a_label(world)
    scanned(world, code)
    assert refuses_to_end(world, code, L.VOIDED) == {"wrong-standing"}
    assert ended(world, code, L.DESTROYED).standing is L.DESTROYED


def test_a_superseded_label_is_destroyed_and_nothing_else(world: World) -> None:
    code = a_label(world)
    reprinted(world, code)
    for to in (L.VOIDED, L.RETURNED):
        assert refuses_to_end(world, code, to) == {"wrong-standing"}
    assert ended(world, code, L.DESTROYED).standing is L.DESTROYED


def test_ending_a_label_needs_the_laboratory_and_a_witness(world: World) -> None:
    code = a_label(world)
    for to, (action, second) in ENDS.items():
        turned_away(world, action, EndLabel(code, "x"), *LAB)
        if second:
            found = codes(world, "tang", action, EndLabel(code, "x"), "tang")
            assert found == {"same-person"}, to
            assert codes(world, "tang", action, EndLabel(code, "x"), "nora")


def test_a_label_that_was_ended_is_replaced_only_by_two_people(world: World) -> None:
    """Else returning one and printing "a first" one goes round reason and second person."""
    code = a_label(world)
    scanned(world, code)
    for action in (labelling.return_label, labelling.void_label, labelling.destroy_label):
        assert codes(world, "tang", action, EndLabel(code, "left over")) == {"signature-needed"}


@pytest.mark.parametrize("count", [0, -1, 501, 10**6])
def test_it_makes_no_run_of_none_nor_of_too_many(world: World, count: int) -> None:
    found = codes(world, "tang", labelling.make_sleeves, MakeSleeves(count))
    assert found == {"how-many"}


def test_sleeves_have_random_serials_and_no_order(world: World) -> None:
    run = sleeves(world, 20)
    assert len(set(run.codes)) == run.issued == run.open == 20
    assert all(code[2] == Kind.SLEEVE for code in run.codes)
    tails = [int(code[3:11], 36) for code in sorted(run.codes)]
    assert max(right - left for left, right in pairwise(tails)) > 10_000
    turned_away(world, labelling.make_sleeves, MakeSleeves(1), "tang", "tian")


def test_a_run_adds_up_to_zero_or_names_every_open_label(world: World) -> None:
    run = sleeves(world, 5)
    with pytest.raises(Refused) as refused:
        reconciled(world, run.number)
    sentences = " ".join(reason.sentence for reason in refused.value.reasons)
    assert len(refused.value.reasons) == 5
    assert all(code in sentences for code in run.codes)

    one, two, three, four, five = run.codes
    scanned(world, one)
    ended(world, two, L.VOIDED)
    ended(world, three, L.DESTROYED)
    ended(world, four, L.RETURNED)
    assert read(world, batch, run.number).open == 1
    new = reprinted(world, five)
    scanned(world, new)
    assert not_reconciled(world, run.number) == {"label-open"}  # the spoilt one is still about
    ended(world, five, L.DESTROYED)
    found = reconciled(world, run.number)
    assert (found.issued, found.used, found.voided, found.destroyed, found.returned) == (
        6, 2, 1, 2, 1,
    )  # fmt: skip
    assert found.open == 0
    assert found.issued == found.used + found.voided + found.destroyed + found.returned
    assert found.reconciled_at is not None
    kept = row(world, Reconciliation, 1)
    assert (kept.by, kept.checked_by) == ("tang", "tian")
    assert (kept.issued, kept.used) == (6, 2)
    assert not_reconciled(world, run.number) == {"reconciled"}


def test_a_label_issued_after_the_reconciliation_is_reconciled_too(world: World) -> None:
    run = sleeves(world, 1)
    scanned(world, run.codes[0])
    reconciled(world, run.number)
    new = reprinted(world, run.codes[0])
    ended(world, run.codes[0], L.DESTROYED)
    scanned(world, new)
    found = reconciled(world, run.number)
    assert (found.issued, found.used, found.destroyed) == (2, 1, 1)


@pytest.mark.parametrize("number", ["LMR26000001", "LMB", "", "nonsense"])
def test_only_a_batch_is_reconciled(world: World, number: str) -> None:
    with pytest.raises((Missing, Refused)):
        reconciled(world, number)


def test_a_batch_in_which_no_label_was_ever_issued_is_not_reconciled(world: World) -> None:
    number = world.lots["vehicle"]
    assert read(world, batch, number).issued == 0
    with pytest.raises((Missing, Refused)):
        reconciled(world, number)


def test_reconciling_takes_a_signature_and_somebody_else(world: World) -> None:
    run = sleeves(world, 1)
    wanted = ReconcileLabels(run.number)
    turned_away(world, labelling.reconcile_labels, wanted, *LAB)
    found = codes(world, "tang", labelling.reconcile_labels, wanted, "tang")
    assert found == {"same-person"}
    assert codes(world, "tang", labelling.reconcile_labels, wanted, "") == {"signature-needed"}


def test_a_session_is_not_closed_while_a_label_is_open(world: World) -> None:
    treating.at_eight(world.story)
    order = treating.ordered(world.story, world.participants[0], 1, "70.0")
    session = treating.opened_session(world.story, stores_of(world))
    slot = treating.slot_of(world.story, order)
    world.story.wait_until(slot - timedelta(hours=3))
    baby = treating.begun(world.story, session, order)
    treating.drawn(world.story, baby)
    of_bag = finishing.OfBag(baby.bag)
    world.story.do("tang", finishing.sample_bag, of_bag)
    world.story.do("tang", finishing.print_bag_label, of_bag)
    close = sessions.ClosePreparation(session)
    assert codes(world, "tang", sessions.close_preparation, close) == {"label-open"}
    new = reprinted(world, baby.bag)
    scanned(world, new)
    assert codes(world, "tang", sessions.close_preparation, close) == {"label-open"}
    ended(world, baby.bag, L.DESTROYED)
    assert world.story.do("tang", sessions.close_preparation, close).closed_at is not None
    assert reconciled(world, session).destroyed == 1


def test_every_vial_that_is_still_there_gets_one_label(world: World) -> None:
    lot = world.lots["product"]
    there = [v for v in read(world, vials_of, lot) if v.standing in {"filled", "stored"}]
    run = world.story.do("tang", print_vial_labels, PrintVialLabels(lot))
    assert set(run.codes) == {vial.number for vial in there}
    assert run.number == lot
    assert {label.master for label in read(world, labels_in, lot)} == {"cryovial"}
    again = PrintVialLabels(lot, "cryovial-card")
    assert codes(world, "tang", print_vial_labels, again) == {"labelled"}
    turned_away(world, print_vial_labels, again, "tang", "tian")


def test_a_vial_takes_a_card_but_no_label_of_something_else(world: World) -> None:
    lot = world.lots["product"]
    for master in ("bag", "badge", "wristband", "material", "no-such"):
        wanted = PrintVialLabels(lot, master)
        with pytest.raises((Refused, Missing)):
            world.story.do("tang", print_vial_labels, wanted)
    run = world.story.do("tang", print_vial_labels, PrintVialLabels(lot, "cryovial-card"))
    assert {label.master for label in read(world, labels_in, lot)} == {"cryovial-card"}
    new = reprinted(world, run.codes[0])
    assert row(world, Label, new).master == "cryovial-card"


def test_a_sleeve_that_was_voided_goes_on_no_bag(released: Scene) -> None:
    world, cells, _ = released
    run = sleeves(world, 1)
    ended(world, run.codes[0], L.VOIDED)
    wanted = finishing.SleeveBag(cells.bag, run.codes[0], cells.bag, run.codes[0])
    assert codes(world, "tang", finishing.sleeve_bag, wanted, "tian")
    assert read(world, live_label, run.codes[0]) is None
