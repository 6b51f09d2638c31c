"""What people attach: a supplier's certificate, a plot, a photo of a bag."""

import io
import random

from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from lims.attachments.actions import attach_file
from lims.attachments.keeping import AttachFile, AttachSeen
from lims.core.uploads import Upload
from lims.demonstration.story import Story
from lims.trial.attaching import attach_ward_file

PLOT = (420, 320)
PHOTO = (640, 420)


def certificate(story: Story, material: str) -> None:
    """A supplier's certificate, with the delivery that it came with."""
    into = io.BytesIO()
    page = Canvas(into, invariant=True)
    lines = ("Certificate of analysis", material, "Sterility: no growth", "Endotoxin: < 0.05 EU/mL")
    for line, text in enumerate(lines):
        page.drawString(72, 760 - 24 * line, text)
    page.save()
    _attach(story, "quinn", material, "certificate of analysis", "certificate.pdf", into.getvalue())


def flow_plot(story: Story, sample: str) -> None:
    """CD73 against CD105: one cloud, where it should be."""
    picture, dice = Image.new("RGB", PLOT, "white"), random.Random(73)  # noqa: S311 -- a picture
    draw = ImageDraw.Draw(picture)
    draw.rectangle((40, 20, PLOT[0] - 20, PLOT[1] - 40), outline="black")
    for _ in range(1500):
        x, y = dice.gauss(270, 34), dice.gauss(120, 28)
        draw.point((x, y), fill="navy")
    draw.text((180, PLOT[1] - 30), "CD73 PE-Cy7", fill="black")
    draw.text((44, 4), "CD105 PE", fill="black")
    _attach(story, "ana", sample, "CD73 against CD105", "cd73-cd105.png", _saved(picture, "PNG"))


def photo(story: Story, bag: str) -> None:
    """A nurse's photo of a bag as it came."""
    picture = Image.new("RGB", PHOTO, "#d9e2e6")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((180, 60, 460, 350), 30, fill="#b98a2e", outline="#6b4e17", width=4)
    draw.rectangle((225, 120, 415, 250), fill="white")
    for port in (260, 320, 380):
        draw.rectangle((port - 8, 350, port + 8, 395), fill="#f4f4f4", outline="#888888")
    data = _saved(picture, "JPEG")
    seen = AttachSeen(bag, "the bag's seal on arrival", Upload("seal.jpg", data))
    story.do("nora", attach_ward_file, seen)


def _saved(picture: Image.Image, form: str) -> bytes:
    into = io.BytesIO()
    picture.save(into, form)
    return into.getvalue()


def _attach(story: Story, who: str, about: str, what: str, name: str, data: bytes) -> None:
    story.do(who, attach_file, AttachFile(about, what, Upload(name, data)))
