"""A raw scan, and what it is. Nothing is repaired silently: the answer says what went wrong."""

import re
from dataclasses import dataclass
from functools import lru_cache

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
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
        return Reason("empty-scan")
    if not text.isascii():
        plain = _AIM.sub("", without_input_method(text))
        if copy_of(plain) or copy_of(plain.upper()):
            return Reason("input-method")
    if copy_of(text.upper()) or copy_of(_AIM.sub("", text.swapcase())):
        return Reason("caps-lock")
    if layout := layout_behind(text, lambda sent: copy_of(_AIM.sub("", sent))):
        return Reason("keyboard-layout", layout=layout)
    if not text.isascii():
        return Reason("keyboard-layout.the")
    return _cut_or_foreign(text)


def _cut_or_foreign(text: str) -> Reason:
    joined = _AIM.sub("", "".join(text.split()))
    if any(copy_of(joined[:cut]) and _begins_anew(joined[cut:]) for cut in (LENGTH, LENGTH + 2)):
        return Reason("two-codes")
    if (text.startswith("LM") and len(text) < LENGTH) or is_number(text[:-1]):
        return Reason("truncated")
    if text.startswith("LM") and len(text) in {LENGTH, LENGTH + 2}:
        return Reason("misread")
    return Reason(FOREIGN, say("this-is-not-a-funis"))


def _begins_anew(rest: str) -> bool:
    return copy_of(_AIM.sub("", rest)) is not None
