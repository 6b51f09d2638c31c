"""Several people, printers and batches: what waits, where it may come out, and only once."""

from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from sqlalchemy import func, select

from lims.core.errors import Missing, Refused
from lims.demonstration import making
from lims.demonstration.cast import PASSWORD
from lims.labelling import actions as labelling
from lims.labelling import delivery, zebra
from lims.labelling.delivery import deliver_waiting
from lims.labelling.printing import SendBatch, SendLabel, send_batch, send_label
from lims.labelling.queries import JobFacts, batch
from lims.labelling.rules import JobStanding, PrinterSide
from lims.stations.actions import SetPrinter, set_printer
from lims.trial.labels import send_ward_label
from lims.trust.actions import Request, perform
from lims.trust.identity.people import PROGRAM
from lims.trust.installation import Site
from lims.trust.trail.entries import TrailEntry
from tests.labelling.benches import NAME, a_label, job, on_paper, placed, sent, with_own_labels
from tests.labelling.pages import post
from tests.support.fake_printer import FakePrinter, Fault, until
from tests.support.scenes import codes, read
from tests.support.worlds import World

J = JobStanding


def trail_length(world: World) -> int:
    with world.site.reading() as session:
        return session.scalar(select(func.count()).select_from(TrailEntry)) or 0


def test_two_people_who_send_one_label_at_once_get_one_copy(
    world: World, printer: FakePrinter
) -> None:
    printer.fault = Fault.PAPER_OUT
    code = a_label(world)
    assert sent(world, code).standing is J.WAITING
    printer.mend()
    meet = Barrier(2)

    def both(question: bytes) -> None:  # both have read that it waits before either sends
        if question.startswith(b"~HS"):
            try:
                meet.wait(1.5)
            except BrokenBarrierError:
                return

    printer.before_answer = both
    zebra.ANSWER_SECONDS, zebra.PRINT_SECONDS = 5.0, 1.0  # put back by the fixture
    timers = [Thread(target=deliver_waiting, args=(world.site,)) for _ in range(2)]
    for timer in timers:
        timer.start()
    for timer in timers:
        timer.join()
    assert printer.copies == 1


def test_asking_while_the_printer_is_at_it_makes_no_second_copy(
    world: World, printer: FakePrinter
) -> None:
    printer.fault = Fault.BUSY
    zebra.PRINT_SECONDS = 5.0  # put back by the fixture
    code = a_label(world)
    first = Thread(target=sent, args=(world, code))
    first.start()
    until(lambda: len(printer.formats) == 1)
    zebra.PRINT_SECONDS = 0.5
    sent(world, code)  # somebody presses the button again
    printer.mend()
    first.join()
    assert printer.copies == 1


def test_a_printer_of_the_ward_takes_no_label_of_the_laboratory(
    world: World, printer: FakePrinter
) -> None:
    code = a_label(world)
    placed(world, printer, side=PrinterSide.WARD)
    wanted = SendLabel(code, NAME)
    with pytest.raises(Missing):
        world.story.do("tang", send_label, wanted)
    with pytest.raises(Missing):
        world.story.do("nora", send_ward_label, wanted)
    band = SendLabel(world.participants[0], NAME)
    with pytest.raises(Missing):
        world.story.do("tang", send_label, band)
    assert printer.formats == []


def test_a_waiting_label_follows_no_printer_that_moved_to_the_ward(
    world: World, printer: FakePrinter
) -> None:
    printer.fault = Fault.PAPER_OUT
    code = a_label(world)
    assert sent(world, code).standing is J.WAITING
    printer.mend()
    placed(world, printer, side=PrinterSide.WARD)
    deliver_waiting(world.site)
    assert printer.copies == 0


def test_a_printer_out_of_service_prints_nothing_that_waited(
    world: World, printer: FakePrinter
) -> None:
    printer.fault = Fault.PAPER_OUT
    code = a_label(world)
    sent(world, code)
    printer.mend()
    placed(world, printer, in_service=False)
    with pytest.raises(Missing):
        world.story.do("tang", send_label, SendLabel(code, NAME))
    deliver_waiting(world.site)
    assert printer.copies == 0


@pytest.mark.parametrize("end", ["void", "reprint"])
def test_a_label_that_died_while_it_waited_does_not_come_out(
    world: World, printer: FakePrinter, end: str
) -> None:
    printer.fault = Fault.PAPER_OUT
    code = a_label(world)
    sent(world, code)
    if end == "void":
        ending = labelling.EndLabel(code, "never came out")
        world.story.do("tang", labelling.void_label, ending, "tian")
    else:
        again = labelling.ReprintLabel(code, "never came out")
        world.story.do("tang", labelling.reprint_label, again, "tian")
    printer.mend()
    deliver_waiting(world.site)
    assert on_paper(printer) == []
    assert job(world, code).standing is not J.PRINTED


