"""A label that touches every edge and still prints; one dot more of anything does not."""

from dataclasses import replace
from typing import Any

import pytest

from lims.core.reasons import Reason
from lims.labelling.rules import Area, Layout, PlacedSymbol, PlacedText, layout_reasons

# At 8 dots a millimetre both symbols want modules of two dots at least.
SQUARE = PlacedSymbol("Data Matrix", left=6, top=6, module=3, columns=16, rows=16)
BARS = PlacedSymbol("Code 128", left=80, top=0, module=2, columns=150, tall=60)
NAME = PlacedText("Saline", Area(0, 60, 100, 80), Area(0, 60, 100, 80), 2.0)
DAY = PlacedText("2026-03-10", Area(100, 60, 200, 80), Area(100, 60, 200, 80), 2.0)
LABEL = Layout(Area(0, 0, 400, 200), 8, (SQUARE, BARS), (NAME, DAY))


def codes(reasons: list[Reason]) -> list[str]:
    assert all(reason.sentence for reason in reasons)
    return [reason.code for reason in reasons]


def alone(name: str = "Data Matrix", **fact: Any) -> PlacedSymbol:
    symbol = SQUARE if name == "Data Matrix" else BARS
    return replace(symbol, **fact)


def on(symbol: PlacedSymbol, **fact: Any) -> list[Reason]:
    """What speaks against this symbol on a label of its own."""
    return layout_reasons(replace(LABEL, symbols=(symbol,), texts=(), **fact))


@pytest.mark.parametrize("facts", [Area, PlacedSymbol, PlacedText, Layout])
def test_nobody_changes_a_layout_while_it_is_judged(facts: Any) -> None:
    assert facts.__dataclass_params__.frozen


OUTER = Area(10, 20, 30, 40)


@pytest.mark.parametrize(
    ("other", "held", "met"),
    [
        (Area(10, 20, 30, 40), True, True),
        (Area(11, 21, 29, 39), True, True),
        (Area(9, 20, 30, 40), False, True),
        (Area(10, 19, 30, 40), False, True),
        (Area(10, 20, 31, 40), False, True),
        (Area(10, 20, 30, 41), False, True),
        (Area(30, 20, 50, 40), False, False),
        (Area(29, 20, 50, 40), False, True),
        (Area(0, 20, 10, 40), False, False),
        (Area(0, 20, 11, 40), False, True),
        (Area(10, 40, 30, 60), False, False),
        (Area(10, 39, 30, 60), False, True),
        (Area(10, 0, 30, 20), False, False),
        (Area(10, 0, 30, 21), False, True),
        (Area(0, 20, 5, 40), False, False),
        (Area(35, 20, 50, 40), False, False),
        (Area(10, 0, 30, 10), False, False),
        (Area(10, 50, 30, 60), False, False),
    ],
)
def test_two_areas_side_by_side_share_no_dot(other: Area, held: bool, met: bool) -> None:
    assert OUTER.holds(other) is held
    assert OUTER.meets(other) is met
    assert other.meets(OUTER) is met


def test_white_stands_all_round_a_square_and_beside_bars_only() -> None:
    assert SQUARE.ink == Area(6, 6, 54, 54)
    assert SQUARE.zone == Area(0, 0, 60, 60)
    assert replace(SQUARE, rows=8).ink == Area(6, 6, 54, 30)
    assert BARS.rows == 0
    assert BARS.ink == Area(80, 0, 380, 60)
    assert BARS.zone == Area(60, 0, 400, 60)


@pytest.mark.parametrize("symbol", [SQUARE, BARS])
def test_a_symbol_of_another_module_is_else_the_same(symbol: PlacedSymbol) -> None:
    assert symbol.with_module(7) == replace(symbol, module=7)


def symbols(square: PlacedSymbol = SQUARE, bars: PlacedSymbol = BARS) -> dict[str, Any]:
    return {"symbols": (square, bars)}


