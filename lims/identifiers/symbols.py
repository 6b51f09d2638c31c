"""A number as Data Matrix and Code 128: modules as rows of booleans, and read back again."""

from typing import Any, cast

import zxingcpp
from barcode.codex import Code128
from PIL import Image

Modules = list[list[bool]]


class _Code128(Code128):
    """python-barcode loses a leading "99" (its issue 251): fold only the set switches."""

    def _try_to_optimize(self, encoded: list[int]) -> list[int]:
        start = {100: 104, 101: 103}.get(encoded[1])
        return encoded if start is None else [start, *encoded[2:]]


def data_matrix(text: str, *, gs1: bool = False) -> Modules:
    """A square Data Matrix ECC 200 without quiet zone; `gs1` writes FNC1 for GS1 codes."""
    symbol = zxingcpp.create_barcode(
        text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True, gs1=gs1
    )
    image: Any = symbol.to_image(scale=1, add_quiet_zones=False)
    return [
        [value < 128 for value in row]
        for row in cast("list[list[int]]", memoryview(image).tolist())
    ]


def code_128(text: str) -> list[bool]:
    """The modules of a Code 128 from its first to its last bar, without quiet zone."""
    (modules,) = _Code128(text).build()
    return [module == "1" for module in modules]


_OURS: Any = [zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.Code128]


def read_back(image: Image.Image) -> dict[str, str]:
    """What a decoder reads in a picture, by symbology: straight on, or with every effort."""
    grey = image.convert("L")
    for effort in (False, True):
        found = zxingcpp.read_barcodes(
            grey, formats=_OURS, try_rotate=effort, try_downscale=effort, try_invert=effort
        )
        if found:
            return {str(code.format): code.text for code in found}
    return {}
