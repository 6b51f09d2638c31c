"""What cannot be printed is refused with its reason and the nearest size that works."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.identifiers.symbols import read_back
from lims.labelling import render, rules
from lims.labelling.masters import Master, Text
from lims.labelling.render import DOTS_PER_MM, RESOLUTIONS, draw
from lims.labelling.rules import Area, Layout, PlacedSymbol, PlacedText, layout_reasons
from tests.labelling.drawings import first, master_of, moved, reprinted

at_every_resolution = pytest.mark.parametrize("dpi", RESOLUTIONS)
MODULE = re.compile(r"(\d+\.\d+) mm")
WHITE = re.compile(r"at least (\d+\.\d+) × (\d+\.\d+) mm of white")


def refused(master: Master, dpi: int = 300, **fields: str) -> list[Reason]:
    with pytest.raises(Refused) as error:
        draw(master, {**first(master), **fields}, dpi)
    assert error.value.sentence
    return list(error.value.reasons)


def only(master: Master, code: str, dpi: int = 300, **fields: str) -> Reason:
    (reason,) = refused(master, dpi, **fields)
    assert reason.code == code, reason
    return reason


def one_of(master: Master, code: str, dpi: int = 300, **fields: str) -> Reason:
    (reason,) = [r for r in refused(master, dpi, **fields) if r.code == code]
    return reason


def named(reason: Reason) -> float:
    found = MODULE.findall(reason.sentence)
    assert found, reason.sentence
    return float(found[-1])


def works(master: Master, dpi: int = 300, **fields: str) -> None:
    given = {**first(master), **fields}
    read = read_back(draw(master, given, dpi))
    assert read["Data Matrix"] == given["code"]


@at_every_resolution
@pytest.mark.parametrize("symbol", ["data_matrix", "code_128"])
@pytest.mark.parametrize("module", [0.01, 0.08, 0.12])
def test_a_symbol_too_small_to_read_is_refused_with_the_smallest(
    dpi: int, symbol: str, module: float
) -> None:
    master = master_of("location")
    reason = only(moved(master, symbol, module=module), "too-small", dpi)
    works(moved(master, symbol, module=named(reason)), dpi)
    least = rules.SMALLEST_MM["Code 128" if symbol == "code_128" else "Data Matrix"]
    dots = named(reason) * DOTS_PER_MM[dpi]
    assert abs(dots - round(dots)) < 0.02  # whole dots
    assert named(reason) >= least - 0.1 / DOTS_PER_MM[dpi]


@at_every_resolution
@pytest.mark.parametrize(
    ("name", "symbol", "to"),
    [
        ("location", "data_matrix", {"module": 2.5}),
        ("location", "code_128", {"module": 1.0}),
        ("flask", "data_matrix", {"x": 60.0}),
        ("bag", "data_matrix", {"module": 3.0}),
    ],
)
def test_a_symbol_without_room_is_refused_with_a_module_that_fits(
    name: str, symbol: str, to: dict[str, float], dpi: int
) -> None:
    master = moved(master_of(name), symbol, **to)
    reason = refused(master, dpi)[0]
    assert reason.code in {"no-room", "quiet-zone"}
    assert "quiet zone" in reason.sentence
    works(moved(master, symbol, module=named(reason)), dpi)


@at_every_resolution
@pytest.mark.parametrize("place", [{"x": 99.0}, {"y": 49.5}, {"x": -1.0}, {"y": -3.0}])
def test_a_symbol_outside_the_label_is_told_how_much_white_it_needs(
    dpi: int, place: dict[str, float]
) -> None:
    master = moved(master_of("location"), "data_matrix", **place)
    reason = next(r for r in refused(master, dpi) if r.code == "no-room")
    found = WHITE.search(reason.sentence)
    assert found is not None, reason.sentence
    wide, high = float(found[1]), float(found[2])
    least = rules.SMALLEST_MM["Data Matrix"]
    assert wide == pytest.approx(high)
    assert wide >= (16 + 4) * least - 0.3  # a number takes 16 modules, and two of white beside
    # so much white indeed suffices
    module = wide / (18 + 4)
    alone = moved(master_of("location"), "data_matrix", module=max(module, least))
    works(alone, dpi)


@at_every_resolution
def test_a_text_in_the_quiet_zone_is_refused_with_a_module_that_leaves_it_white(dpi: int) -> None:
    master = moved(master_of("location"), "data_matrix", x=71.0, module=1.25)
    reason = only(master, "quiet-zone", dpi, name="Safety cabinet number 1 of two")
    smaller = moved(master, "data_matrix", module=named(reason))
    if WHITE.search(reason.sentence) is None:
        works(smaller, dpi, name="Safety cabinet number 1 of two")


@at_every_resolution
def test_two_symbols_in_each_others_quiet_zone_are_refused(dpi: int) -> None:
    master = moved(moved(master_of("location"), "data_matrix", y=14.0), "code_128", x=18)
    assert {reason.code for reason in refused(master, dpi)} == {"quiet-zone"}


@at_every_resolution
@pytest.mark.parametrize("length", [60, 200, 2000])
def test_a_text_too_long_is_refused_with_a_size_that_fits(dpi: int, length: int) -> None:
    master = master_of("location")
    name = ("Safety cabinet " * 200)[:length].strip()
    reason = one_of(master, "too-long", dpi, name=name)
    assert name[:40] in reason.sentence
    assert len(reason.sentence) < 200
    size = named(reason)
    text = replace(master.texts[0], size=size, smallest=None)
    if size >= 0.5:  # below it there is no type
        works(replace(master, texts=(text, *master.texts[1:])), dpi, name=name)


@at_every_resolution
@pytest.mark.parametrize("size", [4.0, 8.0])
def test_a_text_below_the_label_is_refused_with_a_size_that_fits(dpi: int, size: float) -> None:
    base = replace(master_of("location"), code_128=None)
    low = Text(x=4, y=46.5, size=size, value="Qgj {number}")
    master = replace(base, texts=(*base.texts, low))
    reason = only(master, "too-long", dpi)
    fits = replace(low, size=named(reason))
    works(replace(base, texts=(*base.texts, fits)), dpi)


@at_every_resolution
def test_a_text_beside_the_label_names_no_size_below_nothing(dpi: int) -> None:
    base = master_of("location")
    master = replace(base, texts=(*base.texts, Text(x=101, y=20, size=3, value="{number}")))
    reason = only(master, "too-long", dpi)
    assert "-" not in reason.sentence
    assert "0.0 mm" not in reason.sentence


@at_every_resolution
def test_a_text_shrinks_to_its_smallest_size_before_it_is_refused(dpi: int) -> None:
    master = master_of("location")
    works(master, dpi, name="Safety cabinet 1, room 12, left side")
    text = replace(master.texts[0], smallest=None)
    stiff = replace(master, texts=(text, *master.texts[1:]))
    assert one_of(stiff, "too-long", dpi, name="Safety cabinet 1, room 12, left side")


@at_every_resolution
def test_texts_on_each_other_are_refused_by_name(dpi: int) -> None:
    base = master_of("location")
    master = replace(base, texts=(*base.texts, Text(x=4, y=13.5, size=3, en="Bench")))
    reason = only(master, "overlap", dpi)
    assert '"Bench" stand' in reason.sentence


@at_every_resolution
@pytest.mark.parametrize("diameter", [5.0, 8.0])
def test_a_symbol_too_wide_round_a_tube_is_refused_with_one_that_is_seen(
    dpi: int, diameter: float
) -> None:
    master = replace(master_of("cryovial"), diameter=diameter)
    wide = moved(master, "data_matrix", module=0.75 if diameter == 8 else 0.5, x=20.0)
    wide = replace(wide, texts=())
    reason = only(wide, "too-wide", dpi)
    if "use a larger one" in reason.sentence:
        smallest = moved(wide, "data_matrix", module=0.25)
        with pytest.raises(Refused):
            draw(smallest, first(smallest), dpi)
    else:
        works(moved(wide, "data_matrix", module=named(reason)), dpi)


@at_every_resolution
def test_bars_round_a_tube_are_refused(dpi: int) -> None:
    flask = master_of("flask")
    reasons = refused(replace(flask, diameter=13.0), dpi)
    assert {reason.code for reason in reasons} == {"too-wide"}
    assert any("Code 128" in reason.sentence for reason in reasons)


@pytest.mark.parametrize("field", ["name", "within", "number", "code"])
def test_a_missing_field_is_named(field: str) -> None:
    master = master_of("location")
    fields = {name: value for name, value in first(master).items() if name != field}
    with pytest.raises(Refused) as error:
        draw(master, fields, 300)
    (reason,) = error.value.reasons
    assert reason.code == "field-missing"
    assert field in reason.sentence


@pytest.mark.parametrize("text", ["one\ntwo", "one\n\n\n\n\ntwo", "one\ttwo", "one\r\ntwo"])
def test_a_text_of_two_lines_stands_on_nothing_else(text: str) -> None:
    master = master_of("material")
    plain = draw(master, {**first(master), "name": "one"}, 300)
    image = plain
    with suppress(Refused):
        image = draw(master, {**first(master), "name": text}, 300)
    rest = (0, round(6.0 * DOTS_PER_MM[300]), image.width, image.height)  # all below the name
    assert image.crop(rest).tobytes() == plain.crop(rest).tobytes()


@pytest.mark.parametrize("text", ["Ørsted 😀", "قسطرة", "ชุดทดสอบ"])
def test_a_text_that_its_typeface_cannot_write_is_refused(text: str) -> None:
    master = master_of("material")
    with pytest.raises(Refused):
        draw(master, {**first(master), "name": text}, 300)


Damage = Callable[[list[list[bool]]], list[list[bool]]]


def _inverted(modules: list[list[bool]]) -> list[list[bool]]:
    return [[not module for module in row] for row in modules]


def _without_its_border(modules: list[list[bool]]) -> list[list[bool]]:
    return [[False, *row[1:]] for row in modules[:-1]] + [[False] * len(modules[0])]


@at_every_resolution
@pytest.mark.parametrize("symbol", ["data_matrix", "code_128"])
@pytest.mark.parametrize("damage", [_inverted, _without_its_border])
def test_a_label_that_cannot_be_read_is_not_printed(
    monkeypatch: pytest.MonkeyPatch, dpi: int, symbol: str, damage: Damage
) -> None:
    real: Any = getattr(render, symbol)

    def damaged(value: str) -> Any:
        if symbol == "data_matrix":
            return damage(real(value))
        row = real(value)
        return [not module for module in row] if damage is _inverted else row[:-20]

    monkeypatch.setattr(render, symbol, damaged)
    reasons = refused(master_of("location"), dpi)
    assert {reason.code for reason in reasons} == {"label-unreadable"}


def test_a_label_that_says_another_number_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = render.data_matrix
    monkeypatch.setattr(render, "data_matrix", lambda _: real("LMB2600000192"))
    assert only(master_of("location"), "label-unreadable")


def test_a_module_of_one_dot_is_refused_with_one_that_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "SMALLEST_MM", {"Data Matrix": 0.0, "Code 128": 0.0})
    for symbol in ("data_matrix", "code_128"):
        master = moved(master_of("location"), symbol, module=0.001)
        try:
            image = draw(master, first(master), 203)
        except Refused as error:
            (reason,) = error.reasons
            assert reason.code == "label-unreadable"
            works(moved(master, symbol, module=named(reason)), 203)
        else:
            assert read_back(image)["Data Matrix"] == first(master)["code"]


def test_every_reason_is_told_at_once() -> None:
    size = Area(0, 0, 200, 100)
    small = PlacedSymbol("Data Matrix", 10, 10, 1, 16, 16)
    out = PlacedSymbol("Code 128", 190, 50, 2, 100, 0, 40)
    texts = [
        PlacedText("long", Area(100, 5, 300, 15), size, 1.0),
        PlacedText("other", Area(100, 5, 120, 15), size, 1.0),
    ]
    found = [reason.code for reason in layout_reasons(Layout(size, 8, [small, out], texts))]
    assert found == ["too-small", "no-room", "too-long", "overlap"]


def test_a_label_is_black_and_white_only() -> None:
    image = draw(master_of("bag", 2), reprinted(master_of("bag", 2)), 600)
    assert image.mode == "1"
    colours = image.convert("L").getcolors()
    assert colours is not None
    assert {value for _, value in colours} == {0, 255}
