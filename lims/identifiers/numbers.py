"""Our own numbers: "LM", a letter for the kind, eight characters, one check character.

Upper-case letters and digits only, so that no keyboard layout and no input method changes
them. What a ward person can see is random; the laboratory's numbers count by year.
"""

import re
from enum import StrEnum
from typing import Final

from lims.core.chance import Chance

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
RANDOM_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: 8 of them are 40 bits
LENGTH: Final = 12


class Kind(StrEnum):
    """What a number names. The letter is the third character."""

    BAG = "B"
    CORD = "C"
    DONOR = "D"
    EQUIPMENT = "E"
    FLASK = "F"
    SLEEVE = "G"
    HARVEST = "H"
    INFUSION = "I"
    LOT = "L"
    MATERIAL = "M"
    ORDER = "N"
    PLACE = "P"
    DEVIATION = "Q"
    RUN = "R"  # of labels that are printed and reconciled together
    SAMPLE = "S"
    TREATMENT = "T"
    VIAL = "V"
    PARTICIPANT = "W"  # the wristband carries it
    SESSION = "X"
    BADGE = "Y"


RANDOM_KINDS: Final = frozenset(
    {
        Kind.BAG,
        Kind.BADGE,
        Kind.INFUSION,
        Kind.ORDER,
        Kind.PARTICIPANT,
        Kind.SLEEVE,
        Kind.TREATMENT,
    }
)
_Y_AND_Z: Final = str.maketrans("YZ", "ZY")
_WELL_FORMED = re.compile(r"LM[A-Z][0-9A-Z]{9}", re.ASCII)


def check_character(payload: str) -> str:
    """ISO/IEC 7064 mod 37-2 over 0-9A-Z; raises ValueError for any other character."""
    total = 0
    for character in payload:
        total = (total + ALPHABET.index(character)) * 2 % 37
    return ALPHABET[(38 - total) % 37]


def is_number(text: str) -> bool:
    """Whether the text is one of our numbers with the right check character."""
    well_formed = bool(_WELL_FORMED.fullmatch(text)) and text[2] in set(Kind)
    return well_formed and check_character(text[:-1]) == text[-1]


def kind_of(number: str) -> Kind:
    """What a well-formed number names."""
    return Kind(number[2])


def random_number(kind: Kind, chance: Chance) -> str:
    """A number that says nothing: 40 random bits; drawn again if its check is "*" or it is not safe."""
    while True:
        payload = f"LM{kind}{chance.letters(f'number/{kind}', RANDOM_LETTERS, 8)}"
        check = check_character(payload)
        if check != "*" and not _reads_as_another(payload + check):
            return payload + check


def _reads_as_another(number: str) -> bool:
    """Whether a German keyboard, which swaps Y and Z, would make it another valid number."""
    swapped = number.translate(_Y_AND_Z)
    return swapped != number and is_number(swapped)


def counted_number(kind: Kind, year: int, count: int) -> str | None:
    """The laboratory's number for this year's count; None where its check would be "*"."""
    payload = f"LM{kind}{year % 100:02}{count:06}"
    check = check_character(payload)
    return None if check == "*" else payload + check


COPIES: Final = "23456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def label_code(number: str, copy: int) -> str | None:
    """What a label's symbols carry: the number alone, and for a reprint the copy and a check.

    The second label of a bag must be told from the first when it is scanned. None where the
    check character would be "*", or beyond the 35th copy.
    """
    if copy == 1:
        return number
    if copy - 2 >= len(COPIES):
        return None
    payload = number + COPIES[copy - 2]
    check = check_character(payload)
    return None if check == "*" else payload + check


def copy_of(code: str) -> tuple[str, int] | None:
    """The number and the copy of a label's code; None if it is not one."""
    if is_number(code):
        return code, 1
    number, rest = code[:LENGTH], code[LENGTH:]
    if len(rest) != 2 or not is_number(number) or rest[0] not in COPIES:
        return None
    copy = COPIES.index(rest[0]) + 2
    return (number, copy) if label_code(number, copy) == code else None
