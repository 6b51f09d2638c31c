"""Every master with something to print, and measures in its dots."""

import random
from dataclasses import replace
from typing import Final

from PIL import Image

from lims.identifiers.numbers import (
    RANDOM_KINDS,
    RANDOM_LETTERS,
    Kind,
    check_character,
    counted_number,
    label_code,
)
from lims.identifiers.symbols import code_128, data_matrix
from lims.labelling.approving import sample_of
from lims.labelling.masters import Master, Symbol, load_master, masters_in
from lims.labelling.render import DOTS_PER_MM, RESOLUTIONS
from lims.settings import Settings

LABELS: Final = Settings().labels_folder
MASTERS: Final = [load_master(LABELS, name, version) for name, version in masters_in(LABELS)]
NEWEST: Final = [m for m in MASTERS if (m.name, m.version + 1) not in masters_in(LABELS)]
EVERY: Final = [(master, dpi) for master in MASTERS for dpi in RESOLUTIONS]
NAMES: Final = [f"{master.name}-{master.version}-{dpi}" for master, dpi in EVERY]
ON_TUBES: Final = {"cryovial", "cryovial-card", "donor-tube"}
Box = tuple[int, int, int, int]


def master_of(name: str, version: int = 1) -> Master:
    """A master of the house."""
    return load_master(LABELS, name, version)


def reprinted(master: Master) -> dict[str, str]:
    """The sample with the code of a second copy."""
    return sample_of(master)


def first(master: Master) -> dict[str, str]:
    """The sample with the code of a first label."""
    fields = sample_of(master)
    return {**fields, "code": fields["number"]}


def numbered(master: Master, seed: int, copy: int = 1) -> dict[str, str]:
    """The sample with a number as this kind gets them, and its label's code."""
    chance = random.Random(f"{master.name} {seed}")
    while True:
        number = _number(master.kinds[0], chance)
        if number and (code := label_code(number, copy)):
            return {**master.sample, "number": number, "code": code}


def _number(kind: Kind, chance: random.Random) -> str | None:
    if kind not in RANDOM_KINDS:
        return counted_number(kind, chance.randint(26, 40), chance.randint(1, 999_999))
    payload = f"LM{kind}{''.join(chance.choices(RANDOM_LETTERS, k=8))}"
    check = check_character(payload)
    return None if check == "*" else payload + check


def moved(master: Master, name: str, **to: float) -> Master:
    """The master with one of its symbols set otherwise."""
    symbol: Symbol | None = getattr(master, name)
    assert symbol is not None
    return replace(master, **{name: replace(symbol, **to)})  # type: ignore[arg-type]


def place_of(symbol: Symbol, fields: dict[str, str], dpi: int, *, bars: bool) -> tuple[Box, int]:
    """Where the symbol's ink is in the dots, and its module."""
    scale = DOTS_PER_MM[dpi]
    module = round(symbol.module * scale)
    value = symbol.value.format_map(fields)
    rows = [code_128(value)] if bars else data_matrix(value)
    left, top = round(symbol.x * scale), round(symbol.y * scale)
    tall = round(symbol.height * scale) if bars else len(rows) * module
    return (left, top, left + len(rows[0]) * module, top + tall), module


def runs(line: bytes) -> list[int]:
    """The lengths of a line's black and white stretches."""
    lengths, last = [0], line[0]
    for dot in line:
        if dot == last:
            lengths[-1] += 1
        else:
            lengths.append(1)
            last = dot
    return lengths


def lines_of(image: Image.Image, box: Box) -> list[bytes]:
    """The rows of a part of the picture, then its columns."""
    part = image.convert("L").crop(box)
    turned = part.transpose(Image.Transpose.TRANSPOSE)
    return [
        piece.tobytes()[number * piece.width : (number + 1) * piece.width]
        for piece in (part, turned)
        for number in range(piece.height)
    ]


def is_white(image: Image.Image, box: Box) -> bool:
    """Whether nothing is printed there; outside the label is nothing either."""
    return image.convert("L").crop(box).getextrema() == (255, 255)
