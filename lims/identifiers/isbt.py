"""ISBT 128, an optional module: reading and writing it needs a licence from ICCBBA.

Every vendor and facility whose software reads or prints ISBT 128 registers and pays (ST-001
§12.2), so it is off until an installation configures the facility number that was assigned to
it. No table of ICCBBA is in this program. A9990 to A9999 are set aside for validation (ST-001
§5.3): what carries them is marked as demonstration.
"""

import re
from typing import Final

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.identifiers.isbt_structures import LONGEST, Structure, WrongIsbt, whole
from lims.identifiers.layouts import without_input_method
from lims.identifiers.numbers import ALPHABET, check_character

FACILITY: Final = re.compile(r"[A-NP-Z1-9][A-NP-Z0-9]{2}\d{2}", re.ASCII)
_AIM = re.compile(r"^\](?:C0|C4|d1)")


def read_isbt(raw: str, facility: str) -> tuple[Structure, ...]:
    """The structures of a scan, all of them valid, or Refused; `facility` turns the module on.

    A donation number of the own facility must carry its check in the flags: a keyboard can
    change any other one into a second valid number (ST-001 §2.4.1, flags of type 3).
    """
    if not FACILITY.fullmatch(facility):
        raise _refused(
            "isbt-off",
            say("this-is-an-isbt-128"),
        )
    found = parse(raw)
    for one in found:
        if one.name == "din" and one.parts["fin"] == facility and "check_verified" not in one.parts:
            raise _refused("isbt-no-check", say("this-donation-number-lacks-its"))
    return found


def looks_like_isbt(raw: str) -> bool:
    """Whether a scan begins as ISBT 128 codes do."""
    text = _AIM.sub("", raw.strip())
    return len(text) > 5 and text[0] in "=&" and not text[1].isspace()


def parse(raw: str) -> tuple[Structure, ...]:
    """The structures of a text, whatever facility they name; nothing unless all of it is valid."""
    text = _AIM.sub("", raw[: LONGEST + 1].strip("\r\n\t "))
    try:
        return whole(text, concatenated=raw.startswith("]C4"))
    except WrongIsbt as error:
        raise _fault(text, str(error)) from error


def _fault(text: str, why: str) -> Refused:
    for changed, code, sentence in (
        (without_input_method(text), "input-method",
         say("the-input-method-changed-the")),
        (text.swapcase(), "caps-lock", say("capslock-is-on-turn-it")),
    ):  # fmt: skip
        if changed != text and _iswhole(changed):
            return _refused(code, sentence)
    if not text.isascii():
        return _refused("input-method", say("the-input-method-or-layout"))
    return _refused("isbt-invalid", say("scan-the-whole-code-again", why=why))


def _iswhole(text: str) -> bool:
    try:
        return bool(whole(text, concatenated=False))
    except WrongIsbt:
        return False


def donation_scan(facility: str, year: int, sequence: int) -> str:
    """What a donation's symbol carries: `=`, number, and its check in the flags (type 3)."""
    if not FACILITY.fullmatch(facility):
        raise _refused("isbt-off", say("printing-isbt-128-needs-a"))
    number = f"{facility}{year % 100:02}{sequence:06}"
    return f"={number}{ALPHABET.index(check_character(number)) + 60}"


def donation_text(number: str) -> str:
    """A donation number as it is printed: facility, year, sequence, and its check character."""
    return f"{number[:5]} {number[5:7]} {number[7:13]}  [{check_character(number[:13])}]"


def is_demonstration(facility: str) -> bool:
    """Whether a facility number is one of the ten set aside for validation."""
    return facility.startswith("A999") and facility[4:].isdigit()


def _refused(code: str, sentence: str) -> Refused:
    return Refused(sentence, [Reason(code, sentence)])
