"""A label on its way to a printer: the page answers at once and says by itself what became of it."""

from threading import Event, Thread

import pytest

from lims.labelling import zebra
from lims.labelling.delivery import deliver_waiting
from tests.browser.conftest import Place
from tests.labelling.benches import NAME, a_label, placed
from tests.support.fake_printer import fake_printer


def test_the_page_of_a_label_tells_that_it_was_printed_without_being_loaded_again(
    bench: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zebra, "ANSWER_SECONDS", 20.0)
    goes_on = Event()
    with fake_printer() as printer:
        placed(bench.world, printer)
        printer.before_answer = lambda _question: goes_on.wait(20) and None
        code = a_label(bench.world)
        path = f"/labelling/labels/{code}"
        page = bench.hands.act("tang", path, "Print here", printer=NAME)
        on_its_way = page.locator("section.list", has_text="On its way to a printer")
        on_its_way.get_by_text("waiting").wait_for()
        service = Thread(target=deliver_waiting, args=(bench.world.site,))
        service.start()
        goes_on.set()
        on_its_way.get_by_text("Printed. Scan it back.").wait_for()
        service.join()
        assert printer.copies == 1
