"""The same dots as PNG, PDF and ZPL: the same bytes each time, no metadata, one length for all."""

import base64
import binascii
import io
import zlib
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops

from lims.labelling.masters import Sheet
from lims.labelling.render import DOTS_PER_MM

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

MM_TO_POINT: Final = 72 / 25.4
PDF_BLOCK: Final = 65_536
ZPL_BLOCK: Final = 8_192


def as_png(image: Image.Image) -> bytes:
    """The dots as PNG, not packed, so that its length tells only the label's size."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=0)
    return out.getvalue()


def as_pdf(image: Image.Image, dpi: int) -> bytes:
    """One page of the label's size, for a desk printer at 100 %."""
    scale = DOTS_PER_MM[dpi]
    width, height = (side / scale * MM_TO_POINT for side in image.size)
    out = io.BytesIO()
    canvas = _canvas(out, (width, height))
    _place(canvas, image, (0, 0), (width, height))
    canvas.showPage()
    canvas.save()
    return _padded_pdf(out.getvalue(), image.width * image.height // 8)


def as_sheets(images: Sequence[Image.Image], dpi: int, sheet: Sheet, first: int = 1) -> bytes:
    """Labels on sheets, from the `first` free label of the first sheet on."""
    scale = DOTS_PER_MM[dpi]
    page_width, page_height = (side * MM_TO_POINT for side in sheet.page)
    out = io.BytesIO()
    canvas = _canvas(out, (page_width, page_height))
    begin = first - 1
    for position, image in enumerate(images, start=begin):
        if position > begin and position % (sheet.rows * sheet.columns) == 0:
            canvas.showPage()
        width, height = (side / scale * MM_TO_POINT for side in image.size)
        left, top = sheet.place(position)
        x, y = left * MM_TO_POINT, page_height - top * MM_TO_POINT - height
        _place(canvas, image, (x, y), (width, height))
    canvas.showPage()
    canvas.save()
    return _padded_pdf(out.getvalue(), sum(i.width * i.height // 8 for i in images))


def _canvas(out: io.BytesIO, size: tuple[float, float]) -> "Canvas":
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415 -- slow, for desk printers alone

    return Canvas(out, pagesize=size, invariant=1, pageCompression=1)


def _place(
    canvas: "Canvas", image: Image.Image, at: tuple[float, float], size: tuple[float, float]
) -> None:
    """Put the dots on the page one bit each; reportlab itself would make eight of each."""
    from reportlab.pdfbase.pdfdoc import PDFImageXObject  # noqa: PLC0415 -- as above

    bits = image.tobytes()
    name = sha256(bits).hexdigest()
    dots = PDFImageXObject(name)
    dots.width, dots.height = image.size
    dots._filters = ("FlateDecode",)  # noqa: SLF001 -- what its own loaders set
    dots.streamContent = zlib.compress(bits)  # type: ignore[assignment]
    canvas._doc.addForm(name, dots)  # noqa: SLF001 -- as Canvas.drawImage does
    canvas.saveState()
    canvas.translate(*at)
    canvas.scale(*size)
    canvas.doForm(name)
    canvas.restoreState()


def _padded_pdf(pdf: bytes, dots: int) -> bytes:
    """The file with a comment before `startxref` that brings it to whole blocks.

    Packed dots are never longer than plain ones, so that a label's file has one length.
    """
    block = -(-(dots + PDF_BLOCK // 4) // PDF_BLOCK) * PDF_BLOCK
    place = pdf.rindex(b"startxref")
    missing = -(len(pdf) + 2) % block
    return pdf[:place] + b"%" + b" " * missing + b"\n" + pdf[place:]


def as_zpl(image: Image.Image) -> bytes:
    """The dots as one packed bitmap: no text of a label can become a command of the printer.

    `^GFA` with Z64: zlib, base64 and a CRC-16 (CCITT); the comment `^FX` fills it up.
    """
    black = ImageChops.invert(image.convert("L")).convert("1", dither=Image.Dither.NONE)
    row = (image.width + 7) // 8
    dots = black.tobytes()
    packed = base64.b64encode(zlib.compress(dots, 9))
    field = b":Z64:%s:%04X" % (packed, binascii.crc_hqx(packed, 0))
    head = b"^XA^CI28^PW%d^LL%d^LH0,0^LS0^FO0,0" % image.size
    graphic = b"^GFA,%d,%d,%d,%s^FS^PQ1,0,1,N" % (len(dots), len(dots), row, field)
    block = max(ZPL_BLOCK, len(dots) // 4 // 1024 * 1024)
    missing = -(len(head) + len(graphic) + 7) % block
    return head + graphic + b"^FX" + b" " * missing + b"^XZ\n"
