"""Pictures: whole, of a size that a page can show, and without what a camera wrote beside them."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from struct import error as StructError  # noqa: N812
from threading import BoundedSemaphore
from typing import Final

from PIL import Image, ImageOps

MOST_PIXELS: Final = 30_000_000  # a bomb is smaller in bytes than what it becomes
QUALITY: Final = 92
PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
ONE_BY_ONE: Final = BoundedSemaphore(1)  # of a worker's threads: each takes its size in memory
PATIENCE_SECONDS: Final = 20
FAULTS: Final = (
    OSError, ValueError, SyntaxError, StructError, LookupError, TypeError, ArithmeticError,
    Image.DecompressionBombError,
)  # fmt: skip


class NoPictureError(ValueError):
    """It is damaged, or too large to be drawn."""


def is_picture(data: bytes) -> bool:
    """Whether it begins as one that is taken."""
    return data.startswith((PNG, JPEG))


def as_it_came(data: bytes) -> bytes:
    """The very same picture, if it can be drawn; NoPictureError if not."""
    with _drawn(data):
        return data


def as_seen(data: bytes) -> bytes:
    """Only what is seen in it, the right way up: no place, time, device and no preview."""
    into = io.BytesIO()
    with _drawn(data) as picture:
        seen = ImageOps.exif_transpose(picture)
        seen.info = {n: v for n, v in seen.info.items() if n == "transparency"}
        if data.startswith(PNG):
            seen.save(into, "PNG")
        else:
            seen.save(into, "JPEG", quality=QUALITY, exif=b"", comment=b"")
    return into.getvalue()


@contextmanager
def _drawn(data: bytes) -> Iterator[Image.Image]:
    if not ONE_BY_ONE.acquire(timeout=PATIENCE_SECONDS):
        raise NoPictureError
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its size is judged here
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise NoPictureError
                picture.load()
                yield picture
    except FAULTS as error:
        raise NoPictureError from error
    finally:
        ONE_BY_ONE.release()
