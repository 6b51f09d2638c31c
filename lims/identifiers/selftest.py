"""What a scanner's test reads say about its settings, the keyboard and the input method."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from lims.core.entries import GROUP_SEPARATOR
from lims.core.texts import joined, say
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
    TestCode("plain", "Code 128", PLAIN, say("letters-and-digits-arrive-unchanged")),
    TestCode("matrix", "Data Matrix", PLAIN, say("data-matrix-is-switched-on")),
    TestCode("signs", "Data Matrix", SIGNS, say("keyboard-layout-and-input-method")),
    TestCode(
        "fields",
        "GS1 Data Matrix",
        FIELDS,
        say("the-separator-inside-suppliers-codes"),
        "(01)09521234543213(17)261231(10)LOT7(21)SN42",
    ),
    TestCode("long", "Data Matrix", LONG, say("speed-nothing-is-cut-off")),
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
            to_do = (
                say("switch-data-matrix-on") if "Matrix" in code.symbol else say("scan-it-again")
            )
            found.append(Finding(f"{code.symbol}: {code.shows}", False, say("not-read"), to_do))
        else:
            found.append(_JUDGES[code.name](code, read))
    return found


def _ending(reads: list[TestRead]) -> Finding:
    ends = sorted({read.ended_by or say("scanner.nothing") for read in reads})
    good = ends in (["Enter"], ["Tab"])
    return Finding(
        say("suffix"),
        good,
        joined("both-and", ends),
        "" if good else say("set-the-suffix-to-enter"),
    )


def _framing(reads: list[TestRead]) -> Finding:
    fronts = {front_of(read) for read in reads}
    known = {front for front in fronts if front is not None}
    if len(known) > 1 and all(front.startswith("]") for front in known):
        return Finding(say("prefix"), True, say("symbology-identifier-aim-as-wished"))
    if len(known) == 1:
        (front,) = known
        if front:
            return Finding(say("prefix"), True, f'"{front}"', say("use-it-as-the-frame"))
        to_do = say("set-the-aim-identifier-as")
        return Finding(say("prefix"), True, say("scanner.none"), to_do)
    return Finding(say("prefix"), False, say("scanner.differs"), say("set-the-same-prefix-for"))


def front_of(read: TestRead) -> str | None:
    """What stands before the data of a test code; None if the data is not found unchanged."""
    data = next(code.data for code in CODES if code.name == read.name)
    raw = read.raw.rstrip("\r\n\t")
    return raw[: -len(data)] if raw.endswith(data) else None


def _same(code: TestCode, read: TestRead) -> Finding:
    what = f"{code.symbol}: {code.shows}"
    if front_of(read) is not None:
        return Finding(what, True, say("as-printed"))
    return Finding(what, False, *keyboard_fault(read.raw.rstrip("\r\n\t"), code.data))


def keyboard_fault(raw: str, data: str) -> tuple[str, str]:
    """What changed a text on its way through the keyboard, and what to set."""

    def meant(text: str) -> bool:
        return text.endswith(data)

    if meant(raw.swapcase()):
        return say("capslock-is-on"), say("turn-capslock-off")
    if layout := layout_behind(raw, meant):
        return say("layout-keyboard-layout", layout=layout), say("set-the-keyboard-to-english")
    if not raw.isascii() and meant(without_input_method(raw)):
        return say("chinese-input-method"), say("switch-to-english-input")
    if len(raw) < len(data):
        return say("cut-off-after-of-characters", count=len(raw), count_2=len(data)), say(
            "raise-the-delay-a-little"
        )
    return say("scanner.changed"), say("set-the-scanner-to-a")


def _separator(code: TestCode, read: TestRead) -> Finding:
    what = say("gs1-the-separator-between-fields")
    raw = read.raw.rstrip("\r\n\t")
    if raw.endswith(code.data):
        return Finding(what, True, say("sent-as-group-separator-gs"))
    before, after = code.data.split(GROUP_SEPARATOR)
    for sign in VISIBLE:
        if raw.endswith(before + sign + after):
            return Finding(
                what,
                True,
                say("sent-as-sign", sign=sign),
                say("set-funis-gs1-separators", sign=sign),
            )
    if raw.endswith(before + after):
        to_do = say("let-the-scanner-send-gs")
        return Finding(what, False, say("dropped-a-lot-would-swallow"), to_do)
    return Finding(what, False, *keyboard_fault(raw, code.data))


def _speed(code: TestCode, read: TestRead) -> Finding:
    if front_of(read) is None:
        return Finding(
            say("long-code"), False, *keyboard_fault(read.raw.rstrip("\r\n\t"), code.data)
        )
    pace = read.milliseconds / max(1, len(read.raw) - 1)
    slow = say("set-the-delay-between-characters") if pace > SLOW else ""
    return Finding(say("speed"), pace <= SLOW, say("pace-ms-a-character", pace=f"{pace:.0f}"), slow)


_JUDGES: Final[dict[str, Callable[[TestCode, TestRead], Finding]]] = {
    "plain": _same,
    "matrix": _same,
    "signs": _same,
    "fields": _separator,
    "long": _speed,
}
