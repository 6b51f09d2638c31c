"""The scanner's test page: what each wrong setting looks like, and what it tells to set."""

import pytest

from lims.identifiers.numbers import is_number
from lims.identifiers.selftest import CODES, Finding, findings
from lims.identifiers.selftest import TestRead as Read

GS = "\x1d"
DATA = {code.name: code.data for code in CODES}


def reads(front: str = "", end: str = "Enter", pace: int = 10, **changed: str) -> list[Read]:
    raw = DATA | changed
    return [
        Read(name, f"{front}{text}", end, pace * max(1, len(text) - 1))
        for name, text in raw.items()
    ]


def bad(made: list[Read]) -> list[Finding]:
    return [finding for finding in findings(made) if not finding.good]


def words(made: list[Read]) -> str:
    return " ".join(f"{one.what} {one.found} {one.to_do}" for one in bad(made))


def test_the_plain_code_of_the_test_is_no_number_of_anything_that_exists() -> None:
    assert not is_number(DATA["plain"]) or DATA["plain"][2] == "Z"


def test_a_good_scanner_passes_everything() -> None:
    assert bad(reads()) == []
    assert len(findings(reads())) == len(CODES) + 2


def test_a_scanner_that_frames_with_symbology_identifiers_passes_everything() -> None:
    fronts = {"plain": "]C0", "matrix": "]d1", "signs": "]d1", "fields": "]d2", "long": "]d1"}
    framed = [Read(n, fronts[n] + text, "Enter", 300) for n, text in DATA.items()]
    assert bad(framed) == []
    assert any("AIM" in finding.found for finding in findings(framed))


@pytest.mark.parametrize("front", ["~", "!!", "]X0", "Ⅷ"])
def test_a_fixed_prefix_is_named_as_the_frame_to_set(front: str) -> None:
    (prefix,) = [one for one in findings(reads(front)) if one.what == "Prefix"]
    assert prefix.good
    assert front in prefix.found
    assert "frame" in prefix.to_do


def test_prefixes_that_differ_are_a_fault() -> None:
    mixed = reads()
    mixed[0] = Read("plain", f"~{DATA['plain']}", "Enter", 100)
    (finding,) = bad(mixed)
    assert finding.what == "Prefix"
    assert "same prefix" in finding.to_do


@pytest.mark.parametrize(("end", "good"), [("Enter", True), ("Tab", True), ("", False)])
def test_the_suffix_is_judged(end: str, good: bool) -> None:
    (suffix,) = [one for one in findings(reads(end=end)) if one.what == "Suffix"]
    assert suffix.good is good
    assert suffix.found == (end or "nothing")
    assert good or "Enter" in suffix.to_do


def test_suffixes_that_differ_are_a_fault() -> None:
    mixed = reads()
    mixed[2] = Read("signs", DATA["signs"], "Tab", 100)
    (finding,) = bad(mixed)
    assert finding.what == "Suffix"
    assert finding.found == "Enter and Tab"


@pytest.mark.parametrize(
    ("name", "arrives"), [("German", "LMY26000001ZQWA"), ("French", "L?Wé-ààààà&YAZQ")]
)
def test_a_plain_code_through_another_layout_is_named(name: str, arrives: str) -> None:
    said = words(reads(plain=arrives, matrix=arrives))
    assert name in said
    assert "English (US)" in said


# The same signs as the page shows, as these keyboards give them on the same keys.
SIGNS_ON = {
    "British": "aA1-/=+<>&,;:.()[]{}*'_!?$%\"£^#~¬`@",
    "Spanish": "aA1'-¡¿;:/,ñÑ.)=`+^*(´?!_$%\"·&çÇªº¨",
    "German": "aA1ß-´`;:/,öÖ.)=ü+Ü*(ä?!_$%\"§&#'°^Ä",
    "French": "qQ&)!=+.?1;mM:90^$¨£8ù°!§45234*µ~²%",
}


@pytest.mark.parametrize("name", ["British", "Spanish", "German"])
def test_signs_through_another_layout_are_named(name: str) -> None:
    assert len(SIGNS_ON[name]) == len(DATA["signs"])
    (finding,) = bad(reads(signs=SIGNS_ON[name]))
    assert name in finding.found, finding
    assert "English (US)" in finding.to_do


def test_caps_lock_is_named_for_every_code() -> None:
    made = reads(**{name: text.swapcase() for name, text in DATA.items()})
    judged = [one for one in bad(made) if one.what != "Prefix"]
    assert len(judged) == len(CODES)
    assert all("CapsLock" in one.found + one.to_do for one in judged)


def test_an_input_method_is_named() -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in DATA["plain"])
    assert "英文" in words(reads(plain=wide))


@pytest.mark.parametrize("sign", list("#$@[]^{}|~\\`"))
def test_a_visible_separator_is_right_and_says_what_to_configure(sign: str) -> None:
    made = reads(fields=DATA["fields"].replace(GS, sign))
    (fields,) = [one for one in findings(made) if "separator" in one.what]
    assert fields.good
    assert f'FUNIS_GS1_SEPARATORS="{sign}"' in fields.to_do


def test_a_visible_separator_does_not_make_the_prefix_differ() -> None:
    assert bad(reads("]", fields=DATA["fields"].replace(GS, "#"))) == []
    assert bad(reads(fields=DATA["fields"].replace(GS, "#"))) == []


def test_a_dropped_separator_is_a_fault_with_its_consequence() -> None:
    (finding,) = bad(reads(fields=DATA["fields"].replace(GS, "")))
    assert "dropped" in finding.found
    assert "GS" in finding.to_do


@pytest.mark.parametrize("sign", ["+", "-", "A", "."])
def test_a_separator_that_a_lot_may_hold_is_a_fault(sign: str) -> None:
    assert bad(reads(fields=DATA["fields"].replace(GS, sign)))


def test_a_scanner_without_data_matrix_is_told_to_switch_it_on() -> None:
    only_lines = [read for read in reads() if read.name == "plain"]
    found = bad(only_lines)
    assert len(found) == len(CODES) - 1
    assert all(one.found == "not read" and "Data Matrix" in one.to_do for one in found)


def test_nothing_read_is_nothing_found() -> None:
    assert all(not one.good and one.found == "not read" for one in findings([]))
    blank = [Read(name, "  ", "", 0) for name in DATA]
    assert findings(blank) == findings([])


@pytest.mark.parametrize(
    ("pace", "good"), [(0, True), (5, True), (20, True), (21, False), (100, False)]
)
def test_a_slow_scanner_is_told_to_set_its_delay(pace: int, good: bool) -> None:
    found = bad(reads(pace=pace))
    assert (found == []) is good
    assert good or "delay" in found[0].to_do
    assert good or f"{pace} ms" in found[0].found


@pytest.mark.parametrize("length", [1, 20, 45])
def test_a_long_code_that_is_cut_off_is_named(length: int) -> None:
    (finding,) = [one for one in bad(reads(long=DATA["long"][:length])) if one.what != "Prefix"]
    assert f"cut off after {length} of {len(DATA['long'])}" in finding.found


def test_two_reads_joined_or_a_lost_beginning_are_no_good_reads() -> None:
    assert bad(reads(plain=DATA["plain"][3:]))
    assert bad(reads(plain=DATA["plain"] + "x"))
    assert bad(reads(plain=DATA["plain"] * 2)), "the same code twice looks like a prefix"


@pytest.mark.parametrize("raw", ["\0", "é" * 400, "\ud800", GS, "x" * 5000, "]d1"])
def test_whatever_is_read_is_judged(raw: str) -> None:
    assert bad(reads(**dict.fromkeys(DATA, raw)))
