"""What goes to printers is the bitmap and nothing else: an independent emulator says so."""

import re

import pypdfium2 as pdfium
import pytest
import zplkit.parse
from PIL import Image, ImageChops

from lims.identifiers.symbols import read_back
from lims.labelling.masters import Master, load_sheets
from lims.labelling.output import as_pdf, as_sheets, as_zpl
from lims.labelling.render import DOTS_PER_MM, draw
from tests.labelling.drawings import EVERY, LABELS, NAMES, first, master_of, numbered, reprinted
from tests.support.fake_printer import render

every = pytest.mark.parametrize(("master", "dpi"), EVERY, ids=NAMES)
HOSTILE = [
    "^XZ^XA~JA^PQ99",
    "~JR^FS^XZ",
    "_5EXA _7EJA",
    "a\\&b\\\\",
    "人脐带^XZ间充质~JA",
    ">:>5>6^FD>;",
    "CT~~CD,~CC^",
    '! U1 setvar "a"',
    "${^DFR:X.GRF}%-:Z64:",
]  # fmt: skip


def same(left: Image.Image, right: Image.Image) -> bool:
    if left.size != right.size:
        return False
    return ImageChops.difference(left.convert("L"), right.convert("L")).getbbox() is None


@every
def test_the_emulator_prints_our_dots_exactly(master: Master, dpi: int) -> None:
    image = draw(master, reprinted(master), dpi)
    assert same(render(as_zpl(image), dpi), image)


@every
def test_the_pdf_shows_the_same_dots(master: Master, dpi: int) -> None:
    image = draw(master, reprinted(master), dpi)
    document = pdfium.PdfDocument(as_pdf(image, dpi))
    try:
        (page,) = document
        scale = DOTS_PER_MM[dpi] * 25.4 / 72
        bitmap = page.render(scale=scale, no_smoothimage=True)
        shown = bitmap.to_pil().convert("L")
        bitmap.close()
        pictures = [one.get_bitmap().to_pil() for one in page.get_objects()]
    finally:
        document.close()
    assert len(pictures) == 1
    assert same(pictures[0], image)
    assert abs(shown.width - image.width) <= 1
    assert abs(shown.height - image.height) <= 1
    assert read_back(shown) == read_back(image)


@pytest.mark.parametrize("name", ["A4, 3 × 8 labels of 70 × 37", "A4, 4 × 10 labels of 50 × 27"])
def test_a_sheet_shows_the_same_dots_on_every_label(name: str) -> None:
    sheet = load_sheets(LABELS)[name]
    master = master_of("flask" if "70" in name else "cryovial-card")
    per_page = sheet.rows * sheet.columns
    images = [draw(master, numbered(master, seed), 300) for seed in range(per_page + 2)]
    document = pdfium.PdfDocument(as_sheets(images, 300, sheet, first=2))
    try:
        pages = [[one.get_bitmap().to_pil() for one in page.get_objects()] for page in document]
    finally:
        document.close()
    assert [len(page) for page in pages] == [per_page - 1, 3]
    shown = [one for page in pages for one in page]
    assert all(same(one, image) for one, image in zip(shown, images, strict=True))


@every
def test_no_text_of_a_label_stands_in_its_zpl(master: Master, dpi: int) -> None:
    fields = reprinted(master)
    zpl = as_zpl(draw(master, fields, dpi))
    packed = re.sub(rb":Z64:[A-Za-z0-9+/=]*:[0-9A-F]{4}", b"", zpl)
    texts = [*fields.values(), *(part for t in master.texts for part in (t.en, t.zh))]
    for text in texts:
        if len(text) > 3:
            assert text.encode() not in packed
    assert re.fullmatch(rb"[\x20-\x7e]*\n", packed)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["material", "location", "badge"])
def test_no_text_can_become_a_command(name: str, text: str) -> None:
    master = master_of(name)
    own = next(iter(sorted(master.fields)))
    fields = {**first(master), own: text}
    zpl = as_zpl(draw(master, fields, 203))
    assert zpl.count(b"^XA") == 1
    assert zpl.count(b"^XZ") == 1
    assert zpl.startswith(b"^XA")
    assert zpl.endswith(b"^XZ\n")
    assert zpl.count(b"~") == 0
    commands = [
        e.data[:3] for e in zplkit.parse.parse(zpl).elements if e.kind != "control_character"
    ]
    assert commands == [
        b"^XA", b"^CI", b"^PW", b"^LL", b"^LH", b"^LS", b"^FO", b"^GF", b"^FS", b"^PQ", b"^FX",
        b"^XZ",
    ]  # fmt: skip
    assert same(render(zpl, 203), draw(master, fields, 203))


@every
def test_it_asks_for_one_copy(master: Master, dpi: int) -> None:
    zpl = as_zpl(draw(master, first(master), dpi))
    assert re.findall(rb"\^PQ(\d+)", zpl) == [b"1"]
