"""ISBT 128: published texts, dates and identifiers; off without a licence; nothing half read."""

import json
import random
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lims.core.errors import Refused
from lims.identifiers.isbt import (
    FACILITY,
    donation_scan,
    donation_text,
    is_demonstration,
    looks_like_isbt,
    parse,
    read_isbt,
)
from lims.identifiers.isbt_structures import Structure, WrongIsbt, read_sec

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text())
OWN = "A9999"
DONATION = "=A99992600000168"  # number A9999 26 000001 with its check in the flags
CODES = {"capslock": {"caps-lock"}, "ime": {"input-method"},
         "invalid": {"isbt-invalid", "caps-lock", "input-method"}}  # fmt: skip


def faults(raw: str, facility: str | None = None) -> Refused:
    with pytest.raises(Refused) as refusal:
        parse(raw) if facility is None else read_isbt(raw, facility)
    assert all(reason.sentence.rstrip(")").endswith(".") for reason in refusal.value.reasons)
    return refusal.value


def fault_of(raw: str, facility: str | None = None) -> str:
    return faults(raw, facility).reasons[0].code


def said(one: Structure) -> dict[str, Any]:
    parts = dict(one.parts)
    for segment in parts.get("segments", ()):
        assert isinstance(segment["value"], Decimal)
    return {"ds": one.ds, "name": one.name, "content": one.content, **parts}


@pytest.mark.parametrize("vector", VECTORS["isbt_parse"], ids=lambda v: v["source"])
def test_each_published_scan_says_what_is_published(vector: dict[str, Any]) -> None:
    found = [said(one) for one in parse(vector["scan"])]
    assert len(found) == len(vector["structures"])
    for one, expected in zip(found, vector["structures"], strict=True):
        for name, value in expected.items():
            assert one[name] == value, name


@pytest.mark.parametrize("vector", VECTORS["isbt_parse_negative"], ids=lambda v: v["why"])
def test_each_published_wrong_scan_is_refused_and_diagnosed(vector: dict[str, Any]) -> None:
    assert fault_of(vector["scan"]) in CODES[vector["diagnosis"]]


@pytest.mark.parametrize("vector", VECTORS["isbt_dates"], ids=lambda v: v["content"])
def test_each_published_date_is_the_day_that_was_meant(vector: dict[str, Any]) -> None:
    content = vector["content"]
    for sign in (">", "*", "}"):
        (one,) = parse(("&" if len(content) == 10 else "=") + sign + content)
        assert vector["iso"] in one.parts.values()


@pytest.mark.parametrize("vector", VECTORS["isbt_dates_negative"], ids=lambda v: v["why"])
def test_each_day_that_does_not_exist_is_refused(vector: dict[str, Any]) -> None:
    for front in ("=>", "&>", "=*", "&*", "=}", "&}"):
        assert fault_of(front + vector["content"]) == "isbt-invalid"


@pytest.mark.parametrize(
    "content",
    ["026000", "0260002359", "0260012360", "0269990000", "02600100０0", "02600", "0a6001"],
)
def test_other_impossible_moments_are_refused(content: str) -> None:
    assert fault_of(("&>" if len(content) == 10 else "=>") + content)


@pytest.mark.parametrize(
    "raw",
    ["=]202613", "=]202600", "=#0120260230", "=#0120261301", "=(1001202602302359",
     "=(1001202612312400", "=(3001202612312359"],
)  # fmt: skip
def test_impossible_months_birthdays_and_times_are_refused(raw: str) -> None:
    assert fault_of(raw) == "isbt-invalid"


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("=>998365", {"date": "1998-12-31"}),
        ("=>026001", {"date": "2026-01-01"}),
        ("=#0119760504", {"loc": "01", "born": "1976-05-04"}),
        ("=$A9998260012302 3".replace(" ", "0"),
         {"fin": "A9998", "yy": "26", "seq": "00123", "container": "02", "containers": "03"}),
        ("&+A9998XYZ100", {"finp": "A9998", "fpc": "XYZ100"}),
        ("&/CHA999926A0B001", {"fin": "A9999", "yy": "26", "seq": "A0B001"}),
    ],
)  # fmt: skip
def test_each_structure_is_taken_apart_into_its_fields(raw: str, parts: dict[str, Any]) -> None:
    assert parse(raw)[0].parts == parts


@pytest.mark.parametrize("vector", VECTORS["sec"], ids=lambda v: v["text"])
def test_each_published_european_code_has_its_parts(vector: dict[str, Any]) -> None:
    assert read_sec(vector["text"]) == vector["fields"]


@pytest.mark.parametrize("vector", VECTORS["sec_negative"], ids=lambda v: v["why"])
def test_each_wrong_european_code_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(WrongIsbt):
        read_sec(vector["text"])
    plain = vector["text"].replace(" ", "")
    assert fault_of(f"&,4{plain}") == "isbt-invalid"


@pytest.mark.parametrize(
    "facility", ["", "A", "a9999", "A99990", "O9999", "A9O99", "0999A", "A999９"]
)
@pytest.mark.parametrize("raw", [DONATION, "=<S12954A0", "&>0183652359"])
def test_without_a_licensed_facility_it_is_off_and_says_why(raw: str, facility: str) -> None:
    refused = faults(raw, facility)
    assert refused.reasons[0].code == "isbt-off"
    assert "licence" in refused.sentence
    assert "ICCBBA" in refused.sentence


@pytest.mark.parametrize("facility", ["", "a9999", "O1234", "A99990"])
def test_without_a_licensed_facility_nothing_is_printed(facility: str) -> None:
    with pytest.raises(Refused) as refusal:
        donation_scan(facility, 2026, 1)
    assert refusal.value.reasons[0].code == "isbt-off"


