"""Texts that no label can carry end in words, never in an error of the program."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest

from lims.core.errors import Refused
from lims.core.quantities import Hours
from lims.labelling import actions as labelling
from lims.labelling.models import Label
from lims.labelling.queries import jobs_of
from lims.labelling.rules import JobStanding
from lims.supplies import actions as supplies
from tests.labelling.benches import job, placed, sent
from tests.support.fake_printer import fake_printer
from tests.support.scenes import read
from tests.support.worlds import World

NAMES = ["Mio agl11biach Moco lalajnWe0lhempdccdhah1  nWbmhc do", "A\nB", "Medium\n\n\n\nfor growth", "x" * 1990, "^XZ^XA~JA", "{code}{0}{x.y}", "%s\\&_5E", "  ", "\u200b",
         "人" * 300, "a\u0301" * 40, "{" * 5]  # fmt: skip


def received(world: World, name: str) -> str:
    expires = date(2028, 1, 1)
    command = supplies.ReceiveMaterial(
        name, "Bench Supplies", "S-1", expires, Hours(Decimal(20_000))
    )
    number = world.story.do("tian", supplies.receive_material, command).number
    world.story.do("quinn", supplies.accept_material, supplies.AcceptMaterial(number, "CoA 1"))
    return number


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_printed_or_refused_in_words(world: World, name: str) -> None:
    number = received(world, name)
    try:
        code = world.story.do("tang", labelling.print_label, labelling.PrintLabel(number)).code
    except Refused:
        assert read(world, lambda session: session.get(Label, number)) is None
        return
    browser = world.client("tang")
    for form in ("png", "pdf", "zpl"):
        for dpi in (203, 300, 600):
            answer = browser.get(f"/labelling/labels/{code}.{form}?dpi={dpi}")
            assert answer.status_code == 200, (form, dpi, answer.get_data(as_text=True)[-300:])


@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_a_label_that_was_issued_comes_out_of_every_printer(world: World, dpi: int) -> None:
    """What fits at 203 dots an inch by a dot must fit at 300 and 600, or not be issued at all."""
    number = received(world, NAMES[0])
    with suppress(Refused):
        code = world.story.do("tang", labelling.print_label, labelling.PrintLabel(number)).code
        with fake_printer(dpi) as printer:
            placed(world, printer)
            sent(world, code)
            assert job(world, code).standing is JobStanding.PRINTED
    issued = read(world, lambda session: session.get(Label, number))
    jobs = read(world, jobs_of, number)
    assert issued is None or [made.standing for made in jobs] == [JobStanding.PRINTED]
