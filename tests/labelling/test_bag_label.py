"""The bag's label as it comes out of the printer, in both arms."""

import json

import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageChops

from lims.blinding.rules import Arm
from lims.demonstration import treating
from lims.filling.queries import fill
from lims.identifiers.symbols import read_back
from lims.labelling.actions import ReprintLabel, reprint_label
from lims.labelling.masters import load_master
from lims.labelling.queries import live_label
from lims.labelling.render import draw
from tests.support.worlds import World

OWN = {"code", "number", "treatment", "expires"}  # the expiry follows the slot, not the arm


@pytest.fixture
def labels(world: World) -> dict[str, dict[str, str]]:
    """The printed fields of a bag of each arm, by arm."""
    assert world.stores is not None
    treating.at_eight(world.story)
    orders = [treating.ordered(world.story, one, 1, "70.0") for one in world.participants]
    session = treating.opened_session(world.story, world.stores)
    babies = treating.prepared(world.story, session, orders)
    found = {}
    for baby in babies:  # printed anew: the files are there until it is scanned back
        world.story.do("tang", reprint_label, ReprintLabel(baby.bag, "smeared"), "tian")
    with world.site.reading() as reading:
        for baby in babies:
            row = live_label(reading, baby.bag)
            assert row is not None
            found[fill(reading, baby.bag).content] = json.loads(row.fields)
    return found


def pdf_of(world: World, code: str, dpi: int) -> bytes:
    answer = world.client("tang").get(f"/labelling/labels/{code}.pdf?dpi={dpi}")
    assert answer.status_code == 200
    return answer.data


@pytest.mark.parametrize("printer", [203, 300, 600])
@pytest.mark.parametrize("raster", [203, 300])
def test_both_symbols_of_both_arms_decode_to_the_bag_number(
    world: World, labels: dict[str, dict[str, str]], printer: int, raster: int
) -> None:
    assert set(labels) == {Arm.CELLS, Arm.VEHICLE}
    for fields in labels.values():
        page = pdfium.PdfDocument(pdf_of(world, fields["code"], printer))[0]
        picture = page.render(scale=raster / 72).to_pil()

        assert read_back(picture) == {
            "Data Matrix": fields["code"],
            "Code 128": fields["code"],
        }


def test_the_files_of_both_arms_are_equally_long_and_say_nothing_else(
    world: World, labels: dict[str, dict[str, str]]
) -> None:
    cells, vehicle = labels[Arm.CELLS], labels[Arm.VEHICLE]
    files = [pdf_of(world, fields["code"], 300) for fields in (cells, vehicle)]

    assert {name for name in cells if cells[name] != vehicle[name]} <= OWN
    assert len(files[0]) == len(files[1])
    for file in files:
        assert b"Title (untitled)" in file or b"/Title" not in file
        for word in (b"cells", b"vehicle", b"placebo", b"CreationDate (D:2026"):
            assert word not in file


def test_the_dots_differ_only_where_number_and_symbols_are(
    world: World, labels: dict[str, dict[str, str]]
) -> None:
    master = load_master(world.site.settings.labels_folder, "bag", 2)
    cells = labels[Arm.CELLS]
    vehicle = {
        **cells,
        "code": labels[Arm.VEHICLE]["code"],
        "number": labels[Arm.VEHICLE]["number"],
    }
    pictures = [draw(master, fields, 203).convert("L") for fields in (cells, vehicle)]
    box = ImageChops.difference(*pictures).getbbox()
    assert box is not None
    for left, top, right, bottom in ((60, 19, 100, 56), (5, 63, 100, 80)):  # mm: matrix, bars
        white = Image.new("L", (8 * (right - left), 8 * (bottom - top)), 255)
        for picture in pictures:
            picture.paste(white, (8 * left, 8 * top))

    assert ImageChops.difference(*pictures).getbbox() is None
