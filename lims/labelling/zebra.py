"""Talks to a label printer over TCP 9100: what it says of itself, how many labels it printed.

Port 9100 has no acknowledgement. `~HS` tells the state in three lines between STX and ETX; the
odometer tells whether one more label came out. A printer that answers neither prints all the
same: then only scanning the label back proves it.
"""

import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from time import monotonic, sleep
from typing import Final

from lims.core.texts import say

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 2.0
PRINT_SECONDS: Final = 8.0
POLL_SECONDS: Final = 0.1
_STATUS: Final = re.compile(rb"\x02([^\x03]*)\x03")
_COUNT: Final = re.compile(rb'"(\d{1,12})"')
_ODOMETER: Final = b'! U1 getvar "odometer.total_label_count"\r\n'


@dataclass(frozen=True)
class PrinterState:
    """What `~HS` said: the troubles in words, and what it has still to print."""

    troubles: tuple[str, ...]
    held: int  # formats in its buffer and labels of a batch that it has still to print


# Field by line and place (ZPL II programming guide, ~HS).
_TROUBLES: Final = (
    (0, 1, "paper-out"),
    (0, 2, "paused"),
    (0, 5, "buffer-full"),
    (0, 9, "memory-corrupt"),
    (0, 10, "too-cold"),
    (0, 11, "too-hot"),
    (1, 2, "head-open"),
    (1, 3, "ribbon-out"),
)


def state_of(answer: bytes) -> PrinterState | None:
    """The answer to `~HS`, or None if it is not one."""
    lines = [line.split(b",") for line in _STATUS.findall(answer)]
    if len(lines) < 3 or len(lines[0]) < 12 or len(lines[1]) < 9:
        return None
    try:
        troubles = tuple(
            say(f"printer.{name}") for line, place, name in _TROUBLES if int(lines[line][place])
        )
        return PrinterState(troubles, int(lines[0][4]) + int(lines[1][8]))
    except ValueError:
        return None


class Zebra:
    """One open connection to a printer; OSError when it breaks."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link

    def state(self) -> PrinterState | None:
        """Its state; None from a printer that does not answer."""
        return state_of(self._ask(b"~HS\r\n", lambda heard: heard.count(b"\x03") >= 3))

    def counted(self) -> int | None:
        """How many labels it has printed in its life; None if it cannot say."""
        found = _COUNT.search(self._ask(_ODOMETER, lambda heard: heard.count(b'"') >= 2))
        return int(found[1]) if found else None

    def send(self, format_: bytes) -> None:
        """Hand over a label's bytes."""
        self.link.sendall(format_)

    def printed_since(self, before: int) -> PrinterState | bool:
        """Whether one more label came out before the time is up, or what stopped it."""
        end = monotonic() + PRINT_SECONDS
        while monotonic() < end:
            if (now := self.counted()) is None:
                return False
            if now > before:
                return True
            state = self.state()
            if state and state.troubles:
                return state
            sleep(POLL_SECONDS)
        return False

    def _ask(self, question: bytes, enough: Callable[[bytes], bool]) -> bytes:
        """Ask, and listen until the answer is whole, the time is up or the line is closed."""
        self.link.sendall(question)
        heard, end = b"", monotonic() + ANSWER_SECONDS
        while not enough(heard) and (left := end - monotonic()) > 0:
            self.link.settimeout(left)
            try:
                more = self.link.recv(4096)
            except TimeoutError:
                break
            if not more:
                raise ConnectionError(say("printer.closed-the-line"))
            heard += more
        self.link.settimeout(ANSWER_SECONDS)
        return heard


def allowed_address(host: str, port: int, networks: Sequence[str]) -> str:
    """Where a printer's name leads, if that is in one of the networks; OSError if it is not.

    It is asked once, and the answer is what is connected to: the name may say another thing later.
    """
    known = [ip_network(one) for one in networks]
    for *_, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if any(ip_address(where[0]) in network for network in known):
            return str(where[0])
    raise OSError(say("printer.not-in-our-networks"))


@contextmanager
def connected(host: str, port: int, networks: Sequence[str]) -> Iterator[Zebra]:
    """A connection to a printer; OSError if there is none."""
    address = allowed_address(host, port, networks)
    with socket.create_connection((address, port), timeout=CONNECT_SECONDS) as link:
        link.settimeout(ANSWER_SECONDS)
        yield Zebra(link)
