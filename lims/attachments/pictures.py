"""Pictures: whole, of a size that a page can show, and without what a camera wrote beside them."""

import io
import warnings
from typing import Final

from PIL import Image, ImageOps

from lims.attachments.rules import FileKind

MOST_PIXELS: Final = 60_000_000  # a bomb is smaller in bytes than what it becomes
QUALITY: Final = 92


def is_whole(data: bytes) -> bool:
    """Whether it can be drawn, and is not too large for that."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its size is judged here
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return False
                picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    return True


def as_seen(data: bytes, kind: FileKind) -> bytes:
    """The same picture without place, time and device: only what is seen in it, the right way up."""
    with Image.open(io.BytesIO(data)) as opened:
        picture = ImageOps.exif_transpose(opened)
    clean = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    if picture.mode == "P" and (palette := picture.getpalette()):
        clean.putpalette(palette)
    into = io.BytesIO()
    if kind is FileKind.PNG:
        clean.save(into, "PNG")
    else:
        clean.save(into, "JPEG", quality=QUALITY)
    return into.getvalue()