def texts(**ink: int) -> dict[str, Any]:
    return {"texts": (replace(NAME, ink=replace(NAME.ink, **ink)), DAY)}


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"size": Area(0, 0, 399, 200)}, ["no-room"]),
        ({"size": Area(0, 0, 400, 59)}, ["no-room", "no-room"]),
        ({"size": Area(0, 0, 400, 60)}, []),
        ({"size": Area(0, 1, 400, 200)}, ["no-room", "no-room"]),
        ({"size": Area(1, 0, 400, 200)}, ["no-room"]),
        (symbols(square=replace(SQUARE, left=5)), ["no-room"]),
        (symbols(square=replace(SQUARE, top=5)), ["no-room"]),
        (symbols(square=replace(SQUARE, left=7)), ["quiet-zone", "quiet-zone"]),
        (symbols(square=replace(SQUARE, top=7)), ["quiet-zone"]),
        (symbols(square=replace(SQUARE, module=1)), ["too-small"]),
        (symbols(square=replace(SQUARE, module=2)), []),
        (symbols(square=replace(SQUARE, columns=17)), ["quiet-zone", "quiet-zone"]),
        (symbols(square=replace(SQUARE, rows=17)), ["quiet-zone"]),
        (symbols(bars=replace(BARS, left=81)), ["no-room"]),
        (symbols(bars=replace(BARS, left=79)), ["quiet-zone", "quiet-zone"]),
        (symbols(bars=replace(BARS, top=-1)), ["no-room"]),
        (symbols(bars=replace(BARS, top=1)), ["quiet-zone"]),
        (symbols(bars=replace(BARS, tall=61)), ["quiet-zone"]),
        (symbols(bars=replace(BARS, columns=151)), ["no-room"]),
        (symbols(bars=replace(BARS, module=1)), ["too-small"]),
        (texts(left=-1), ["too-long"]),
        (texts(top=59), ["quiet-zone", "quiet-zone", "too-long"]),
        (texts(right=101), ["too-long", "overlap"]),
        (texts(bottom=81), ["too-long"]),
        ({"texts": (NAME, replace(DAY, ink=replace(DAY.ink, left=99))), "symbols": ()},
         ["too-long", "overlap"]),
        ({"symbols": (), "texts": ()}, []),
        ({"diameter": 0}, []),
    ],
)  # fmt: skip
def test_the_designer_prints_a_label_only_if_all_of_it_has_room(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(layout_reasons(replace(LABEL, **fact))) == found


# The smallest module


@pytest.mark.parametrize(
    ("name", "per_mm", "least", "said"),
    [
        ("Data Matrix", 8.0, 2, "0.250"),
        ("Data Matrix", 8.38, 2, "0.239"),  # a tenth of a dot is forgiven
        ("Data Matrix", 8.42, 3, "0.356"),
        ("Data Matrix", 11.81, 3, "0.254"),
        ("Data Matrix", 100.0, 25, "0.250"),
        ("Code 128", 8.0, 2, "0.250"),
        ("Code 128", 11.81, 2, "0.169"),
        ("Code 128", 23.62, 4, "0.169"),
        ("Code 128", 100.0, 17, "0.170"),
    ],
)
def test_the_designer_is_told_the_smallest_module_that_reads(
    name: str, per_mm: float, least: int, said: str
) -> None:
    wide = {"size": Area(-9999, -9999, 9999, 9999), "per_mm": per_mm}
    assert on(alone(name, module=least), **wide) == []
    (reason,) = on(alone(name, module=least - 1), **wide)
    assert reason.code == "too-small"
    assert reason.sentence == (
        f"The {name} is too small to read. The smallest module here is {said} mm."
    )


# Round a tube

# A camera sees 1.35 radians: 6.75 mm, which is 54 dots, of a tube of 10 mm.


@pytest.mark.parametrize(
    ("columns", "module", "said"),
    [
        (18, 3, None),
        (27, 2, None),
        (16, 3, None),
        (28, 2, "No size works on this tube; use a larger one."),
        (19, 3, "A module of 0.250 mm fits."),
        (18, 4, "A module of 0.375 mm fits."),
        (18, 5, "A module of 0.375 mm fits."),
        (13, 5, "A module of 0.500 mm fits."),
    ],
)
def test_the_designer_puts_round_a_tube_what_a_camera_sees_of_it(
    columns: int, module: int, said: str | None
) -> None:
    symbol = alone(columns=columns, module=module, left=50, top=50)
    found = on(symbol, diameter=10.0)
    why = "The Data Matrix goes too far round the tube."
    assert found == ([Reason("too-wide", f"{why} {said}")] if said else [])


def test_the_designer_of_a_flat_label_may_print_as_wide_as_it_is() -> None:
    assert on(alone(columns=28, module=2, left=50, top=50)) == []


# The nearest size that works


@pytest.mark.parametrize(
    ("symbol", "said"),
    [
        (alone(left=8, top=12, module=5), "A module of 0.500 mm fits."),
        (alone(left=7, module=5), "A module of 0.375 mm fits."),
        (alone(left=5), "A module of 0.250 mm fits."),
        (alone(left=4), "A module of 0.250 mm fits."),
        (alone(left=3), "It needs at least 5.0 × 5.0 mm of white."),
        (alone(left=3, rows=8), "It needs at least 5.0 × 3.0 mm of white."),
        (alone("Code 128", left=29, module=3, columns=80, tall=48),
         "A module of 0.250 mm fits."),
        (alone("Code 128", left=19), "It needs at least 42.5 × 7.5 mm of white."),
    ],
)  # fmt: skip
def test_the_designer_without_room_is_told_the_nearest_size(
    symbol: PlacedSymbol, said: str
) -> None:
    why = f"The {symbol.name} with its quiet zone has no room."
    assert on(symbol) == [Reason("no-room", f"{why} {said}")]


QUIET = "Something stands in the quiet zone of the Data Matrix. "


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (100, None),
        (99, "A module of 0.500 mm fits."),
        (82, "A module of 0.500 mm fits."),
        (81, "A module of 0.375 mm fits."),
        (64, "A module of 0.375 mm fits."),
        (63, "A module of 0.250 mm fits."),
        (46, "A module of 0.250 mm fits."),
        (45, "It needs at least 5.0 × 5.0 mm of white."),
    ],
)
def test_the_designer_beside_a_text_is_told_the_nearest_size(left: int, said: str | None) -> None:
    symbol = alone(left=10, top=10, module=5)  # its white ends at 100
    text = replace(NAME, ink=Area(left, 20, 380, 30), room=LABEL.size)
    other = replace(DAY, ink=Area(0, 190, 10, 200), room=LABEL.size)
    found = layout_reasons(replace(LABEL, symbols=(symbol,), texts=(text, other)))
    assert found == ([Reason("quiet-zone", QUIET + said)] if said else [])


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (110, None),
        (109, "A module of 0.500 mm fits."),
        (56, "A module of 0.250 mm fits."),
        (55, "It needs at least 5.0 × 5.0 mm of white."),
    ],
)
def test_the_designer_beside_a_symbol_is_told_the_nearest_size(left: int, said: str | None) -> None:
    symbol = alone(left=10, top=10, module=5)  # its white ends at 100
    other = alone(left=left, top=40, module=5, columns=10, rows=10)  # its white begins 10 before
    found = layout_reasons(replace(LABEL, symbols=(symbol, other), texts=()))
    assert found[:1] == ([Reason("quiet-zone", QUIET + said)] if said else [])
    assert codes(found) == (["quiet-zone", "quiet-zone"] if said else [])