def test_the_own_facilitys_donation_is_believed_with_its_check_only() -> None:
    (one,) = read_isbt(DONATION, OWN)
    assert one.parts["din"] == "A999926000001"
    for flags in ("00", "05", "25", "A0"):
        raw = DONATION[:-2] + flags
        assert fault_of(raw, OWN) == "isbt-no-check"
        assert read_isbt(raw, "A9998")[0].parts["fin"] == OWN  # another facility's: as it came
    assert fault_of(DONATION[:-2] + "69", OWN) == "isbt-invalid"
    message = f"=+02000{DONATION[:-2]}00=<S12954A0"
    assert fault_of(message, OWN) == "isbt-no-check"


@pytest.mark.parametrize("facility", ["A9990", "A9999", "W1234", "1AB34"])
@pytest.mark.parametrize(("year", "sequence"), [(2026, 1), (2000, 0), (2099, 999_999), (2030, 77)])
def test_a_printed_donation_is_read_back_as_itself(facility: str, year: int, sequence: int) -> None:
    scan = donation_scan(facility, year, sequence)
    for front in ("", "]C0", "]d1"):
        (one,) = read_isbt(f"{front}{scan}\r\n", facility)
        assert one.parts["check_verified"] is True
        assert one.parts["din"] == f"{facility}{year % 100:02}{sequence:06}"
    assert looks_like_isbt(scan)


def test_no_slip_in_an_own_donation_gives_another_donation() -> None:
    scan = donation_scan(OWN, 2026, 345_628)
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    changed = {scan[:at] + c + scan[at + 1 :] for at in range(1, 16) for c in letters}
    changed |= {scan[:at] + scan[at + 1] + scan[at] + scan[at + 2 :] for at in range(1, 15)}
    for raw in changed - {scan}:
        try:
            found = read_isbt(raw, OWN)
        except Refused:
            continue
        assert found[0].parts["fin"] != OWN, raw
        assert not found[0].parts.get("check_verified"), raw


def test_the_printed_number_shows_its_check_character() -> None:
    assert donation_text("A999917123456") == "A9999 17 123456  [9]"
    assert donation_text("A999917345628").endswith("[*]")


def test_the_ten_facilities_for_validation_are_demonstrations() -> None:
    assert all(is_demonstration(f"A999{digit}") for digit in range(10))
    others = ("A9989", "A0000", "W0000", "W9999", "A999", "", "B9999")
    assert not any(is_demonstration(name) for name in others)
    assert all(FACILITY.fullmatch(f"A999{digit}") for digit in range(10))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (DONATION * 2, "isbt-invalid"),
        (DONATION + "=<S12954A0", "isbt-invalid"),
        (DONATION[:-1], "isbt-invalid"),
        (DONATION.swapcase(), "caps-lock"),
        ("＝A99992600000168", "input-method"),
        ("=》026001", "input-method"),
        ("《S12954A0", "input-method"),
        ("=+02000" + DONATION + "=+01000", "isbt-invalid"),
        ("=+02000=<S0000V99" + DONATION, "isbt-invalid"),  # divisions are missing
        ("&$0001000100050000", "isbt-invalid"),
        ("&#01" + "99" + "A", "isbt-invalid"),
        ("&$990100010005000０", "input-method"),
        ("=", "isbt-invalid"),
        ("=" * 500, "isbt-invalid"),
    ],
)
def test_what_went_wrong_is_named(raw: str, code: str) -> None:
    assert fault_of(raw) == code


def test_two_symbols_that_the_scanner_joined_are_both_read() -> None:
    names = [one.name for one in parse(f"]C4{DONATION}=<S12954A0")]
    assert names == ["din", "product_code"]
    assert fault_of(f"]C4{DONATION}=<S12954A0=>026001") == "isbt-invalid"


@pytest.mark.parametrize("raw", ["", "=", "= A9999", "LMB26000001A", "0109521234543213", "x=A9999"])
def test_other_codes_do_not_look_like_it(raw: str) -> None:
    assert not looks_like_isbt(raw)


SIGNS = "0123456789ABCDEFXYZaz=&<>%+,;/'#(){}]*$:- \x1d\r\n\0é中＝９²٣"


def mutated(chance: random.Random, scans: list[str]) -> str:
    text = chance.choice(scans)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(text) + 1)
        way = chance.randrange(6)
        if way == 0:
            text = text[:at] + text[at + 1 :]
        elif way == 1:
            text = text[:at] + chance.choice(SIGNS) + text[at:]
        elif way == 2:
            text = text[:at] + chance.choice(SIGNS) + text[at + 1 :]
        elif way == 3:
            text = text[:at]
        elif way == 4:
            text += chance.choice(scans)
        else:
            text = text[:at] + text[at:].swapcase()
    return text


def test_twenty_thousand_damaged_scans_are_read_or_refused() -> None:
    chance = random.Random("isbt")
    scans = [vector["scan"] for vector in VECTORS["isbt_parse"]]
    read = 0
    for _ in range(20_000):
        raw = mutated(chance, scans)
        with suppress(Refused):
            found = read_isbt(raw, OWN)
            assert all(one.content in raw for one in found), raw
            read += 1
    assert 100 < read < 10_000


def test_damaged_single_european_codes_are_read_or_refused() -> None:
    chance = random.Random("identifiers")
    texts = [v["text"] for v in VECTORS["sec"]]
    for _ in range(5_000):
        with suppress(WrongIsbt):
            assert read_sec(mutated(chance, texts))
