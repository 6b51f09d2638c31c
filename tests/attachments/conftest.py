"""Files as people have them: a certificate, a photo from a tablet, a table of an instrument."""

import io

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from tests.support.scene_fixtures import received, released  # noqa: F401 -- fixtures

PLACE = b"31.2304 N"


def pdf_of(text: str) -> bytes:
    into = io.BytesIO()
    page = Canvas(into)
    page.drawString(72, 720, text)
    page.save()
    return into.getvalue()


def photo_of(colour: str, *, turned: bool = False) -> bytes:
    """A photo with what a camera writes beside it: device, time and place."""
    picture = Image.new("RGB", (64, 32), colour)
    picture.paste("black", (0, 0, 8, 8))
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "Tablet 7", "2026:01:05 09:30:00"
    exif[0x0112] = 6 if turned else 1
    exif.get_ifd(0x8825)[1] = PLACE.decode()
    into = io.BytesIO()
    picture.save(into, "JPEG", exif=exif)
    return into.getvalue()


TABLE = "Time;Temperature (°C)\r\n09:30;-80,1\r\n09:40;-79,8\r\n".encode()


@pytest.fixture
def certificate() -> bytes:
    """A supplier's certificate."""
    return pdf_of("Certificate of analysis")