def test_a_smaller_size_that_meets_something_else_is_not_offered() -> None:
    symbol = alone(left=8, top=10, module=5)  # no room; four would have it
    text = replace(NAME, ink=Area(75, 30, 380, 40), room=LABEL.size)
    (reason, *_) = layout_reasons(replace(LABEL, symbols=(symbol,), texts=(text,)))
    assert reason.code == "no-room"
    assert reason.sentence.endswith("A module of 0.375 mm fits.")


# Texts


@pytest.mark.parametrize(
    ("fits_at_mm", "said"),
    [
        (1.25, "Shorten it, or set it at 1.2 mm."),
        (0.5, "Shorten it, or set it at 0.5 mm."),
        (0.0, "It begins outside its room: move it, or take a larger label."),
    ],
)
def test_the_designer_is_told_the_size_at_which_a_text_fits(fits_at_mm: float, said: str) -> None:
    words = "x" * 40 + "y"
    text = PlacedText(words, Area(0, 0, 11, 10), Area(0, 0, 10, 10), fits_at_mm)
    (reason,) = layout_reasons(replace(LABEL, symbols=(), texts=(text,)))
    assert reason == Reason("too-long", f'"{"x" * 40}" does not fit. {said}')


def test_the_designer_is_told_which_texts_stand_on_each_other() -> None:
    room = LABEL.size
    first = PlacedText("a" * 30 + "z", Area(0, 0, 20, 10), room, 1.0)
    second = PlacedText("b" * 30 + "z", Area(40, 0, 60, 10), room, 1.0)
    third = PlacedText("c" * 30 + "z", Area(19, 0, 41, 10), room, 1.0)
    found = layout_reasons(replace(LABEL, symbols=(), texts=(first, second, third)))
    assert found == [
        Reason("overlap", f'"{"a" * 30}" and "{"c" * 30}" stand on each other.'),
        Reason("overlap", f'"{"b" * 30}" and "{"c" * 30}" stand on each other.'),
    ]
