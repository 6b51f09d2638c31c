"""A raw scan, and what it is. Nothing is repaired silently: the answer says what went wrong."""

import re
from dataclasses import dataclass
from functools import lru_cache

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.identifiers.layouts import layout_behind, without_input_method
from lims.identifiers.numbers import LENGTH, Kind, copy_of, is_number, kind_of

_AIM = re.compile(r"^\](?:C0|d1|Q1)")
LONGEST = 200
FOREIGN = "foreign-code"


@dataclass(frozen=True, slots=True)
class Scan:
    """One of our numbers as a scanner sent it."""

    number: str
    kind: Kind
    copy: int


class Scanned(str):
    """A number in a command, with the copy of the label that it was read from."""

    __slots__ = ("copy",)
    copy: int

    @classmethod
    def of(cls, scan: Scan) -> "Scanned":
        """The number of a scan, remembering its copy."""
        made = cls(scan.number)
        made.copy = scan.copy
        return made


@lru_cache(maxsize=1024)  # one action reads a code for its form, its rules and its trail
def read_scan(raw: str) -> Scan:
    """Say what was scanned, or refuse with the fault and what to do about it.

    A symbology identifier (ISO/IEC 15424) in front and line ends behind are the scanner's own
    and are taken off; everything else must be exactly one of our numbers.
    """
    text = _AIM.sub("", raw[: LONGEST + 1].strip("\r\n\t "))
    if found := copy_of(text):
        return Scan(found[0], kind_of(text), found[1])
    fault = _fault(text)
    raise Refused(fault.sentence, [fault])


def _fault(text: str) -> Reason:
    if not text:
        return Reason("empty-scan", "Nothing was scanned. Scan the code again.")
    if not text.isascii():
        plain = _AIM.sub("", without_input_method(text))
        if copy_of(plain) or copy_of(plain.upper()):
            return Reason(
                "input-method",
                "The keyboard's input method changed the scan. Switch to English input"
                " (切换到英文输入法) and scan again.",
            )
    if copy_of(text.upper()) or copy_of(_AIM.sub("", text.swapcase())):
        return Reason("caps-lock", "CapsLock is on or the case is wrong. Turn it off; scan again.")
    if layout := layout_behind(text, lambda sent: copy_of(_AIM.sub("", sent))):
        return Reason(
            "keyboard-layout",
            f"The keyboard is set to {layout}, the scanner to US. Set the keyboard to English"
            " (US) and scan again.",
        )
    if not text.isascii():
        return Reason(
            "keyboard-layout",
            "The keyboard layout or input method changed the scan. Switch to English (US)"
            " and scan again.",
        )
    return _cut_or_foreign(text)


def _cut_or_foreign(text: str) -> Reason:
    joined = _AIM.sub("", "".join(text.split()))
    if any(copy_of(joined[:cut]) and _begins_anew(joined[cut:]) for cut in (LENGTH, LENGTH + 2)):
        return Reason("two-codes", "Two codes ran together. Scan one at a time.")
    if (text.startswith("LM") and len(text) < LENGTH) or is_number(text[:-1]):
        return Reason("truncated", "Only a part of the code was read. Scan it again.")
    if text.startswith("LM") and len(text) in {LENGTH, LENGTH + 2}:
        return Reason("misread", "The check character does not agree. Scan the code again.")
    return Reason(FOREIGN, "This is not a Funis code. Scan the Funis label.")


def _begins_anew(rest: str) -> bool:
    return copy_of(_AIM.sub("", rest)) is not None
