"""What a US scanner's code becomes on other keyboards, written down key by key, and what is said.

The texts are those of real keyboards, not made with the tables of the code under test: a French
keyboard gives digits only with Shift or CapsLock, and its M is where the US keyboard has ";".
"""

import pytest

from lims.core.errors import Refused
from lims.identifiers.numbers import Kind
from lims.identifiers.scans import Scan, read_scan

# Codes with the letters that move: Y and Z (German), Q, W, A, Z and M (French).
MIXED, BADGE = "LMBYZQWA7M0E", "LMYQWAZ3579J"
COUNTED, MATERIAL = "LMV26000123N", "LMM260000428"  # none of them moves on a German keyboard


def fault(raw: str) -> tuple[str, str]:
    with pytest.raises(Refused) as refusal:
        read_scan(raw)
    (reason,) = refusal.value.reasons
    return reason.code, reason.sentence


def test_the_codes_of_this_file_are_ours() -> None:
    assert read_scan(MIXED).kind is Kind.BAG
    assert read_scan(COUNTED).kind is Kind.VIAL
    assert read_scan(BADGE).kind is Kind.BADGE
    assert read_scan(MATERIAL).kind is Kind.MATERIAL


@pytest.mark.parametrize("code", [MIXED, COUNTED, BADGE, MATERIAL])
@pytest.mark.parametrize("keyboard", ["US", "British", "Spanish"])
def test_keyboards_that_leave_letters_and_digits_change_nothing(code: str, keyboard: str) -> None:
    assert read_scan(code) == Scan(code, Kind(code[2]), 1), keyboard


def test_the_british_keyboard_leaves_the_symbology_identifier_too() -> None:
    assert read_scan(f"]d1{MIXED}").number == MIXED


GERMAN = [
    (MIXED, "LMBZYQWA7M0E"),
    (BADGE, "LMZQWAY3579J"),
    (f"]d1{MIXED}", "+d1LMBZYQWA7M0E"),
    (f"]C0{BADGE}", "+C0LMZQWAY3579J"),
    (f"]d1{COUNTED}", "+d1LMV26000123N"),
]


@pytest.mark.parametrize(("sent", "arrives"), GERMAN)
def test_a_german_keyboard_is_named(sent: str, arrives: str) -> None:
    code, sentence = fault(arrives)
    assert code == "keyboard-layout", sent
    assert "German" in sentence
    assert "English (US)" in sentence


@pytest.mark.parametrize("code", [COUNTED, MATERIAL])
def test_a_german_keyboard_leaves_codes_without_y_and_z(code: str) -> None:
    assert not set(code) & set("YZ")
    assert read_scan(code).number == code


FRENCH = [
    (MIXED, "L?BYWAZQè?àE"),
    (BADGE, 'L?YAZQW"(èçJ'),
    (COUNTED, 'L?Vé-ààà&é"N'),
    (MATERIAL, "L??é-àààà'é_"),
    (f"]d1{MIXED}", "$d&L?BYWAZQè?àE"),
    (f"]Q1{BADGE}", '$A&L?YAZQW"(èçJ'),
]


@pytest.mark.parametrize(("sent", "arrives"), FRENCH)
def test_a_french_keyboard_is_named(sent: str, arrives: str) -> None:
    code, sentence = fault(arrives)
    assert code == "keyboard-layout", sent
    assert "French" in sentence


# On Windows the French CapsLock shifts the digits' row and the signs too.
FRENCH_CAPS_WINDOWS = [(MIXED, "l,bywazq7,0e"), (COUNTED, "l,v26000123n"), (BADGE, "l,yazqw3579j")]
# On Linux it turns letters only, É and À among them.
FRENCH_CAPS_LINUX = [(MIXED, "l?bywazqÈ?Àe"), (COUNTED, 'l?vÉ-ÀÀÀ&É"n'), (BADGE, 'l?yazqw"(ÈÇj')]


@pytest.mark.parametrize(("sent", "arrives"), FRENCH_CAPS_WINDOWS)
def test_a_french_keyboard_with_caps_lock_on_windows_is_named(sent: str, arrives: str) -> None:
    code, sentence = fault(arrives)
    assert code in {"keyboard-layout", "caps-lock"}, (sent, sentence)
    assert "French" in sentence or "CapsLock" in sentence


@pytest.mark.parametrize(("sent", "arrives"), FRENCH_CAPS_LINUX)
def test_a_french_keyboard_with_caps_lock_on_linux_is_named(sent: str, arrives: str) -> None:
    code, sentence = fault(arrives)
    assert code == "keyboard-layout", (sent, sentence)
    assert "layout" in sentence
    assert "English (US)" in sentence


@pytest.mark.parametrize("code", [MIXED, COUNTED, BADGE])
@pytest.mark.parametrize("front", ["", "]d1", "]C0"])
def test_a_spanish_keyboard_is_never_called_another(code: str, front: str) -> None:
    """It has "+" where the US keyboard has "]", as the German one; letters do not move."""
    arrives = front.replace("]", "+") + code
    if not front:
        assert read_scan(arrives).number == code
        return
    found, sentence = fault(arrives)
    assert found == "keyboard-layout"
    assert "Spanish" in sentence


