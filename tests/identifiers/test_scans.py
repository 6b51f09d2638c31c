"""What a scanner, a keyboard and an input method make of a code, and what is said about it."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lims.core.chance import SeededChance
from lims.core.errors import Refused
from lims.identifiers.numbers import Kind, copy_of, label_code, random_number
from lims.identifiers.scans import Scan, read_scan

FOREIGN = json.loads((Path(__file__).parent / "vectors.json").read_text())["foreign"]
CHANCE = SeededChance("scans")
BAGS = [random_number(Kind.BAG, CHANCE) for _ in range(40)]
REPRINTS = [code for bag in BAGS if (code := label_code(bag, 2))]
BAG, REPRINT = BAGS[0], REPRINTS[0]


def fault_of(raw: str) -> str:
    with pytest.raises(Refused) as refusal:
        read_scan(raw)
    (reason,) = refusal.value.reasons
    assert reason.sentence.endswith(".")
    return reason.code


def full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


@pytest.mark.parametrize("front", ["", "]C0", "]d1", "]Q1"])
@pytest.mark.parametrize("end", ["", "\r", "\n", "\r\n", "\t", " \r\n"])
def test_what_the_scanner_adds_is_taken_off(front: str, end: str) -> None:
    assert read_scan(f"{front}{BAG}{end}") == Scan(BAG, Kind.BAG, 1)


def test_a_reprint_is_read_with_its_copy() -> None:
    for code in REPRINTS:
        assert read_scan(code) == Scan(code[:12], Kind.BAG, 2)


@pytest.mark.parametrize("code", [BAG, REPRINT])
def test_an_input_method_in_full_width_is_named(code: str) -> None:
    assert fault_of(full_width(code)) == "input-method"
    assert fault_of(full_width(code.lower())) == "input-method"
    assert fault_of(full_width(code[:5]) + code[5:]) == "input-method"


@pytest.mark.parametrize("code", [BAG, REPRINT])
def test_caps_lock_is_named(code: str) -> None:
    assert fault_of(code.lower()) == "caps-lock"
    assert fault_of(code.swapcase()) == "caps-lock"
    assert fault_of(code[:4] + code[4:].lower()) == "caps-lock"


@pytest.mark.parametrize("code", ["ЛМБ" + BAG[3:], BAG[:-1] + "é", "&é\"'(-è", "LM中文26000001"])
def test_another_keyboard_layout_is_named(code: str) -> None:
    assert fault_of(code) == "keyboard-layout"


@pytest.mark.parametrize("length", range(2, 12))
def test_a_truncated_scan_is_named(length: int) -> None:
    assert fault_of(BAG[:length]) == "truncated"


def test_a_truncated_reprint_is_named() -> None:
    assert fault_of(REPRINT[:-1]) == "truncated"


def test_a_scan_that_lost_its_beginning_is_refused() -> None:
    for length in range(1, 12):
        assert fault_of(BAG[length:]) in {"foreign-code", "truncated"}


@pytest.mark.parametrize("joint", ["", "\r\n"])
@pytest.mark.parametrize("first", [BAG, REPRINT])
@pytest.mark.parametrize("second", [BAGS[1], REPRINTS[1]])
def test_two_codes_that_ran_together_are_named(joint: str, first: str, second: str) -> None:
    assert fault_of(first + joint + second) == "two-codes"


def test_the_same_code_twice_is_not_read_as_once() -> None:
    assert fault_of(BAG + BAG) == "two-codes"


def test_a_misread_character_is_named() -> None:
    wrong = "3" if BAG[5] != "3" else "4"
    assert fault_of(BAG[:5] + wrong + BAG[6:]) == "misread"


@pytest.mark.parametrize("scan", FOREIGN, ids=ascii)
def test_a_label_of_somebody_else_is_foreign_and_never_one_of_ours(scan: str) -> None:
    assert fault_of(scan) in {"foreign-code", "keyboard-layout"}


@pytest.mark.parametrize(
    "raw", ["4006381333931", "https://example.org/x", "P12345", "\x1d01095212345432131", "null"]
)
def test_a_code_from_the_shelf_is_foreign(raw: str) -> None:
    assert fault_of(raw) == "foreign-code"


@pytest.mark.parametrize("raw", ["", " ", "\r\n", "\t", "]C0", "]d1\r\n"])
def test_an_empty_scan_is_named(raw: str) -> None:
    assert fault_of(raw) == "empty-scan"


@pytest.mark.parametrize("raw", [f"{BAG}\x00", f"{BAG[:6]} {BAG[6:]}", f"]d2{BAG}", f"*{BAG}*"])
def test_nothing_is_repaired_silently(raw: str) -> None:
    assert fault_of(raw)


def test_a_very_long_scan_is_refused_and_not_quoted_back_whole() -> None:
    with pytest.raises(Refused) as refusal:
        read_scan("LM" + "A" * 100_000)
    assert len(str(refusal.value)) < 500


def test_a_code_behind_a_wall_of_blanks_is_the_same_code() -> None:
    assert read_scan(f"  {BAG}  ").number == BAG


@given(st.text(max_size=60))
def test_any_text_is_read_rightly_or_refused(raw: str) -> None:
    with suppress(Refused):
        assert read_scan(raw).number in raw


@given(st.sampled_from(BAGS + REPRINTS), st.text("0123456789ABCDEFGHXYZlmb* ", max_size=6))
def test_a_code_with_something_behind_it_is_never_the_code_alone(code: str, more: str) -> None:
    assume(more.strip())
    joined = code + more.strip()
    found = copy_of(joined)
    assert found is None or joined == label_code(*found)


@given(st.sampled_from(BAGS), st.data())
def test_what_is_scanned_is_never_another_bag(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 11))
    wrong = data.draw(st.characters(codec="utf-8", exclude_characters=code[place]))
    changed = code[:place] + wrong + code[place + 1 :]
    assume(changed.strip() == changed)
    assert fault_of(changed)
