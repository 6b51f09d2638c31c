"""Draws a label once, as dots at the printer's resolution; every file carries those same dots.

The renderer is given the master and the fields, and nothing else: it cannot know an arm.
A label that its own decoder cannot read never leaves this module.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.identifiers.symbols import Modules, code_128, data_matrix, read_back
from lims.labelling.masters import Master, Symbol, Text
from lims.labelling.rules import Area, Layout, PlacedSymbol, PlacedText, layout_reasons

FONTS: Final = Path(__file__).resolve().parent.parent / "static" / "vendor" / "fonts"
RESOLUTIONS: Final = (203, 300, 600)
DOTS_PER_MM: Final = {203: 8, 300: 300 / 25.4, 600: 600 / 25.4}
WHITE, BLACK = 1, 0
Languages = tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    """A text with the font that it is drawn in, and where."""

    text: str
    at: tuple[int, int]
    font: ImageFont.FreeTypeFont
    placed: PlacedText


@dataclass(frozen=True)
class _Drawn:
    """A symbol's modules, where they go, and what must be read there."""

    placed: PlacedSymbol
    modules: Modules
    value: str


def draw(
    master: Master, fields: Mapping[str, str], dpi: int, languages: Languages = ("en", "zh")
) -> Image.Image:
    """The label as black and white dots, decoded once more before it is given out.

    Raises Refused with every reason: a field is missing, something does not fit, or a symbol
    cannot be read back; each reason names the nearest size that works.
    """
    plan = _plan(master, fields, dpi, languages)
    image = _background(master, dpi, languages).copy()
    pen = ImageDraw.Draw(image)
    for text, line in zip(master.texts, plan.lines, strict=True):
        if "{" in text.value:
            _write(pen, line)
    for one in plan.symbols:
        _stamp(image, one)
    _must_read(image, plan.symbols, plan.layout)
    return image


def must_fit(
    master: Master, fields: Mapping[str, str], dpi: int, languages: Languages = ("en", "zh")
) -> None:
    """Refuse a label that has no room at this resolution; nothing is drawn."""
    _plan(master, fields, dpi, languages)


@dataclass(frozen=True)
class _Plan:
    """A label before it is drawn, found to fit."""

    symbols: list[_Drawn]
    lines: list[_Line]
    layout: Layout


def _plan(master: Master, given: Mapping[str, str], dpi: int, languages: Languages) -> _Plan:
    _must_be_known(master, given)
    fields = {name: " ".join(text.split()) for name, text in given.items()}  # one line each
    scale = DOTS_PER_MM[dpi]
    symbols = [_symbol(*one, fields, scale) for one in _symbols_of(master)]
    lines = [_line(master, text, fields, scale, languages) for text in master.texts]
    placed = [line.placed for line in lines]
    size = _size(master, scale)
    layout = Layout(size, scale, [one.placed for one in symbols], placed, master.diameter)
    reasons = [*_unwritable(line.text for line in lines), *layout_reasons(layout)]
    if reasons:
        raise Refused(say("this-label-cannot-be"), reasons)
    return _Plan(symbols, lines, layout)


@cache
def _written_signs() -> frozenset[int]:
    """The characters that both faces have."""
    from reportlab.pdfbase.ttfonts import TTFontFile  # noqa: PLC0415 -- slow, asked once

    regular, bold = (TTFontFile(str(FONTS / f"NotoSansSC-{w}.ttf")) for w in ("Regular", "Bold"))
    return frozenset(regular.charToGlyph) & frozenset(bold.charToGlyph)


def _unwritable(texts: Iterable[str]) -> list[Reason]:
    lacking = sorted({sign for text in texts for sign in text if ord(sign) not in _written_signs()})
    signs = " ".join(f"{sign} (U+{ord(sign):04X})" for sign in lacking[:5])
    return [Reason("no-such-sign", signs=signs)] if lacking else []


def _must_be_known(master: Master, fields: Mapping[str, str]) -> None:
    if lacking := sorted((master.fields | {"code", "number"}) - fields.keys()):
        raise Refused(Reason("field-missing", name=master.name, fields=", ".join(lacking)))


def _size(master: Master, scale: float) -> Area:
    return Area(0, 0, round(master.width * scale), round(master.height * scale))


@lru_cache(maxsize=64)
def _background(master: Master, dpi: int, languages: Languages) -> Image.Image:
    """What is the same on all labels of a master: drawn once."""
    scale = DOTS_PER_MM[dpi]
    size = _size(master, scale)
    image = Image.new("1", (size.right, size.bottom), WHITE)
    pen = ImageDraw.Draw(image)
    for text in master.texts:
        if "{" not in text.value:
            line = _line(master, text, {}, scale, languages)
            _write(pen, line)
    return image


