"""Draws a label once, as dots at the printer's resolution; PDF and PNG carry those same dots.

The renderer is given the master and the fields, and nothing else: it cannot know an arm.
A label that its own decoder cannot read never leaves this module.
"""

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.identifiers.symbols import code_128, data_matrix, read_back
from lims.labelling.masters import Master, SymbolField, TextField

FONTS: Final = Path(__file__).resolve().parent.parent / "static" / "vendor" / "fonts"
RESOLUTIONS: Final = (203, 300, 600)
DOTS_PER_MM: Final = {203: 8, 300: 300 / 25.4, 600: 600 / 25.4}
MM_TO_POINT: Final = 72 / 25.4
PDF_BLOCK: Final = 65_536  # every label's file is padded to a multiple: its size says nothing
WHITE, BLACK = 1, 0


def draw(master: Master, fields: Mapping[str, str], dpi: int) -> Image.Image:
    """The label as black and white dots, decoded once more before it is given out."""
    scale = DOTS_PER_MM[dpi]
    image = Image.new("1", (round(master.width * scale), round(master.height * scale)), WHITE)
    pen = ImageDraw.Draw(image)
    known = {name: fields[name] for name in master.fields}
    for text in master.texts:
        _write(pen, text, known, scale)
    _matrix(pen, master.data_matrix, known, scale)
    if master.code_128 is not None:
        _bars(pen, master.code_128, known, scale)
    _must_read(image, master, known)
    return image


def _write(
    pen: ImageDraw.ImageDraw, text: TextField, known: Mapping[str, str], scale: float
) -> None:
    font = _font(text.bold, round(text.size * scale))
    pen.fontmode = "1"
    at = (round(text.x * scale), round(text.y * scale))
    pen.text(at, text.text.format_map(known), fill=BLACK, font=font)


@cache
def _font(bold: bool, size: int) -> ImageFont.FreeTypeFont:  # noqa: FBT001 -- cache key
    return ImageFont.truetype(FONTS / f"NotoSansSC-{'Bold' if bold else 'Regular'}.ttf", size)


def _whole_dots(module: float, scale: float) -> int:
    """A module is a whole number of dots, or bars come out unequal and do not scan."""
    return max(1, round(module * scale))


def _matrix(
    pen: ImageDraw.ImageDraw, field: SymbolField, known: Mapping[str, str], scale: float
) -> None:
    dots = _whole_dots(field.module, scale)
    left, top = round(field.x * scale), round(field.y * scale)
    for row, modules in enumerate(data_matrix(field.value.format_map(known))):
        for column, black in enumerate(modules):
            if black:
                x, y = left + column * dots, top + row * dots
                pen.rectangle((x, y, x + dots - 1, y + dots - 1), fill=BLACK)


def _bars(
    pen: ImageDraw.ImageDraw, field: SymbolField, known: Mapping[str, str], scale: float
) -> None:
    dots = _whole_dots(field.module, scale)
    left, top = round(field.x * scale), round(field.y * scale)
    bottom = top + round(field.height * scale) - 1
    for column, black in enumerate(code_128(field.value.format_map(known))):
        if black:
            x = left + column * dots
            pen.rectangle((x, top, x + dots - 1, bottom), fill=BLACK)


def _must_read(image: Image.Image, master: Master, known: Mapping[str, str]) -> None:
    read = read_back(image)
    wanted = {"Data Matrix": master.data_matrix.value.format_map(known)}
    if master.code_128 is not None:
        wanted["Code 128"] = master.code_128.value.format_map(known)
    wrong = [name for name, code in wanted.items() if read.get(name) != code]
    if wrong:
        sentence = f"The label's {' and '.join(wrong)} cannot be read back; it is not printed."
        raise Refused(sentence, [Reason("label-unreadable", sentence)])


def as_png(image: Image.Image) -> bytes:
    """The dots as PNG, without any metadata."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def as_pdf(images: list[Image.Image], dpi: int) -> bytes:
    """One page for each label, the dots as they are; the same bytes each time."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1, pageCompression=1)
    for image in images:
        scale = DOTS_PER_MM[dpi]
        width = image.width / scale * MM_TO_POINT
        height = image.height / scale * MM_TO_POINT
        canvas.setPageSize((width, height))
        canvas.drawImage(ImageReader(image.convert("L")), 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return padded(out.getvalue())


def padded(pdf: bytes) -> bytes:
    """The file with a comment before `startxref` that brings it to a whole block."""
    place = pdf.rindex(b"startxref")
    missing = -(len(pdf) + 2) % PDF_BLOCK
    return pdf[:place] + b"%" + b" " * missing + b"\n" + pdf[place:]