CAPS = [
    (MIXED, "lmbyzqwa7m0e"),
    (COUNTED, "lmv26000123n"),
    (f"]d1{MIXED}", "]D1lmbyzqwa7m0e"),
    (f"]C0{COUNTED}", "]c0lmv26000123n"),
    (f"]Q1{BADGE}", "]q1lmyqwaz3579j"),
]


@pytest.mark.parametrize(("sent", "arrives"), CAPS)
def test_caps_lock_is_named(sent: str, arrives: str) -> None:
    code, sentence = fault(arrives)
    assert code == "caps-lock", (sent, sentence)
    assert "CapsLock" in sentence


GERMAN_CAPS = [(MIXED, "lmbzyqwa7m0e"), (BADGE, "lmzqway3579j")]


@pytest.mark.parametrize(("sent", "arrives"), GERMAN_CAPS)
def test_a_german_keyboard_with_caps_lock_is_named(sent: str, arrives: str) -> None:
    code, sentence = fault(arrives)
    assert code in {"keyboard-layout", "caps-lock"}, sent
    assert "German" in sentence or "CapsLock" in sentence


INPUT_METHOD = [
    (MIXED, "ＬＭＢＹＺＱＷＡ７Ｍ０Ｅ"),
    (MIXED, "ｌｍｂｙｚｑｗａ７ｍ０ｅ"),
    (COUNTED, "ＬＭＶ２６０００１２３Ｎ"),
    (COUNTED, "LMV２６０００１２３N"),
    (f"]d1{MIXED}", f"】d1{MIXED}"),
    (f"]d1{COUNTED}", "］ｄ１ＬＭＶ２６０００１２３Ｎ"),
    (f"]C0{COUNTED}", f"】C0{COUNTED}"),
    (f"]Q1{BADGE}", f"】Q1{BADGE}"),
    (f"]d1{MIXED}", f"】d1{MIXED.lower()}"),
]


@pytest.mark.parametrize(("sent", "arrives"), INPUT_METHOD)
def test_a_chinese_input_method_is_named_in_chinese_too(sent: str, arrives: str) -> None:
    code, sentence = fault(arrives)
    assert code == "input-method", (sent, sentence)
    assert "英文" in sentence


@pytest.mark.parametrize(
    "arrives", ["路面比26000001", "LM中文26000001", "喇嘛吧", "LMB26000001，", "【d1LMB。"]
)
def test_a_scan_composed_into_words_is_not_called_foreign(arrives: str) -> None:
    code, sentence = fault(arrives)
    assert code in {"keyboard-layout", "input-method"}
    assert "English" in sentence


@pytest.mark.parametrize("arrives", ["ДЬИ26000001", "ΛΜΒ26000001", "שפי26000001"])
def test_another_alphabet_is_named_as_a_layout(arrives: str) -> None:
    assert fault(arrives)[0] == "keyboard-layout"


OTHER_FAULTS = [
    ("", "empty-scan", "Nothing was scanned"),
    ("\r\n", "empty-scan", "Nothing was scanned"),
    ("]d1", "empty-scan", "Nothing was scanned"),
    ("LM", "truncated", "part of the code"),
    ("LMBYZQ", "truncated", "part of the code"),
    (MIXED[:-1], "truncated", "part of the code"),
    (MIXED * 2, "two-codes", "One at a time".lower()),
    (MIXED + COUNTED, "two-codes", "one at a time"),
    (f"]d1{MIXED}]d1{COUNTED}", "two-codes", "one at a time"),
    (f"{MIXED}\r\n{COUNTED}\r\n", "two-codes", "one at a time"),
    (f"{MIXED}\t{COUNTED}", "two-codes", "one at a time"),
    ("LMBYZQWA7M1E", "misread", "check character"),
    ("LMBYZWQA7M0E", "misread", "check character"),
    ("4006381333931", "foreign-code", "not a Funis code"),
    ("=A99992600000168", "foreign-code", "not a Funis code"),
    ("https://example.org/LMBYZQWA7M0E", "foreign-code", "not a Funis code"),
]


@pytest.mark.parametrize(("arrives", "expected", "words"), OTHER_FAULTS, ids=ascii)
def test_every_other_fault_says_what_it_is(arrives: str, expected: str, words: str) -> None:
    code, sentence = fault(arrives)
    assert code == expected
    assert words in sentence


@pytest.mark.parametrize(
    "arrives", [f"{COUNTED}{MIXED.lower()}", f"{MIXED}{COUNTED[:5]}", f"{MIXED} {COUNTED[:7]}"]
)
def test_a_code_with_a_part_of_another_is_no_code(arrives: str) -> None:
    assert fault(arrives)[0] in {"two-codes", "foreign-code", "truncated", "caps-lock", "misread"}


@pytest.mark.parametrize("letter", [1, 4, 6, 11])
def test_one_letter_in_lower_case_is_named(letter: int) -> None:
    damaged = MIXED[:letter] + MIXED[letter].lower() + MIXED[letter + 1 :]
    assert fault(damaged)[0] == "caps-lock"
