"""Hospitals' own wristbands: which codes an installation accepts beside ours, by configuration."""

import re
from collections.abc import Sequence

from lims.core.errors import Refused
from lims.identifiers.gs1 import read_gs1
from lims.identifiers.isbt import read_isbt
from lims.identifiers.scans import read_scan

_AIM = re.compile(r"^\][A-Za-z]\w", re.ASCII)
GS1, ISBT, PATTERN = "gs1", "isbt", "pattern:"


def patterns_of(setting: str) -> tuple[str, ...]:
    """The patterns of a setting, separated by blanks: `gs1`, `isbt`, `pattern:<expression>`.

    Raises ValueError for anything else, so that a wrong setting stops the start.
    """
    found = tuple(setting.split())
    for one in found:
        if one.startswith(PATTERN):
            try:
                re.compile(one.removeprefix(PATTERN), re.ASCII)
            except re.error as error:
                raise ValueError(f"{one} is no regular expression") from error
        elif one not in {GS1, ISBT}:
            raise ValueError(f"{one} is no pattern of wristbands: gs1, isbt or pattern:…")
    return found


def _is_ours(text: str) -> bool:
    try:
        return bool(read_scan(text))
    except Refused:
        return False


def read_wristband(raw: str, patterns: Sequence[str], facility: str = "") -> str | None:
    """Whom a hospital's wristband names, in one spelling; None if no pattern takes it."""
    text = raw.strip(" \t\r\n")
    if _is_ours(text):
        return None
    plain = _AIM.sub("", text)
    for one in patterns:
        try:
            if one == GS1 and (number := read_gs1(text).wearer):
                return f"GSRN {number}"
            if one == ISBT:
                for part in read_isbt(text, facility):
                    if part.name == "patient_id":
                        return f"ISBT {part.parts['id']}"
        except Refused:
            continue
        if one.startswith(PATTERN) and re.fullmatch(one.removeprefix(PATTERN), plain, re.ASCII):
            return f"MRN {plain}"
    return None
