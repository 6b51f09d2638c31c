"""P8 and decode rates: how fast labels are drawn and read back, and how well photographs read."""

import io
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from statistics import median
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image, ImageFilter
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from lims.core.chance import SeededChance
from lims.identifiers.numbers import label_code, random_number
from lims.identifiers.symbols import code_128, data_matrix
from lims.labelling import render
from lims.labelling.approving import sample_of
from lims.labelling.masters import Master, load_master, masters_in
from lims.labelling.output import as_pdf
from lims.labelling.render import DOTS_PER_MM, FONTS, RESOLUTIONS, draw
from lims.settings import Settings

try:  # libzbar is a system library; the bench says when it is not there
    from pyzbar import pyzbar
except ImportError:
    pyzbar = None
import arbez_dmtx

LABELS = 200
PIXELS = 12  # of the photograph, per mm: a scanner's or a phone's usual sharpness
MARGIN = 2.5  # mm of label round the symbol that the photograph shows
ROUNDS = 5
TUBE = 12.5  # mm
# libdmtx searches until it is told to stop, in ms; where it hardly ever reads, soon.
HARD = {"dead print dots": 150, "curved 12.5 mm": 150}
Picture = Image.Image


def masters() -> list[Master]:
    """The newest version of every master."""
    folder = Settings().labels_folder
    newest = dict(masters_in(folder))
    return [load_master(folder, name, version) for name, version in sorted(newest.items())]


def filled(master: Master, count: int) -> Iterator[dict[str, str]]:
    """So many labels of a master, one in four a reprint."""
    chance = SeededChance(f"bench {master.name}")
    made = 0
    while made < count:
        number = random_number(master.kinds[0], chance)
        code = label_code(number, 2 if made % 4 == 3 else 1)
        if code:
            made += 1
            yield {**sample_of(master), "number": number, "code": code}


def speed(master: Master) -> dict[str, Any]:
    """Our label, drawn, decoded and made a PDF, against reportlab that only draws."""
    every = list(filled(master, ROUNDS * 120))  # no number twice: its text is not drawn yet
    ours, floor, drawn = [], [], []
    for turn in range(ROUNDS):
        fields, others = every[turn * 120 :][:60], every[turn * 120 + 60 :][:60]
        begin = time.perf_counter()
        for one in fields:
            as_pdf(draw(master, one, 203), 203)
        ours.append(len(fields) / (time.perf_counter() - begin))
        begin = time.perf_counter()
        for one in others:
            draw(master, one, 203)
        drawn.append(len(fields) / (time.perf_counter() - begin))
        begin = time.perf_counter()
        for one in fields:
            _by_reportlab(master, one)
        floor.append(len(fields) / (time.perf_counter() - begin))
    ratio = median(o / f for o, f in zip(ours, floor, strict=True))
    return {
        "pdf_per_second": round(median(ours), 1),
        "drawn_and_decoded_per_second": round(median(drawn), 1),
        "reportlab_per_second": round(median(floor), 1),
        "ratio": round(ratio, 2),
        "goal": 0.5,
        "met": ratio >= 0.5,
    }


def _by_reportlab(master: Master, fields: dict[str, str]) -> bytes:
    """The same label as vectors and text by reportlab alone, nothing decoded."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(master.width * mm, master.height * mm), invariant=1)
    for text in master.texts:
        canvas.setFont("Bold" if text.bold else "Regular", text.size * mm)
        words = text.words(("en", "zh")).format_map(fields)
        canvas.drawString(text.x * mm, (master.height - text.y - text.size) * mm, words)
    for symbol in (master.data_matrix, master.code_128):
        if symbol is None:
            continue
        value = symbol.value.format_map(fields)
        rows = [code_128(value)] if symbol.height else data_matrix(value)
        tall = symbol.height or symbol.module
        path = canvas.beginPath()
        for row, modules in enumerate(rows):
            for column, black in enumerate(modules):
                if black:
                    x = symbol.x + column * symbol.module
                    y = master.height - symbol.y - (row + 1) * tall
                    path.rect(x * mm, y * mm, symbol.module * mm, tall * mm)
        canvas.drawPath(path, stroke=0, fill=1)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


@dataclass(frozen=True)
class Shot:
    """One symbol's surroundings as the printer made them, and what must be read."""

    symbol: str
    value: str
    dots: Picture
    per_mm: float


def shots(master: Master, fields: dict[str, str], dpi: int) -> list[Shot]:
    """The surroundings of each symbol of a label."""
    image, scale = draw(master, fields, dpi).convert("L"), DOTS_PER_MM[dpi]
    found = []
    for name, symbol in render._symbols_of(master):  # noqa: SLF001 -- where the symbols are
        made = render._symbol(name, symbol, fields, scale)  # noqa: SLF001
        ink, edge = made.placed.ink, round(MARGIN * scale)
        box = (ink.left - edge, ink.top - edge, ink.right + edge, ink.bottom + edge)
        sheet = Image.new("L", (box[2] - box[0], box[3] - box[1]), 255)
        sheet.paste(image, (-box[0], -box[1]))
        found.append(Shot(name, made.value, sheet, scale))
    return found


def photograph(dots: Picture, per_mm: float) -> Picture:
    """What a camera sees of the print: so many pixels a millimetre."""
    size = [round(side / per_mm * PIXELS) for side in dots.size]
    return dots.resize((size[0], size[1]), Image.Resampling.BOX)


