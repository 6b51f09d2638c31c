"""Suppliers' GS1 codes: what they say, what is wrong with them, and separators that got lost."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lims.core.errors import Refused
from lims.identifiers.gs1 import read_gs1

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text())
GS = "\x1d"
ITEM = "0109521234543213"
CSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
FIXED = {"01", "17", "8018"}  # 8018 ends with a separator too; its length is fixed


def fault_of(raw: str, printed: str = "") -> str:
    with pytest.raises(Refused) as refusal:
        read_gs1(raw, printed_lot=printed)
    assert all(reason.sentence.endswith(".") for reason in refusal.value.reasons)
    return refusal.value.reasons[0].code


def check_digit(digits: str) -> str:
    """GS1 General Specifications 7.9: weights 3, 1, 3 … from the right."""
    total = sum(int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(digits[::-1]))
    return str(-total % 10)


@pytest.mark.parametrize("vector", VECTORS["gs1"], ids=lambda v: v["source"])
def test_each_published_code_says_what_is_published(vector: dict[str, Any]) -> None:
    assert read_gs1(vector["scan"] + GS).values == vector["ai"]


@pytest.mark.parametrize("vector", VECTORS["gs1_negative"], ids=lambda v: v["why"])
def test_each_published_wrong_code_is_refused(vector: dict[str, Any]) -> None:
    assert fault_of(vector["scan"]) in {"gs1-check-digit", "not-gs1", "gs1-date"}


@pytest.mark.parametrize("vector", VECTORS["gs1_ambiguity"], ids=lambda v: v["why"])
def test_a_lot_that_swallowed_its_neighbours_is_not_believed(vector: dict[str, Any]) -> None:
    assert fault_of(vector["scan"]) == "lost-separator"


def test_the_receiver_learns_item_lot_expiry_and_serial() -> None:
    found = read_gs1(f"]d2{ITEM}1726123110ABC-1{GS}21XYZ{GS}\r\n")
    assert (found.gtin, found.lot) == ("09521234543213", "ABC-1")
    assert found.expires_on == date(2026, 12, 31)
    assert found.values["21"] == "XYZ"
    assert found.wearer == ""


@pytest.mark.parametrize(
    ("written", "last"),
    [
        ("260200", date(2026, 2, 28)), ("280200", date(2028, 2, 29)),
        ("261200", date(2026, 12, 31)), ("280229", date(2028, 2, 29)),
    ],
)  # fmt: skip
def test_a_month_without_a_day_ends_on_its_last_day(written: str, last: date) -> None:
    assert read_gs1(f"{ITEM}17{written}").expires_on == last


@pytest.mark.parametrize(
    "written", ["260229", "261301", "260001", "260431", "26123", "2612a1", "26-231"]
)
def test_a_day_that_does_not_exist_is_refused(written: str) -> None:
    assert fault_of(f"{ITEM}17{written}") == "not-gs1"


@pytest.mark.parametrize("printed", ["ABC123"])
def test_the_printed_lot_mends_a_lost_separator(printed: str) -> None:
    found = read_gs1(f"{ITEM}10{printed}21XYZ17", printed_lot=printed)
    assert found.lot == printed
    assert found.values["21"] == "XYZ17"


def test_the_printed_lot_confirms_a_lot_that_only_looks_swollen() -> None:
    swollen = "L2105"  # ends like a serial: (21)05
    assert fault_of(f"{ITEM}10{swollen}") == "lost-separator"
    assert read_gs1(f"{ITEM}10{swollen}", printed_lot=swollen).lot == swollen
    assert read_gs1(f"{ITEM}10{swollen}{GS}").lot == swollen


@pytest.mark.parametrize(
    "printed", ["ABC124", "BC123", "abc123", "ABC", "ABC1", "ABC12321XYZ1", "X"]
)
def test_a_wrong_printed_lot_is_refused(printed: str) -> None:
    assert fault_of(f"{ITEM}10ABC12321XYZ", printed) in {"lot-differs", "not-gs1", "lost-separator"}


def test_a_lot_and_its_neighbour_longer_than_a_lot_may_be_are_not_believed() -> None:
    """A lot holds twenty characters: what a swallowed serial has more begins a new field."""
    swallowed = f"{ITEM}10ABC2112345678901234521XYZ"  # lot ABC, serial 12345678901234521XYZ
    assert fault_of(swallowed) == "lost-separator"
    assert read_gs1(swallowed, printed_lot="ABC").lot == "ABC"


def test_a_serial_that_swallowed_the_lot_is_refused_with_a_way_out() -> None:
    """(21) before (10): the printed lot tells where the lot begins, so typing it must help."""
    dropped = f"{ITEM}21SN4210LOT7"
    assert fault_of(dropped) == "lost-separator"
    assert read_gs1(dropped, printed_lot="LOT7").lot == "LOT7"


@pytest.mark.parametrize("front", ["", "]C1", "]d2", "]e0", "]Q3", "]J1"])
def test_the_identifiers_of_gs1_symbols_are_taken_off(front: str) -> None:
    assert read_gs1(f"{front}{ITEM}\r").gtin == "09521234543213"


@pytest.mark.parametrize(
    "front",
    ["]C0", "]C4", "]d1", "]Q1", "]E0", "]E4", "]A0", "]I0", "]X0", "]C1]C1", "】d2", "]c1"],
)
def test_the_identifiers_of_other_symbols_are_refused(front: str) -> None:
    assert fault_of(f"{front}{ITEM}") == "not-gs1"


@pytest.mark.parametrize("field", ["8017", "8018"])
def test_a_service_number_is_believed_with_its_check_digit_only(field: str) -> None:
    number = "735005385000000011"
    assert read_gs1(field + number).values[field] == number
    for place in range(18):
        for digit in "0123456789":
            changed = number[:place] + digit + number[place + 1 :]
            if changed != number:
                assert fault_of(field + changed) == "gs1-check-digit"
    assert fault_of(field + number[:-1]) == "not-gs1"
    assert fault_of(field + "７" + number[1:]) == "not-gs1"


@pytest.mark.parametrize(
    "number", ["212246031569431650", "000000000000000109", "735005385000000011"]
)
@pytest.mark.parametrize("end", ["", GS, "\r\n"])
def test_a_wristband_of_fixed_length_cannot_have_swallowed_anything(number: str, end: str) -> None:
    """A GSRN has eighteen digits, no more and no fewer: whatever they read like."""
    assert check_digit(number[:-1]) == number[-1]
    assert read_gs1(f"]d28018{number}{end}").wearer == number


def test_one_wrong_digit_of_an_item_is_found() -> None:
    number = "09521234543213"
    for place in range(14):
        for digit in set("0123456789") - {number[place]}:
            changed = number[:place] + digit + number[place + 1 :]
            assert fault_of(f"01{changed}10A{GS}") == "gs1-check-digit"


@pytest.mark.parametrize("sign", ["#", "$", "|", "~", "^"])
def test_a_configured_visible_separator_stands_for_the_group_separator(sign: str) -> None:
    raw = f"{ITEM}10ABC{sign}21XYZ{sign}"
    assert read_gs1(raw, (GS, sign)).values == {"01": ITEM[2:], "10": "ABC", "21": "XYZ"}
    assert read_gs1(raw.replace(sign, GS), (GS, sign)).lot == "ABC"
    assert fault_of(raw) == "not-gs1"  # nobody configured it


def test_a_setting_given_as_one_text_means_each_of_its_signs() -> None:
    assert read_gs1(f"{ITEM}10ABC#21X{GS}", "\x1d#").values["21"] == "X"


def test_a_field_that_stands_twice_must_say_the_same() -> None:
    assert read_gs1(f"10A{GS}10A{GS}").lot == "A"
    for second in (f"10B{GS}", f"10AA{GS}", f"10a{GS}"):
        assert fault_of(f"10A{GS}{second}") == "not-gs1"
    assert fault_of(ITEM + "0109501101020917") == "not-gs1"  # two codes ran together


@pytest.mark.parametrize(
    "raw",
    ["", " ", "\r\n", "]d2", GS, GS * 9, "0", "01", "10", ITEM[:-1], "1726", "HELLO", f"10{GS}",
     f"10{'A' * 21}", f"10A B{GS}", f"10É{GS}", f"10\u4e2d{GS}", "１０A", f"10A\0{GS}", "9" * 5000,
     f"{ITEM}10A{GS}\n10B", "LMB26000001A", "(01)09521234543213", "=A99992600000168"],
    ids=ascii,
)  # fmt: skip
def test_what_is_no_gs1_code_is_refused(raw: str) -> None:
    assert fault_of(raw) in {"not-gs1", "gs1-check-digit"}


text_20 = st.text(CSET_82, min_size=1, max_size=20)
VALUES: dict[str, st.SearchStrategy[str]] = {
    "01": st.text("0123456789", min_size=13, max_size=13).map(lambda d: d + check_digit(d)),
    "17": st.dates(date(2024, 1, 1), date(2049, 12, 31)).map(lambda d: f"{d:%y%m%d}"),
    "10": text_20,
    "21": text_20,
    "8018": st.text("0123456789", min_size=17, max_size=17).map(lambda d: d + check_digit(d)),
    "7240": text_20,
    "91": st.text(CSET_82, min_size=1, max_size=40),
}


@st.composite
def messages(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Some fields in some order, the lot among them."""
    others = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=5))
    order = draw(st.permutations(sorted({*others, "10"})))
    return [(ai, draw(VALUES[ai])) for ai in order]