def _write(pen: ImageDraw.ImageDraw, line: _Line) -> None:
    ink = line.placed.ink
    pen.bitmap((ink.left, ink.top), _written(line.text, line.font), fill=BLACK)


@lru_cache(maxsize=2048)
def _written(text: str, face: ImageFont.FreeTypeFont) -> Image.Image:
    """The dots of a text: those of one session differ in their numbers only."""
    left, top, right, bottom = (int(side) for side in face.getbbox(text))
    dots = Image.new("1", (max(1, right - left), max(1, bottom - top)), 0)
    pen = ImageDraw.Draw(dots)
    pen.fontmode = "1"  # dots, no grey
    pen.text((-left, -top), text, fill=1, font=face)
    return dots


def _line(
    master: Master, text: Text, fields: Mapping[str, str], scale: float, languages: Languages
) -> _Line:
    words = text.words(languages).format_map(fields)
    at = round(text.x * scale), round(text.y * scale)
    right = text.x + text.width if text.width else master.width
    room = Area(0, 0, round(right * scale), round(master.height * scale))
    dots = round(text.size * scale)
    least = round((text.smallest or text.size) * scale)
    while dots > least and not room.holds(_ink(words, at, dots, bold=text.bold)):
        dots -= 1
    ink = _ink(words, at, dots, bold=text.bold)
    shares = (
        (room.right - at[0]) / max(1, ink.right - at[0]),
        (room.bottom - at[1]) / max(1, ink.bottom - at[1]),
    )
    share = max(0.0, min(1.0, *shares))
    fits = max(0.1, int(10 * dots * share / scale) / 10) if share else 0.0
    placed = PlacedText(words, ink, room, fits)
    return _Line(words, at, font(text.bold, dots), placed)


@lru_cache(maxsize=4096)
def _ink(words: str, at: tuple[int, int], dots: int, *, bold: bool) -> Area:
    left, top, right, bottom = font(bold, dots).getbbox(words)
    return Area(at[0] + int(left), at[1] + int(top), at[0] + int(right), at[1] + int(bottom))


@cache
def font(bold: bool, size: int) -> ImageFont.FreeTypeFont:  # noqa: FBT001 -- cache key
    """The labels' own typeface, in dots."""
    return ImageFont.truetype(FONTS / f"NotoSansSC-{'Bold' if bold else 'Regular'}.ttf", size)


def _symbols_of(master: Master) -> list[tuple[str, Symbol]]:
    found = [("Data Matrix", master.data_matrix)]
    return [*found, ("Code 128", master.code_128)] if master.code_128 else found


def _symbol(name: str, symbol: Symbol, fields: Mapping[str, str], scale: float) -> _Drawn:
    """A symbol with its module as a whole number of dots, or bars come out unequal."""
    value = symbol.value.format_map(fields)
    bars = name == "Code 128"
    modules = [code_128(value)] if bars else data_matrix(value)
    placed = PlacedSymbol(
        name,
        round(symbol.x * scale),
        round(symbol.y * scale),
        max(1, round(symbol.module * scale)),
        len(modules[0]),
        0 if bars else len(modules),
        round(symbol.height * scale) if bars else 0,
    )
    return _Drawn(placed, modules, value)


def _stamp(image: Image.Image, one: _Drawn) -> None:
    rows, columns = len(one.modules), len(one.modules[0])
    small = Image.frombytes(
        "L", (columns, rows), bytes(255 * (not b) for r in one.modules for b in r)
    )
    ink = one.placed.ink
    size = ink.right - ink.left, ink.bottom - ink.top
    image.paste(small.resize(size, Image.Resampling.NEAREST), (ink.left, ink.top))


def _must_read(image: Image.Image, symbols: list[_Drawn], layout: Layout) -> None:
    read = read_back(image)
    for one in symbols:
        if read.get(one.placed.name) != one.value:
            way_on = _readable_at(one, layout)
            raise Refused(Reason("label-unreadable", name=one.placed.name, way_on=way_on))


def _readable_at(one: _Drawn, layout: Layout) -> str:
    """The nearest larger module at which the symbol alone reads, in words."""
    for module in range(one.placed.module + 1, one.placed.module + 9):
        tried = one.placed.with_module(module)
        zone = tried.zone
        alone = Image.new("1", (zone.right - zone.left, zone.bottom - zone.top + 20), WHITE)
        moved = PlacedSymbol(
            tried.name, tried.left - zone.left, tried.top - zone.top + 10, module,
            tried.columns, tried.rows, tried.tall,
        )  # fmt: skip
        _stamp(alone, _Drawn(moved, one.modules, one.value))
        if read_back(alone).get(tried.name) == one.value:
            return say("a-module-of-mm-reads", module=f"{module / layout.per_mm:.3f}")
    return say("give-it-more-white")
