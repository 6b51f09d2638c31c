"""A label, a printer, and the way from one to the other."""

import io
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from lims.demonstration import making
from lims.identifiers.symbols import read_back
from lims.labelling import actions as labelling
from lims.labelling.delivery import deliver_waiting
from lims.labelling.printing import SendLabel, send_label
from lims.labelling.queries import JobFacts, jobs_of
from lims.labelling.rules import PrinterSide
from lims.stations.actions import SetPrinter, set_printer
from tests.support.fake_printer import FakePrinter
from tests.support.scenes import read
from tests.support.worlds import World

NAME = "Bench"


def placed(world: World, printer: FakePrinter, **other: Any) -> None:
    """Tell Funis of the printer, or that it stands elsewhere now."""
    given = {"side": PrinterSide.LAB, "dpi": printer.dpi, "port": printer.port, **other}
    world.story.do("ada", set_printer, SetPrinter(name=NAME, host="127.0.0.1", **given))


def a_label(world: World) -> str:
    """A material's first label, issued and on no paper yet."""
    number = making.a_material(world.story, "Medium with platelet lysate")
    return world.story.do("tang", labelling.print_label, labelling.PrintLabel(number)).code


def sent(world: World, code: str) -> JobFacts:
    """The button "Print here", a round of `lims print`, and what became of the label."""
    world.story.do("tang", send_label, SendLabel(code, NAME))
    deliver_waiting(world.site)
    return job(world, code)


def job(world: World, code: str) -> JobFacts:
    """The newest way of a label to a printer."""
    return read(world, jobs_of, code)[0]


def on_paper(printer: FakePrinter) -> list[dict[str, str]]:
    """What a scanner reads on each label that came out."""
    found = []
    for png in printer.paper:
        with Image.open(io.BytesIO(png)) as picture:
            found.append(read_back(picture))
    return found


def with_own_labels(world: World, folder: Path) -> Path:
    """A labels folder that this world alone has, to be changed."""
    own = folder / "labels"
    shutil.copytree(world.site.settings.labels_folder, own)
    world.site.settings = replace(world.site.settings, labels_folder=own)
    return own
