"""Numbers as people and machines write them: nothing is guessed, but the fault is named."""

import re
import unicodedata
from typing import Final

from lims.core.texts import say

PLAIN: Final = re.compile(r"-?\d{1,15}(\.\d{1,9})?", re.ASCII)
_GROUPED = re.compile(
    r"-?\d{1,3}([ ,'’_\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]\d{3})+(\.\d+)?"
)
_COMMA = re.compile(r"-?\d+,\d+")
_POWER = re.compile(r"-?\d+(\.\d+)?\s*([eE]|[×x*]\s*10\s*\^?)\s*[+-]?\d+")
_LIKE_DIGITS = re.compile("[oOlISB]+")  # a letter for a digit: nobody knows which number was meant
_WITH_UNIT = re.compile(r"(-?\d+(?:\.\d+)?)\s*([^\d\s.,].*)")


def fault_of(text: str) -> str:
    """What is wrong with a text that should be a number, in one sentence with the way on."""
    given = text.strip()
    level = unicodedata.normalize("NFKC", given).replace("\N{MINUS SIGN}", "-")
    if given[:1] in {"<", ">", "≤", "≥", "=", "~"}:
        return say("write-into-the-box-before", given=given[:1])
    if given != level and PLAIN.fullmatch(level):
        return say("full-width-digits-or-signs", level=level)
    if _GROUPED.fullmatch(given) or _GROUPED.fullmatch(level):
        plain = re.sub(r"[^\d.-]", "", level)
        return say("a-group-separator-did-you", plain=plain)
    if _COMMA.fullmatch(level):
        return say("a-decimal-comma-write", level=level.replace(",", "."))
    if re.fullmatch(r"-?\.\d+", given):
        return say("write-the-nought-before-the", given=given.replace(".", "0.", 1))
    if _POWER.fullmatch(level):
        return say("write-the-number-without-a")
    if (found := _WITH_UNIT.fullmatch(given)) and not _LIKE_DIGITS.fullmatch(found[2]):
        return say("write-the-number-without-its", found=found[1])
    if re.fullmatch(r"[+-]?\d+(\.\d*)?", given, re.ASCII):
        return say("at-most-15-digits-before")
    return say("write-a-number-in-plain")