def sent(fields: list[tuple[str, str]], separator: str) -> str:
    return "".join(ai + value + ("" if ai in FIXED else separator) for ai, value in fields)


def outcome(raw: str, printed: str = "") -> tuple[str, dict[str, str]]:
    """The code of a refusal, or the values."""
    try:
        return "", read_gs1(raw, printed_lot=printed).values
    except Refused as refused:
        return refused.reasons[0].code, {}


@settings(deadline=None, max_examples=300)
@given(messages(), st.sampled_from(["", "]d2", "]C1", "]e0"]))
@example([("10", "0"), ("8018", "000000000000000109")], "")
def test_any_message_with_its_separators_says_what_was_put_in(
    fields: list[tuple[str, str]], front: str
) -> None:
    whole = front + sent(fields, GS)
    assert outcome(whole) == ("", dict(fields))
    open_end = outcome(whole.removesuffix(GS))
    assert open_end in [("", dict(fields)), ("lost-separator", {})]


@settings(deadline=None, max_examples=1000)
@given(messages())
@example([("01", "09521234543213"), ("10", "ABC"), ("21", "12345678901234521XYZ")])
@example([("10", "ABC"), ("17", "261231"), ("21", "A")])
@example([("21", "SN"), ("10", "LOT")])
def test_no_message_without_its_separators_gives_a_wrong_lot(fields: list[tuple[str, str]]) -> None:
    lot = dict(fields)["10"]
    raw = sent(fields, "")
    for printed in ("", lot):
        code, values = outcome(raw, printed)
        assert code or values.get("10", "") in {lot, ""}, (raw, values)
