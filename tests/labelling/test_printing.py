"""A label on its way to a printer: each way of failing, and never two of one code."""

import pytest

from lims.labelling import actions as labelling
from lims.labelling.delivery import deliver_waiting
from lims.labelling.printing import SendLabel, send_label
from lims.labelling.rules import JobStanding
from tests.labelling.benches import NAME, a_label, job, on_paper, placed, sent
from tests.support.fake_printer import FakePrinter, Fault, fake_printer
from tests.support.scenes import codes
from tests.support.worlds import World

J = JobStanding


def test_a_label_comes_out_once_and_its_paper_reads(world: World, printer: FakePrinter) -> None:
    code = a_label(world)
    done = sent(world, code)
    assert (done.standing, done.says) == (J.PRINTED, "Printed. Scan it back.")
    assert on_paper(printer) == [{"Data Matrix": code, "Code 128": code}]
    assert codes(world, "tang", send_label, SendLabel(code, NAME)) == {"printed-already"}
    assert printer.copies == 1


@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_it_draws_at_the_resolution_of_the_printer(world: World, dpi: int) -> None:
    with fake_printer(dpi) as printer:
        placed(world, printer)
        code = a_label(world)
        assert sent(world, code).standing is J.PRINTED
        assert on_paper(printer) == [{"Data Matrix": code, "Code 128": code}]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.PAPER_OUT, "paper is out"),
        (Fault.HEAD_OPEN, "the head is open"),
        (Fault.PAUSED, "paused"),
    ],
)
def test_a_printer_in_trouble_is_sent_nothing_and_once_mended_prints_once(
    world: World, printer: FakePrinter, fault: Fault, words: str
) -> None:
    printer.fault = fault
    code = a_label(world)
    waits = sent(world, code)
    assert waits.standing is J.WAITING
    assert words in waits.says
    assert "Nothing was sent." in waits.says
    assert printer.formats == []
    assert sent(world, code).standing is J.WAITING  # still in trouble
    assert printer.formats == []
    printer.mend()
    assert sent(world, code).standing is J.PRINTED
    assert on_paper(printer) == [{"Data Matrix": code, "Code 128": code}]


def test_nothing_is_sent_where_nobody_listens(world: World) -> None:
    with fake_printer() as gone:
        placed(world, gone)
    code = a_label(world)
    waits = sent(world, code)
    assert waits.standing is J.WAITING
    assert waits.says.startswith("Not reached: ")
    assert waits.says.endswith("Nothing was sent.")
    assert waits.sent_at is None


def test_a_line_that_drops_before_the_format_leaves_the_label_waiting(
    world: World, printer: FakePrinter
) -> None:
    printer.fault = Fault.DROPS_BEFORE
    code = a_label(world)
    assert sent(world, code).standing is J.WAITING
    assert printer.formats == []
    printer.mend()
    assert sent(world, code).standing is J.PRINTED
    assert printer.copies == 1


def test_a_lost_answer_makes_no_second_copy(world: World, printer: FakePrinter) -> None:
    printer.fault = Fault.DROPS_AFTER
    code = a_label(world)
    lost = sent(world, code)
    assert lost.standing is J.UNKNOWN
    assert "The answer was lost" in lost.says
    assert "scan it back, or void it" in lost.says
    assert printer.copies == 1
    printer.mend()
    found = sent(world, code)
    assert (found.standing, found.says) == (J.PRINTED, "It had been printed. Scan it back.")
    assert printer.copies == 1


def test_a_line_that_drops_midway_prints_nothing_and_then_once(
    world: World, printer: FakePrinter
) -> None:
    printer.fault = Fault.DROPS_MIDWAY
    code = a_label(world)
    assert sent(world, code).standing is J.UNKNOWN
    assert printer.copies == 0
    printer.mend()
    assert sent(world, code).standing is J.PRINTED
    assert on_paper(printer) == [{"Data Matrix": code, "Code 128": code}]


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.GARBAGE])
def test_a_printer_that_cannot_tell_is_never_sent_a_label_twice(
    world: World, printer: FakePrinter, fault: Fault
) -> None:
    printer.fault = fault
    code = a_label(world)
    unknown = sent(world, code)
    assert unknown.standing is J.UNKNOWN
    assert "does not answer" in unknown.says
    printer.has_printed(1)  # it says nothing: nobody waited for it
    for mended in (False, True):
        if mended:
            printer.mend()
        assert sent(world, code).standing is J.UNKNOWN
        assert job(world, code).says.startswith("The printer cannot tell what it printed.")
    assert printer.copies == 1


def test_labels_of_somebody_else_leave_the_answer_open(world: World, printer: FakePrinter) -> None:
    printer.fault = Fault.JUMPS
    code = a_label(world)
    assert sent(world, code).standing is J.UNKNOWN
    printer.mend()
    again = sent(world, code)
    assert again.standing is J.UNKNOWN
    assert again.says.startswith("The printer still holds labels, or printed others.")
    assert printer.copies == 0  # nobody knows; so nothing is sent


def test_a_label_that_the_printer_keeps_for_new_paper_comes_out_once(
    world: World, printer: FakePrinter
) -> None:
    printer.before_answer = lambda _: None
    printer.fault = Fault.BUSY  # well when asked, and then its paper ends
    code = a_label(world)
    assert sent(world, code).standing is J.UNKNOWN
    printer.fault = Fault.PAPER_ENDS
    sent(world, code)
    deliver_waiting(world.site)
    printer.mend()  # the label that it kept comes out
    assert printer.copies == 1
    sent_again = job(world, code)
    if sent_again.standing is not J.PRINTED:
        sent(world, code)
    assert printer.copies == 1, "two labels of one code are on paper"


def test_scanning_back_settles_whatever_the_printer_said(
    world: World, printer: FakePrinter
) -> None:
    printer.fault = Fault.SILENT
    code = a_label(world)
    assert sent(world, code).standing is J.UNKNOWN
    world.story.do("tang", labelling.scan_back, labelling.ScanBack(code))
    assert (job(world, code).standing, job(world, code).says) == (J.PRINTED, "Scanned back.")
    assert codes(world, "tang", send_label, SendLabel(code, NAME)) >= {"label-not-issued"}
    assert printer.copies == 1