def test_what_waits_is_delivered_once_when_the_printer_is_mended(
    world: World, printer: FakePrinter
) -> None:
    printer.fault = Fault.PAUSED
    labels = [a_label(world) for _ in range(3)]
    for code in labels:
        sent(world, code)
    assert {made.standing for made in deliver_waiting(world.site)} == {J.WAITING}
    printer.mend()
    assert [made.label for made in deliver_waiting(world.site)] == labels
    assert deliver_waiting(world.site) == []
    assert [found["Data Matrix"] for found in on_paper(printer)] == labels


def test_a_new_label_comes_out_at_the_printer_of_ones_own_station(
    world: World, printer: FakePrinter
) -> None:
    placed(world, printer, station="Prep room")
    number = making.a_material(world.story, "Saline 0.9 %")
    browser = world.app().test_client()
    entry = {"login": "tang", "password": PASSWORD, "station": "Prep room"}
    assert browser.post("/login", data=entry).status_code == 303
    answer = post(browser, "labelling/print-label", number=number)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    deliver_waiting(world.site)
    assert on_paper(printer) == [{"Data Matrix": number, "Code 128": number}]
    assert job(world, number).standing is J.PRINTED


def test_a_batch_comes_out_in_order_and_only_once(world: World, printer: FakePrinter) -> None:
    run = world.story.do("tang", labelling.make_sleeves, labelling.MakeSleeves(4))
    world.story.do("tang", send_batch, SendBatch(run.number, NAME))
    deliver_waiting(world.site)
    assert [found["Data Matrix"] for found in on_paper(printer)] == sorted(run.codes)
    wanted = SendBatch(run.number, NAME)
    assert codes(world, "tang", send_batch, wanted) == {"nothing-to-print"}
    assert printer.copies == 4


def test_a_batch_stops_at_the_first_trouble_and_goes_on_later(
    world: World, printer: FakePrinter
) -> None:
    run = world.story.do("tang", labelling.make_sleeves, labelling.MakeSleeves(4))

    def paper_ends(_question: bytes) -> None:
        if printer.copies == 2:
            printer.fault = Fault.PAPER_OUT

    printer.before_answer = paper_ends
    world.story.do("tang", send_batch, SendBatch(run.number, NAME))
    deliver_waiting(world.site)
    assert printer.copies == 2
    asked = len(printer.questions)
    printer.before_answer = lambda _: None
    printer.mend()
    deliver_waiting(world.site)
    assert len(printer.questions) > asked
    found = [label["Data Matrix"] for label in on_paper(printer)]
    assert sorted(found) == sorted(read(world, batch, run.number).codes)


def test_a_label_whose_master_is_gone_does_not_hold_up_the_others(
    world: World, printer: FakePrinter, tmp_path: Path
) -> None:
    own = with_own_labels(world, tmp_path)
    printer.fault = Fault.PAPER_OUT
    run = world.story.do("tang", labelling.make_sleeves, labelling.MakeSleeves(1))
    sent(world, run.codes[0])
    code = a_label(world)
    sent(world, code)
    (own / "sleeve" / "1.toml").unlink()
    printer.mend()
    with suppress(Missing, Refused):
        deliver_waiting(world.site)
    assert [found["Data Matrix"] for found in on_paper(printer)] == [code]


@pytest.mark.parametrize("host", ["printer..lab", "x" * 64, "nobody.invalid"])
def test_an_address_that_leads_nowhere_leaves_the_label_waiting(world: World, host: str) -> None:
    code = a_label(world)
    printer = SetPrinter(NAME, PrinterSide.LAB, host, 203)
    try:
        world.story.do("ada", set_printer, printer)
    except Refused:
        return  # better still
    assert sent(world, code).standing is J.WAITING
    assert "Nothing was sent." in job(world, code).says


def test_a_printer_that_is_busy_is_not_flooded_with_questions(
    world: World, printer: FakePrinter
) -> None:
    printer.fault = Fault.BUSY
    code = a_label(world)
    assert sent(world, code).standing is J.UNKNOWN
    assert len(printer.questions) < 100


