"""Numbers as people and machines write them: nothing is guessed, but the fault is named."""

import re
import unicodedata
from typing import Final

PLAIN: Final = re.compile(r"-?\d{1,15}(\.\d{1,9})?", re.ASCII)
_GROUPED = re.compile(
    r"-?\d{1,3}([ ,'’_\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]\d{3})+(\.\d+)?"
)
_COMMA = re.compile(r"-?\d+,\d+")
_POWER = re.compile(r"-?\d+(\.\d+)?\s*([eE]|[×x*]\s*10\s*\^?)\s*[+-]?\d+")
_WITH_UNIT = re.compile(r"(-?\d+(?:\.\d+)?)\s*([^\d\s.,].*)")


def fault_of(text: str) -> str:
    """What is wrong with a text that should be a number, in one sentence with the way on."""
    given = text.strip()
    level = unicodedata.normalize("NFKC", given).replace("\N{MINUS SIGN}", "-")
    if given[:1] in {"<", ">", "≤", "≥", "=", "~"}:
        return f"Write {given[:1]} into the box before the number, and here the number alone."
    if given != level and PLAIN.fullmatch(level):
        return f"Full-width digits or signs: switch to English input and write {level}."
    if _GROUPED.fullmatch(given) or _GROUPED.fullmatch(level):
        plain = re.sub(r"[^\d.-]", "", level)
        return f"A group separator: did you mean {plain}? Write it without."
    if _COMMA.fullmatch(level):
        return f"A decimal comma: write {level.replace(',', '.')}."
    if re.fullmatch(r"-?\.\d+", given):
        return f"Write the nought before the point: {given.replace('.', '0.', 1)}."
    if _POWER.fullmatch(level):
        return "Write the number without a power of ten, for example 274000."
    if found := _WITH_UNIT.fullmatch(given):
        return f"Write the number without its unit: {found[1]}."
    if re.fullmatch(r"[+-]?\d+(\.\d*)?", given, re.ASCII):
        return "At most 15 digits before the point and 9 after it, without a plus sign."
    return 'Write a number in plain digits, for example "72.5".'
