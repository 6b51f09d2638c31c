"""The pictures of the scanner's self-test: each code on a card, on screen and on paper."""

from typing import Final

from PIL import Image, ImageDraw

from lims.identifiers.selftest import TestCode
from lims.identifiers.symbols import Modules, code_128, data_matrix
from lims.labelling.masters import Sheet
from lims.labelling.render import BLACK, WHITE, font

DPI: Final = 300
CARD: Final = Sheet(
    page=(210, 297), label=(90, 50), columns=2, rows=5, left=12, top=15, across=95, down=54
)
_SIZE: Final = (1062, 590)  # 90 × 50 mm at 300 dpi


def symbol_of(code: TestCode) -> Image.Image:
    """The symbol alone, with its quiet zone, large enough for any scanner."""
    bars = code.symbol == "Code 128"
    modules: Modules = (
        [code_128(code.data)]
        if bars
        else data_matrix(code.written, gs1=code.symbol.startswith("GS1"))
    )
    rows, columns = len(modules), len(modules[0])
    packed = bytes(255 * (not black) for row in modules for black in row)
    dots = 4 if bars else 9
    size = columns * dots, 140 if bars else rows * dots
    small = Image.frombytes("L", (columns, rows), packed).resize(size, Image.Resampling.NEAREST)
    quiet = 10 * dots if bars else 3 * dots
    whole = Image.new("1", (size[0] + 2 * quiet, size[1] + 2 * quiet), WHITE)
    whole.paste(small, (quiet, quiet))
    return whole


def card_of(number: int, code: TestCode) -> Image.Image:
    """A card for the printed sheet: what the code is for, and the code."""
    card = Image.new("1", _SIZE, WHITE)
    pen = ImageDraw.Draw(card)
    pen.fontmode = "1"
    pen.text((20, 10), f"{number}. {code.symbol}", fill=BLACK, font=font(True, 44))
    pen.text((20, 64), code.shows, fill=BLACK, font=font(False, 34))
    card.paste(symbol_of(code), (20, 120))
    return card
