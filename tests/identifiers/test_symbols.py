"""Symbols are drawn, photographed, and read back as what they were made of."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from lims.core.chance import SeededChance
from lims.identifiers.numbers import COPIES, RANDOM_KINDS, Kind, label_code, random_number
from lims.identifiers.symbols import Modules, code_128, data_matrix, read_back

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Digits come often: Code 128 switches its sets for them, and that is where libraries slip.
payloads = st.text(st.sampled_from("0123456789" * 3 + LETTERS), min_size=1, max_size=24)
# What other labels may carry: printable ASCII without blanks at the ends.
printable = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


def picture(modules: Modules, dots: int = 3, quiet: int = 10) -> Image.Image:
    """Black squares on white with a quiet zone."""
    height, width = len(modules), len(modules[0])
    drawn = Image.new("L", (width + 2 * quiet, height + 2 * quiet), 255)
    for y, row in enumerate(modules):
        for x, black in enumerate(row):
            if black:
                drawn.putpixel((x + quiet, y + quiet), 0)
    size = (drawn.width * dots, drawn.height * dots)
    return drawn.resize(size, Image.Resampling.NEAREST)


def bars(text: str) -> Modules:
    return [code_128(text)] * 24


@settings(max_examples=60)
@given(payloads)
@example("99")
@example("990")
@example("9912345")
@example("99ABCDEF")
@example("99" * 12)
@example("A99")
@example("1234567")
def test_a_code_128_reads_back_as_what_it_was_made_of(text: str) -> None:
    assert read_back(picture(bars(text))) == {"Code 128": text}


@settings(max_examples=60)
@given(payloads)
@example("99")
@example("9" * 24)
def test_a_data_matrix_reads_back_as_what_it_was_made_of(text: str) -> None:
    assert read_back(picture(data_matrix(text))) == {"Data Matrix": text}


@settings(max_examples=40)
@given(st.integers(0, 10**12).map(lambda digits: f"99{digits}"))
def test_a_payload_that_begins_with_99_keeps_its_beginning(text: str) -> None:
    assert read_back(picture(bars(text))) == {"Code 128": text}
    assert read_back(picture(data_matrix(text))) == {"Data Matrix": text}


@settings(max_examples=40)
@given(printable)
def test_any_printable_text_reads_back(text: str) -> None:
    assert read_back(picture(bars(text))) == {"Code 128": text}
    assert read_back(picture(data_matrix(text))) == {"Data Matrix": text}


@pytest.mark.parametrize("kind", sorted(RANDOM_KINDS))
def test_every_number_of_ours_reads_back_from_both_symbols(kind: Kind) -> None:
    number = random_number(kind, SeededChance("symbols"))
    assert read_back(picture(bars(number))) == {"Code 128": number}
    assert read_back(picture(data_matrix(number))) == {"Data Matrix": number}


def test_every_copy_of_a_label_reads_back() -> None:
    number = random_number(Kind.BAG, SeededChance("copies"))
    for copy in range(2, len(COPIES) + 2):
        if code := label_code(number, copy):
            assert read_back(picture(bars(code))) == {"Code 128": code}
            assert read_back(picture(data_matrix(code))) == {"Data Matrix": code}


def test_symbols_of_two_bags_have_the_same_size() -> None:
    chance = SeededChance("sizes")
    bags = [random_number(Kind.BAG, chance) for _ in range(60)]
    matrices = {(len(m), len(m[0])) for m in map(data_matrix, bags)}
    assert len(matrices) == 1
    ((rows, columns),) = matrices
    assert rows == columns


def test_the_number_of_a_bag_shows_in_no_bar_length() -> None:
    # Digits side by side shorten a Code 128: that tells of the number, which is random anyway,
    # but the label has room for the longest.
    chance = SeededChance("lengths")
    longest = max(len(code_128(random_number(Kind.BAG, chance))) for _ in range(200))
    assert longest <= len(code_128("LMB" + "A" * 9)) + 4 * 11


def test_an_empty_picture_holds_no_symbol() -> None:
    assert read_back(Image.new("L", (300, 300), 255)) == {}
