"""What a scanner's test reads say about its settings, the keyboard and the input method."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from lims.core.entries import GROUP_SEPARATOR
from lims.identifiers.layouts import layout_behind, without_input_method

PLAIN: Final = "LMZ26000001YQWA"  # Y, Z, Q, W and A move on German and French keyboards
SIGNS: Final = "aA1-/=+<>&,;:.()[]{}*'_!?$%@#^\\|~`\""
FIELDS: Final = f"01095212345432131726123110LOT7{GROUP_SEPARATOR}21SN42"
LONG: Final = "LONG" + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "END0123456789ABCDEFEND"
SLOW: Final = 20  # milliseconds a character: beyond it a long code is a long wait
VISIBLE: Final = "#$@[]^{}|~\\`"  # signs that no GS1 value holds


@dataclass(frozen=True)
class TestCode:
    """One code of the test: what it holds, in which symbol, and what it shows."""

    name: str
    symbol: str
    data: str
    shows: str
    gs1: str = ""  # the same with its application identifiers in brackets, for the encoder

    @property
    def written(self) -> str:
        """What the encoder is given."""
        return self.gs1 or self.data


CODES: Final = (
    TestCode("plain", "Code 128", PLAIN, "letters and digits arrive unchanged"),
    TestCode("matrix", "Data Matrix", PLAIN, "Data Matrix is switched on"),
    TestCode("signs", "Data Matrix", SIGNS, "keyboard layout and input method"),
    TestCode(
        "fields",
        "GS1 Data Matrix",
        FIELDS,
        "the separator inside suppliers' codes",
        "(01)09521234543213(17)261231(10)LOT7(21)SN42",
    ),
    TestCode("long", "Data Matrix", LONG, "speed; nothing is cut off"),
)


@dataclass(frozen=True)
class TestRead:
    """What the page received for one code."""

    name: str
    raw: str
    ended_by: str  # "Enter", "Tab" or "" after a pause
    milliseconds: int


@dataclass(frozen=True)
class Finding:
    """One thing about the scanner: whether it is right, and what to set."""

    what: str
    good: bool
    found: str
    to_do: str = ""


def findings(reads: Sequence[TestRead]) -> list[Finding]:
    """Everything that these reads show; a code that was not read is named."""
    by_name = {read.name: read for read in reads if read.raw.strip()}
    found: list[Finding] = []
    if by_name:
        found.append(_ending(list(by_name.values())))
        found.append(_framing(list(by_name.values())))
    for code in CODES:
        read = by_name.get(code.name)
        if read is None:
            to_do = "Switch Data Matrix on." if "Matrix" in code.symbol else "Scan it again."
            found.append(Finding(f"{code.symbol}: {code.shows}", False, "not read", to_do))
        else:
            found.append(_JUDGES[code.name](code, read))
    return found


def _ending(reads: list[TestRead]) -> Finding:
    ends = sorted({read.ended_by or "nothing" for read in reads})
    good = ends in (["Enter"], ["Tab"])
    return Finding("Suffix", good, " and ".join(ends), "" if good else "Set the suffix to Enter.")


def _framing(reads: list[TestRead]) -> Finding:
    fronts = {front_of(read) for read in reads}
    known = {front for front in fronts if front is not None}
    if len(known) > 1 and all(front.startswith("]") for front in known):
        return Finding("Prefix", True, "symbology identifier (AIM), as wished")
    if len(known) == 1:
        (front,) = known
        if front:
            return Finding("Prefix", True, f'"{front}"', "Use it as the frame on this computer.")
        to_do = "Set the AIM identifier as prefix: typed and scanned codes are then told apart."
        return Finding("Prefix", True, "none", to_do)
    return Finding("Prefix", False, "differs", "Set the same prefix for all symbols.")


def front_of(read: TestRead) -> str | None:
    """What stands before the data of a test code; None if the data is not found unchanged."""
    data = next(code.data for code in CODES if code.name == read.name)
    raw = read.raw.rstrip("\r\n\t")
    return raw[: -len(data)] if raw.endswith(data) else None


def _same(code: TestCode, read: TestRead) -> Finding:
    what = f"{code.symbol}: {code.shows}"
    if front_of(read) is not None:
        return Finding(what, True, "as printed")
    return Finding(what, False, *keyboard_fault(read.raw.rstrip("\r\n\t"), code.data))


def keyboard_fault(raw: str, data: str) -> tuple[str, str]:
    """What changed a text on its way through the keyboard, and what to set."""

    def meant(text: str) -> bool:
        return text.endswith(data)

    if meant(raw.swapcase()):
        return "CapsLock is on", "Turn CapsLock off."
    if layout := layout_behind(raw, meant):
        return f"{layout} keyboard layout", "Set the keyboard to English (US), or the scanner's."
    if not raw.isascii() and meant(without_input_method(raw)):
        return "Chinese input method", "Switch to English input (切换到英文输入法)."
    if len(raw) < len(data):
        return f"cut off after {len(raw)} of {len(data)} characters", "Raise the delay a little."
    return "changed", "Set the scanner to a US keyboard and the computer to English (US)."


def _separator(code: TestCode, read: TestRead) -> Finding:
    what = "GS1: the separator between fields"
    raw = read.raw.rstrip("\r\n\t")
    if raw.endswith(code.data):
        return Finding(what, True, "sent as group separator (GS)")
    before, after = code.data.split(GROUP_SEPARATOR)
    for sign in VISIBLE:
        if raw.endswith(before + sign + after):
            return Finding(what, True, f'sent as "{sign}"', f'Set FUNIS_GS1_SEPARATORS="{sign}".')
    if raw.endswith(before + after):
        to_do = 'Let the scanner send GS (ASCII 29), or replace it by "#".'
        return Finding(what, False, "dropped: a lot would swallow the next field", to_do)
    return Finding(what, False, *keyboard_fault(raw, code.data))


def _speed(code: TestCode, read: TestRead) -> Finding:
    if front_of(read) is None:
        return Finding("Long code", False, *keyboard_fault(read.raw.rstrip("\r\n\t"), code.data))
    pace = read.milliseconds / max(1, len(read.raw) - 1)
    slow = "Set the delay between characters to 0." if pace > SLOW else ""
    return Finding("Speed", pace <= SLOW, f"{pace:.0f} ms a character", slow)


_JUDGES: Final[dict[str, Callable[[TestCode, TestRead], Finding]]] = {
    "plain": _same,
    "matrix": _same,
    "signs": _same,
    "fields": _separator,
    "long": _speed,
}
