"""Suppliers' and hospitals' GS1 codes: read by biip, with the checks that it leaves to us.

A scanner that drops the separator makes one field swallow the next without any sign (GS1
General Specifications 7.8): such a code is not believed until the printed lot is given.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

from lims.core.entries import GROUP_SEPARATOR
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say

if TYPE_CHECKING:
    from biip.gs1_element_strings import GS1ElementString
    from biip.gs1_messages import GS1Message

_AIM = re.compile(r"^\](?:C1|d2|e0|Q3|J1)")
_OTHER_AIM = re.compile(r"^\][A-Za-z]\w")
# GS1 General Specifications figure 7.11-1: what a lot or a serial may hold.
_CSET_82: Final = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+", re.ASCII)
GTIN, LOT, EXPIRY, SERIAL = "01", "10", "17", "21"
CARER, WEARER = "8017", "8018"  # GSRN of a badge and of a wristband
LONGEST = 200


@dataclass(frozen=True)
class Gs1:
    """What a GS1 code says: the values by application identifier."""

    values: dict[str, str]
    expires_on: date | None = None
    may_have_swallowed: str = field(default="", compare=False)
    value_at: int = field(default=0, compare=False)  # where that field's value begins

    @property
    def gtin(self) -> str:
        """The trade item's number, or nothing."""
        return self.values.get(GTIN, "")

    @property
    def lot(self) -> str:
        """The supplier's lot, or nothing."""
        return self.values.get(LOT, "")

    @property
    def wearer(self) -> str:
        """The GSRN on a patient's wristband, or nothing."""
        return self.values.get(WEARER, "")


def read_gs1(
    raw: str, separators: Iterable[str] = (GROUP_SEPARATOR,), printed_lot: str = ""
) -> Gs1:
    """Read a GS1 code, or refuse with every fault; `printed_lot` mends a lost separator.

    Raises Refused("not-gs1"), ("gs1-check-digit"), ("lot-differs") or ("lost-separator").
    """
    text = _AIM.sub("", raw[: LONGEST + 1].strip("\r\n\t "))
    if not text or len(text) > LONGEST or _OTHER_AIM.match(text):
        raise _refused("not-gs1", say("this-is-not-a-gs1"))
    for separator in separators:
        text = text.replace(separator, GROUP_SEPARATOR)
    found = _read(text)
    if found.may_have_swallowed and printed_lot:
        found = _with_lot(text, found, printed_lot)
    if found.may_have_swallowed:
        raise _refused(
            "lost-separator",
            say("the-scanner-may-have-dropped"),
        )
    return found


def _message(text: str, *, verify_dates: bool = True) -> "GS1Message":
    """The code as biip reads it; raises ValueError where it is none."""
    from biip import ParseConfig, ParseError  # noqa: PLC0415 -- slow, for suppliers' codes alone
    from biip.gs1_messages import GS1Message  # noqa: PLC0415 -- as above

    config = ParseConfig(
        separator_chars=(GROUP_SEPARATOR,), gs1_element_strings_verify_date=verify_dates
    )
    try:
        return GS1Message.parse(text, config=config)
    except ParseError as error:
        raise ValueError(str(error)) from error


def _read(text: str) -> Gs1:
    try:
        message = _message(text)
    except ValueError as error:
        raise _refused("not-gs1", say("this-is-not-a-complete")) from error
    if not message.element_strings:
        raise _refused("not-gs1", say("this-is-not-a-complete"))
    values: dict[str, str] = {}
    expires: date | None = None
    doubtful, begin, place = "", 0, 0
    for part in message.element_strings:
        if reasons := _faults(part, values):
            raise Refused(reasons[0].sentence, reasons)
        values[part.ai.ai] = part.value
        if part.ai.ai == EXPIRY:
            expires = part.date
        while text.startswith(GROUP_SEPARATOR, place):
            place += 1
        place += len(part.ai.ai) + len(part.value)
        if not doubtful and part.ai.separator_required and _ends_open(part, text[place:]):
            doubtful, begin = part.ai.ai, place - len(part.value)
    return Gs1(values, expires, doubtful, begin)


def _ends_open(part: "GS1ElementString", rest: str) -> bool:
    """Whether a field of variable length may hold another one: no separator proves its end.

    One of full length needs it too; biip goes on without (GS1 General Specifications 7.8.4).
    """
    if ".." not in part.ai.format:
        return False  # of one length only: it cannot hold more
    if rest:
        return not rest.startswith(GROUP_SEPARATOR)
    return _could_hold_more(part)


def _faults(part: "GS1ElementString", before: dict[str, str]) -> list[Reason]:
    from biip.checksums import gs1_standard_check_digit  # noqa: PLC0415 -- as above

    code, value = part.ai.ai, part.value
    wrong_digit = bool(part.gtin_error or part.sscc_error or part.gln_error) or (
        code in {CARER, WEARER} and gs1_standard_check_digit(value[:-1]) != int(value[-1])
    )
    faults = []
    if wrong_digit:
        faults.append(Reason("gs1-check-digit", code=code))
    if not _CSET_82.fullmatch(value):
        faults.append(Reason("not-gs1", code=code))
    if before.get(code, value) != value:
        faults.append(Reason("not-gs1.stands", code=code))
    return faults


def _could_hold_more(part: "GS1ElementString") -> bool:
    """Whether the end of this value reads as further fields: then a separator may be lost."""
    return any(_is_message(part.value[cut:]) for cut in range(1, len(part.value)))


def _is_message(text: str) -> bool:
    try:
        return bool(_message(text, verify_dates=False).element_strings)
    except ValueError:
        return False


def _with_lot(text: str, found: Gs1, printed: str) -> Gs1:
    """The code with the separators that the printed lot shows to be missing."""
    value = text[found.value_at :]
    if found.may_have_swallowed == LOT:
        if not value.startswith(printed):
            raise _refused("lot-differs", say("the-printed-lot-is-not"))
        cut = found.value_at
    elif value.count(LOT + printed) == 1:  # a serial before it swallowed the lot
        cut = found.value_at + value.index(LOT + printed)
        text = text[:cut] + GROUP_SEPARATOR + text[cut:]
        cut += 1 + len(LOT)
    else:
        return found
    end = cut + len(printed)
    rest = text[end:].removeprefix(GROUP_SEPARATOR)
    again = _read(text[:end] + GROUP_SEPARATOR + rest)
    return Gs1(again.values, again.expires_on)


def _refused(code: str, sentence: str) -> Refused:
    return Refused(sentence, [Reason(code, sentence)])
