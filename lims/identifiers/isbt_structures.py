"""The data structures of ISBT 128 by their public numbers: lengths, forms, dates (ST-001 §2)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from lims.core.texts import say
from lims.identifiers.numbers import ALPHABET, check_character

LONGEST: Final = 200
_DIN: Final = re.compile(
    r"(?P<fin>[A-NP-Z1-9][A-NP-Z0-9]{2}\d{2})(?P<yy>\d{2})(?P<seq>\d{6})"
    r"(?P<ff>[0-9A-HJ-NPR-Y]{2})",
    re.ASCII,
)
# Data identifier: number, name, length of the content; 0 where a counter inside gives it.
_STRUCTURES: Final[Mapping[str, tuple[str, str, int]]] = {
    "=%": ("002", "blood_groups", 4), "=<": ("003", "product_code", 8),
    "=>": ("004", "expiration_date", 6), "&>": ("005", "expiration_datetime", 10),
    "=*": ("006", "collection_date", 6), "&*": ("007", "collection_datetime", 10),
    "=}": ("008", "production_date", 6), "&}": ("009", "production_datetime", 10),
    "&(": ("010", "special_testing", 5), "=)": ("017", "container", 10),
    "&)": ("018", "container_lot", 10), "=;": ("019", "donor_id", 21),
    "='": ("020", "staff_id", 11), "=-": ("021", "item", 10), "&-": ("022", "item_lot", 10),
    "=+": ("023", "compound_message", 5), "=#": ("024", "patient_birth", 10),
    "&#": ("025", "patient_id", 0), "=]": ("026", "expiration_month", 6),
    "=$": ("028", "consignment", 16), "&$": ("029", "dimensions", 0),
    "=(": ("031", "flexible_datetime", 16), "=,": ("032", "product_divisions", 6),
    "&+": ("033", "processing_facility", 11), "=/": ("034", "ppic", 16),
    "&,1": ("035", "mpho_lot", 18), "&,2": ("036", "mpho_supplement", 18),
    "&,4": ("038", "sec", 40), "&:": ("039", "grid", 19), "&/": ("040", "chain_of_identity", 15),
}  # fmt: skip
_FORMS: Final = {
    name: re.compile(form, re.ASCII)
    for name, form in {
        "product_code": r"(?P<pdc>[A-Z][0-9A-Z]\d{3})(?P<t>[0-9A-Za-z])(?P<d>[0-9A-Z])(?P<s>[0-9a-z])",
        "donor_id": r"(?P<fin>[A-NP-Z1-9][A-NP-Z0-9]{2}\d{2})(?P<seq>\d{16})",
        "staff_id": r"(?P<fin>[A-NP-Z1-9][A-NP-Z0-9]{2}\d{2})(?P<staff>[0-9A-Z]{6})",
        "ppic": r"(?P<finp>[A-NP-Z1-9][A-NP-Z0-9]{2}\d{2})(?P<fpc>[0-9A-Z]{6})(?P<pdc>[0-9A-Z]{5})",
        "compound_message": r"(?P<count>\d{2})(?P<seq>\d{3})",
        "patient_id": r"(?P<loc>\d{2})\d{2}(?P<id>[0-9A-Za-z]+)",
        "patient_birth": r"(?P<loc>\d{2})(?P<born>\d{8})",
        "product_divisions": r"[0-9A-Z]{6}",
        "flexible_datetime": r"(?P<z>[12])0(?P<tt>\d{2})(?P<ts>\d{12})",
        "chain_of_identity": r"CH(?P<fin>[A-NP-Z1-9][A-NP-Z0-9]{2}\d{2})(?P<yy>\d{2})(?P<seq>[0-9A-Z]{6})",
        "processing_facility": r"(?P<finp>[A-NP-Z1-9][A-NP-Z0-9]{2}\d{2})(?P<fpc>[0-9A-Z]{6})",
        "dimensions": r"\d{2}(\d{14})+",
        "blood_groups": r"[0-9A-Za-z]{4}",
        "special_testing": r"[0-9A-Za-z]{5}",
        "consignment": (
            r"(?P<fin>[A-NP-Z1-9][A-NP-Z0-9]{2}\d{2})(?P<yy>\d{2})(?P<seq>\d{5})"
            r"(?P<container>\d{2})(?P<containers>\d{2})"
        ),
        "grid": r"[0-9A-Z]{19}",
    }.items()
}
_PLAIN = re.compile(r"[0-9A-Za-z]+", re.ASCII)
_SEC = re.compile(
    r"(?P<country>[A-Z]{2})(?P<te>[0-9A-Z]{6})(?P<udn>[0-9A-Z]{13})(?P<system>[ABE])"
    r"(?P<product>[0-9A-Z]{7})(?P<split>[0-9A-Za-z]{3})(?P<expiry>\d{8})",
    re.ASCII,
)


@dataclass(frozen=True)
class Structure:
    """One data structure: its number, its name, its content and what the content says."""

    ds: str
    name: str
    content: str
    parts: Mapping[str, Any] = field(default_factory=dict)


class WrongIsbt(ValueError):
    """What is wrong with the text, in a sentence."""


def whole(text: str, *, concatenated: bool) -> tuple[Structure, ...]:
    """All structures of a text, or WrongIsbt: nothing is interpreted unless all is valid."""
    if not text or len(text) > LONGEST:
        raise WrongIsbt(say("this-is-no-isbt-128"))
    found = tuple(_structures(text))
    first = found[0]
    if first.name == "compound_message":
        if len(found) - 1 != int(first.parts["count"]):
            raise WrongIsbt(
                say(
                    "the-code-announces-parts-not", parts=first.parts["count"], count=len(found) - 1
                )
            )
    elif len(found) > (2 if concatenated else 1):
        raise WrongIsbt(say("several-codes-ran-together"))
    names = [one.name for one in found]
    if "compound_message" in names[1:]:
        raise WrongIsbt(say("a-message-stands-inside-another"))
    divided = any(o.name == "product_code" and o.parts["d"] + o.parts["s"] == "99" for o in found)
    if divided and "product_divisions" not in names:
        raise WrongIsbt(say("the-products-divisions-are-missing"))
    return found


def _structures(text: str) -> Iterator[Structure]:
    while text:
        if text[0] == "=" and len(text) > 1 and re.match("[A-NP-Z1-9]", text[1]):
            made, text = _din(text[1:16]), text[16:]
            yield made
            continue
        width = 3 if text.startswith("&,") else 2
        known = _STRUCTURES.get(text[:width])
        if known is None:
            raise WrongIsbt(say("it-begins-with-no-data"))
        ds, name, length = known
        length = length or _own_length(name, text[width:])
        content, text = text[width : width + length], text[width + length :]
        if len(content) != length:
            raise WrongIsbt(say("the-code-is-cut-off"))
        yield Structure(ds, name, content, _parts(name, content))


def _own_length(name: str, rest: str) -> int:
    counter = rest[2:4] if name == "patient_id" else rest[:2]
    if not (counter.isascii() and counter.isdigit()) or int(counter) == 0:
        raise WrongIsbt(say("a-length-is-missing"))
    return 4 + int(counter) if name == "patient_id" else 2 + 14 * int(counter)


def _din(content: str) -> Structure:
    found = _DIN.fullmatch(content)
    if found is None:
        raise WrongIsbt(say("the-donation-number-is-not"))
    parts: dict[str, Any] = {**found.groupdict(), "din": content[:13]}
    flags = parts["ff"]
    if flags.isdigit() and 60 <= int(flags) <= 96:
        if ALPHABET.index(check_character(content[:13])) + 60 != int(flags):
            raise WrongIsbt(say("the-check-of-the-donation"))
        parts["check_verified"] = True
    return Structure("001", "din", content, parts)


def _parts(name: str, content: str) -> dict[str, Any]:
    form = _FORMS.get(name, _PLAIN)
    found = form.fullmatch(content)
    if found is None:
        raise WrongIsbt(say("the-is-not-well-formed", name=name.replace("_", " ")))
    parts: dict[str, Any] = found.groupdict()
    if name.endswith(("_date", "_datetime")) and name != "flexible_datetime":
        parts |= _moment(content)
    elif name == "flexible_datetime":
        parts["datetime"] = _timed(content[4:])
    elif name == "sec":
        parts["sec"] = read_sec(content)
    elif name == "dimensions":
        parts = {
            "segments": [_dimension(content[at : at + 14]) for at in range(2, len(content), 14)]
        }
    elif name == "expiration_month":
        _day(content + "01")
    elif name == "patient_birth":
        parts["born"] = _day(content[2:]).isoformat()
    return parts


def _dimension(text: str) -> dict[str, Any]:
    """`aa bbbb ccccc d ee`: comparison, unit, digits, decimals, reserved (ST-001 §2.4.29)."""
    digits, places = int(text[6:11]), int(text[11])
    return {
        "symbol": text[:2],
        "unit_code": text[2:6],
        "value": Decimal(digits).scaleb(-places),
    }


def _moment(content: str) -> dict[str, str]:
    """`cyyjjj`, and `hhmm` behind it; day 366 exists in leap years only, 24:00 never.

    The century digit counts from 2000, but 9 is the century before (ST-001 §2.4.4).
    """
    if not content.isdigit():
        raise WrongIsbt(say("a-date-holds-digits-only"))
    year, day = int(content[:3]), int(content[3:6])
    year += 1000 if content[0] == "9" else 2000
    try:
        found = date(year, 1, 1) + timedelta(days=day - 1)
    except (ValueError, OverflowError) as error:
        raise WrongIsbt(say("there-is-no-such-day")) from error
    if day < 1 or found.year != year:
        raise WrongIsbt(say("there-is-no-such-day"))
    if len(content) == 6:
        return {"date": found.isoformat()}
    return {"datetime": _timed(f"{found:%Y%m%d}{content[6:]}")}


def _timed(digits: str) -> str:
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M").isoformat(timespec="minutes")  # noqa: DTZ007 -- the standard has no zone
    except ValueError as error:
        raise WrongIsbt(say("there-is-no-such-time")) from error


def _day(digits: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError as error:
        raise WrongIsbt(say("there-is-no-such-day")) from error


def read_sec(text: str) -> dict[str, Any]:
    """The Single European Code's parts (ST-012); it has no check character."""
    plain = text.removeprefix("SEC:").replace(" ", "").replace("\n", "")
    found = _SEC.fullmatch(plain)
    if found is None:
        raise WrongIsbt(say("the-single-european-code-is"))
    expiry = found["expiry"]
    ends = None if expiry == "00000000" else _day(expiry).isoformat()
    return {**found.groupdict(), "expiry_date": ends}