def test_two_labels_that_are_on_paper_count_as_what_they_are(
    world: World, printer: FakePrinter
) -> None:
    """Two labels on their way to one printer at once: each counts its own."""
    first, second = a_label(world), a_label(world)
    threads = [Thread(target=sent, args=(world, code)) for code in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliver_waiting(world.site)  # what had to wait for the other
    assert sorted(found["Data Matrix"] for found in on_paper(printer)) == sorted((first, second))
    assert {job(world, code).standing for code in (first, second)} == {J.PRINTED}


def test_no_request_waits_for_a_printer(world: World, printer: FakePrinter) -> None:
    """The label is noted; `lims print` brings it, and what became of it is kept by itself."""
    code = a_label(world)
    world.story.do("tang", send_label, SendLabel(code, NAME))
    assert job(world, code).standing is J.WAITING
    assert (printer.questions, printer.formats) == ([], [])
    deliver_waiting(world.site)
    assert job(world, code).standing is J.PRINTED
    assert printer.copies == 1


def test_a_round_that_fails_ends_no_other(
    world: World,
    printer: FakePrinter,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rounds = iter([ZeroDivisionError, None, KeyboardInterrupt])

    def fails_first(site: Site) -> list[JobFacts]:
        if trouble := next(rounds):
            raise trouble
        return deliver_waiting(site)

    code = a_label(world)
    world.story.do("tang", send_label, SendLabel(code, NAME))
    monkeypatch.setattr(delivery, "deliver_waiting", fails_first)
    with pytest.raises(KeyboardInterrupt):
        delivery.keep_delivering(world.site, every=0)
    assert "a round of printing failed" in caplog.text
    assert job(world, code).standing is J.PRINTED
    assert printer.copies == 1


def test_what_is_tried_again_and_again_fills_no_trail(world: World, printer: FakePrinter) -> None:
    printer.fault = Fault.PAPER_OUT
    code = a_label(world)
    assert sent(world, code).standing is J.WAITING
    before = trail_length(world)
    for _ in range(3):
        deliver_waiting(world.site)
    assert trail_length(world) == before


def test_a_printer_in_trouble_holds_up_no_other(world: World, printer: FakePrinter) -> None:
    world.story.do("ada", set_printer, SetPrinter("Gone", PrinterSide.LAB, "127.0.0.1", 203, 9))
    first, second = a_label(world), a_label(world)
    world.story.do("tang", send_label, SendLabel(first, "Gone"))
    assert sent(world, second).standing is J.PRINTED
    assert job(world, first).standing is J.WAITING


def test_whose_answer_was_lost_is_asked_after_when_somebody_wants_to_know(
    world: World, printer: FakePrinter
) -> None:
    printer.fault = Fault.BUSY
    code = a_label(world)
    assert sent(world, code).standing is J.UNKNOWN
    printer.mend()
    deliver_waiting(world.site)
    assert job(world, code).standing is J.UNKNOWN  # nobody has asked
    world.story.do("tang", send_label, SendLabel(code, NAME))
    assert job(world, code).standing is J.ASKED
    deliver_waiting(world.site)
    assert (job(world, code).standing, printer.copies) == (J.PRINTED, 1)


def test_a_label_waits_for_what_the_printer_still_has_to_print(
    world: World, printer: FakePrinter
) -> None:
    """Else the odometer would count the one before as this one."""
    printer.fault = Fault.BUSY
    first, second = a_label(world), a_label(world)
    assert sent(world, first).standing is J.UNKNOWN
    assert sent(world, second).standing is J.WAITING
    assert len(printer.formats) == 1
    printer.mend()
    deliver_waiting(world.site)
    assert job(world, second).standing is J.PRINTED
    assert printer.copies == 2


def test_whoever_was_at_it_is_gone_and_the_next_round_finds_out(
    world: World, printer: FakePrinter
) -> None:
    code = a_label(world)
    world.story.do("tang", send_label, SendLabel(code, NAME))
    noted = delivery.NoteJob(job(world, code).id, J.SENDING, "", counted=printer.count)
    perform(world.site, delivery.note_job, noted, Request(PROGRAM))  # and the power fails
    deliver_waiting(world.site)
    assert job(world, code).standing is J.SENDING  # it may still be at it
    world.story.wait(minutes=2)
    deliver_waiting(world.site)
    assert (job(world, code).standing, printer.copies) == (J.PRINTED, 1)


def test_the_page_says_when_nobody_brings_labels_to_the_printer(
    world: World, printer: FakePrinter
) -> None:
    code = a_label(world)
    world.story.do("tang", send_label, SendLabel(code, NAME))
    page = world.client("tang").get(f"/labelling/labels/{code}").get_data(as_text=True)
    assert "print service" not in page
    world.story.wait(minutes=2)
    page = world.client("tang").get(f"/labelling/labels/{code}").get_data(as_text=True)
    assert "print service may not be running" in page
