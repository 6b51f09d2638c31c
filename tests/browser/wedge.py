"""A keyboard-wedge scanner at a page: real key events, one after the other at its own pace."""

from collections.abc import Sequence
from time import time

from playwright.sync_api import Page

CONTROL, ALT = 2, 1
ENDS = {"Enter": (13, "\r"), "Tab": (9, "")}


class Wedge:
    """Keys as Chromium gets them from a keyboard: any character, whatever the layout."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wire = page.context.new_cdp_session(page)

    def key(self, sign: str, at: float | None = None) -> None:
        """Press and let go; ``at`` is when the keyboard says so, in seconds since 1970."""
        if sign == "\x1d":  # what most scanners send for the group separator
            self.chord("]", "BracketRight", CONTROL)
            return
        down = {"type": "keyDown", "key": sign, "text": sign, "unmodifiedText": sign}
        up = {"type": "keyUp", "key": sign}
        for event in (down, up):
            self.wire.send("Input.dispatchKeyEvent", event | ({"timestamp": at} if at else {}))

    def chord(self, sign: str, code: str, held: int) -> None:
        event = {"key": sign, "code": code, "modifiers": held}
        self.wire.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **event})
        self.wire.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def by_number(self, digits: str) -> None:
        """Alt and a number on the keypad, as some scanners send control characters."""
        alt = {"key": "Alt", "code": "AltLeft", "windowsVirtualKeyCode": 18}
        self.wire.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "modifiers": ALT, **alt})
        for digit in digits:
            self.chord(digit, f"Numpad{digit}", ALT)
        self.wire.send("Input.dispatchKeyEvent", {"type": "keyUp", **alt})

    def end(self, name: str, at: float | None = None) -> None:
        number, text = ENDS[name]
        event = {"key": name, "code": name, "windowsVirtualKeyCode": number}
        pressed = {"type": "keyDown" if text else "rawKeyDown", **event}
        when = {"timestamp": at} if at else {}
        down = pressed | when | ({"text": text} if text else {})
        self.wire.send("Input.dispatchKeyEvent", down)
        self.wire.send("Input.dispatchKeyEvent", {"type": "keyUp", **event, **when})

    def type(self, text: str, pace: float = 0) -> float:
        """Characters at so many milliseconds each; a busy machine gets them late, not slower.

        Returns when the key after them is due, in seconds since 1970.
        """
        began = time()
        for place, sign in enumerate(text):
            due = began + place * pace / 1000
            if (ahead := due - time()) > 0:
                self.page.wait_for_timeout(ahead * 1000)
            self.key(sign, due)
        return began + len(text) * pace / 1000

    def scan(self, code: str, pace: float = 0, end: str = "Enter") -> None:
        due = self.type(code, pace)
        if pace:
            self.page.wait_for_timeout(pace)
        self.end(end, due)

    def scans(self, codes: Sequence[str], pace: float = 0, end: str = "Enter") -> None:
        for code in codes:
            self.scan(code, pace, end)