def _dead(dots: Picture, chance: random.Random) -> Picture:
    """Three dead dots of the print head: white lines through the symbol."""
    made = dots.copy()
    for _ in range(3):
        made.paste(255, (x := chance.randrange(made.width), 0, x + 1, made.height))
    return made


def _specks(photo: Picture, chance: random.Random) -> Picture:
    """Twenty specks of 0.3 mm, black and white."""
    made = photo.copy()
    for number in range(20):
        x, y = chance.randrange(made.width), chance.randrange(made.height)
        made.paste(255 * (number % 2), (x, y, x + round(0.3 * PIXELS), y + round(0.3 * PIXELS)))
    return made


def _curved(photo: Picture, _chance: random.Random) -> Picture:
    """Wrapped round a tube of 12.5 mm, seen from in front of the symbol."""
    radius = TUBE / 2 * PIXELS
    grey = np.asarray(photo)
    half = min(photo.width / 2, radius * 1.5)
    across = np.arange(-radius * np.sin(half / radius), radius * np.sin(half / radius))
    columns = np.clip(photo.width / 2 + radius * np.arcsin(across / radius), 0, photo.width - 1)
    return Image.fromarray(grey[:, columns.astype(int)])


Change = Callable[[Picture, random.Random], Picture]
ON_PAPER: dict[str, Change] = {"dead print dots": _dead}
ON_PHOTO: dict[str, Change] = {
    "clean": lambda p, _: p,
    "blur 0.15 mm": lambda p, _: p.filter(ImageFilter.GaussianBlur(0.15 * PIXELS)),
    "rotated 7°": lambda p, _: p.rotate(7, Image.Resampling.BICUBIC, expand=True, fillcolor=255),
    "rotated 30°": lambda p, _: p.rotate(30, Image.Resampling.BICUBIC, expand=True, fillcolor=255),
    "contrast 0.3": lambda p, _: p.point(lambda v: int(128 + (v - 128) * 0.3)),
    "specks": _specks,
    "curved 12.5 mm": _curved,
}


def _zxing(photo: Picture, symbol: str, _words: str) -> str:
    kind = (
        zxingcpp.BarcodeFormat.DataMatrix
        if symbol == "Data Matrix"
        else zxingcpp.BarcodeFormat.Code128
    )
    found = zxingcpp.read_barcodes(photo, formats=[kind])
    return found[0].text if found else ""


def _other(photo: Picture, symbol: str, words: str) -> str | None:
    if symbol == "Data Matrix":
        found = arbez_dmtx.decode(photo, max_count=1, timeout=HARD.get(words, 3000))
        return found[0].data.decode("latin-1") if found else ""
    if pyzbar is None:
        return None
    read = pyzbar.decode(photo, symbols=[pyzbar.ZBarSymbol.CODE128])
    return read[0].data.decode("latin-1") if read else ""


def _rates(task: tuple[str, int, int]) -> tuple[str, int, dict[str, Any]]:
    """The decode rates of one master at one resolution."""
    name, version, dpi = task
    master = load_master(Settings().labels_folder, name, version)
    right: dict[str, int] = defaultdict(int)
    wrong: dict[str, int] = defaultdict(int)
    chance = random.Random(f"{name} {dpi}")
    for fields in filled(master, LABELS):
        for shot in shots(master, fields, dpi):
            plain = photograph(shot.dots, shot.per_mm)
            pictures = {words: change(plain, chance) for words, change in ON_PHOTO.items()}
            for words, change in ON_PAPER.items():
                pictures[words] = photograph(change(shot.dots, chance), shot.per_mm)
            for words, picture in pictures.items():
                for reader, read in (("zxing", _zxing), ("other", _other)):
                    said = read(picture, shot.symbol, words)
                    key = f"{shot.symbol}/{words}/{reader}"
                    right[key] += said == shot.value
                    wrong[key] += said not in {shot.value, "", None}
    rates = {key: round(100 * count / LABELS, 1) for key, count in sorted(right.items())}
    misread = {key: count for key, count in wrong.items() if count}
    return name, dpi, {"percent": rates, "misread": misread}


def measure() -> dict[str, Any]:
    """P8 for every master, then the decode rates of all."""
    for face in ("Regular", "Bold"):
        pdfmetrics.registerFont(TTFont(face, FONTS / f"NotoSansSC-{face}.ttf"))
    known = masters()
    speeds = {master.name: speed(master) for master in known}
    tasks = [(m.name, m.version, dpi) for m in known for dpi in RESOLUTIONS]
    rates: dict[str, Any] = {}
    with Pool() as pool:
        for name, dpi, found in pool.imap_unordered(_rates, tasks):
            rates[f"{name} {dpi} dpi"] = found
            print(f"  {name} at {dpi} dpi", flush=True)
    return {
        "P8": {"met": all(s["met"] for s in speeds.values()), "masters": speeds},
        "decoding": {
            "labels": LABELS,
            "camera": f"{PIXELS} pixels a mm",
            "other": "libdmtx (Data Matrix), zbar (Code 128)"
            if pyzbar
            else "libdmtx; zbar is missing",
            "lowest": _lowest(rates),
            "rates": dict(sorted(rates.items())),
        },
    }


def _lowest(rates: dict[str, Any]) -> dict[str, Any]:
    """For each symbol, condition and reader the lowest rate of all masters, and where."""
    worst: dict[str, tuple[float, str]] = {}
    for place, found in rates.items():
        for key, percent in found["percent"].items():
            worst[key] = min(worst.get(key, (101.0, "")), (percent, place))
    return {key: {"percent": p, "at": place} for key, (p, place) in sorted(worst.items())}
