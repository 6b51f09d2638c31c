"""A label printer that speaks ZPL over TCP, prints on pictures, and can fail in every way."""

import io
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from threading import Event, Lock, Thread
from typing import Final

import zplkit
from PIL import Image
from zplkit import rendering

LARGE: Final = rendering.Limits(graphic_bytes=10_000_000)
ODOMETER: Final = b'! U1 getvar "odometer.total_label_count"'
_NEXT: Final = re.compile(rb'~HS(?:\r\n)?|! U1 getvar "([^"]*)"(?:\r\n)?|\^XA.*?\^XZ', re.DOTALL)
_COPIES: Final = re.compile(rb"\^PQ(\d+)[^\^~]*")


class Fault(Enum):
    """A way in which a printer fails."""

    PAPER_OUT = auto()  # says so before anything is sent
    HEAD_OPEN = auto()
    PAUSED = auto()
    SILENT = auto()  # takes and prints everything, answers nothing
    GARBAGE = auto()  # takes and prints everything, answers nonsense
    DROPS_BEFORE = auto()  # closes the line when it was asked how many it printed
    DROPS_AFTER = auto()  # prints, then closes the line without an answer
    DROPS_MIDWAY = auto()  # closes the line in the middle of a format; prints nothing
    JUMPS = auto()  # somebody else's label came out, and then the line drops; ours did not
    PAPER_ENDS = auto()  # the paper ends while it prints: it keeps the label for new paper
    BUSY = auto()  # takes the format, prints it only when it is told to


_SAYS: Final = {
    Fault.PAPER_OUT: (1, 0, 0),
    Fault.HEAD_OPEN: (0, 0, 1),
    Fault.PAUSED: (0, 1, 0),
    Fault.PAPER_ENDS: (1, 1, 0),
}


def render(format_: bytes, dpi: int, size: tuple[int, int] | None = None) -> Image.Image:
    """The dots that a format makes, by an emulator that is not ours; it knows no ^PQ."""
    wide, high = size or (_side(rb"\^PW(\d+)", format_), _side(rb"\^LL(\d+)", format_))
    options = zplkit.Options(width=wide, height=high, dpi=dpi)
    document = zplkit.render(_COPIES.sub(b"", format_), options, limits=LARGE)
    (scene,) = document.labels
    raster = scene.rasterize()
    return Image.frombytes("L", (raster.width, raster.height), raster.pixels)


def _side(command: bytes, format_: bytes) -> int:
    found = re.search(command, format_)
    assert found is not None, command
    return int(found[1])


@dataclass
class FakePrinter:
    """The printer's inside: what it was told, what came out, what is wrong with it."""

    dpi: int = 203
    fault: Fault | None = None
    count: int = 4711
    paper: list[bytes] = field(default_factory=list)  # each label as PNG
    questions: list[bytes] = field(default_factory=list)
    formats: list[bytes] = field(default_factory=list)  # everything that arrived, printed or not
    held: list[bytes] = field(default_factory=list)  # taken in, not on paper yet
    before_answer: Callable[[bytes], None] = lambda _question: None
    port: int = 0
    stop: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)

    @property
    def copies(self) -> int:
        """How many labels came out."""
        return len(self.paper)

    def mend(self) -> None:
        """New paper, closed head, a good line: what it had kept comes out first."""
        with self.lock:
            self.fault = None
            while self.held:
                self._print(self.held.pop(0))

    def has_printed(self, copies: int) -> None:
        """Wait until so many came out; fails after five seconds."""
        end = time.monotonic() + 5
        while self.copies != copies:
            assert time.monotonic() < end, (self.copies, copies)
            time.sleep(0.01)

    def somebody_else_prints(self, copies: int = 1) -> None:
        """Another client's labels come out."""
        with self.lock:
            self.count += copies

    def _print(self, format_: bytes) -> None:
        asked = _COPIES.search(format_)
        image = render(format_, self.dpi)
        out = io.BytesIO()
        image.save(out, "PNG")
        for _ in range(int(asked[1]) if asked else 1):
            self.paper.append(out.getvalue())
            self.count += 1

    def _status(self) -> bytes:
        paper, paused, head = _SAYS.get(self.fault, (0, 0, 0)) if self.fault else (0, 0, 0)
        remaining = len(self.held)  # a label being printed has left the receive buffer
        lines = (
            f"030,{paper},{paused},0800,000,0,0,0,000,0,0,0",
            f"000,0,{head},0,0,2,4,0,{remaining:08},1,000",
            "1234,0",
        )
        return b"".join(b"\x02%s\x03\r\n" % line.encode() for line in lines)

    def answer(self, link: socket.socket, question: bytes) -> bool:
        """React to one question; False: the line is closed."""
        self.questions.append(question)
        self.before_answer(question)
        if self.fault is Fault.SILENT:
            return True
        if self.fault is Fault.GARBAGE:
            link.sendall(b'\x02???\x03\x02,,\x03\x02\x03\r\n""')
            return True
        if question.startswith(b"~HS"):
            link.sendall(self._status())
            return True
        if self.fault is Fault.DROPS_BEFORE:
            return False
        known = question.startswith(ODOMETER)
        link.sendall(b'"%d"' % self.count if known else b'"?"')
        return True

    def take(self, format_: bytes) -> bool:
        """React to a whole format; False: the line is closed."""
        with self.lock:
            self.formats.append(format_)
            if self.fault is Fault.JUMPS:
                self.count += 2
                return False
            if self.fault in _SAYS or self.fault is Fault.BUSY:
                self.held.append(format_)
                return True
            self._print(format_)
            return self.fault is not Fault.DROPS_AFTER

    def serve(self, link: socket.socket) -> None:
        """Speak with one client until one of the two closes the line."""
        link.settimeout(0.05)
        heard = b""
        while not self.stop.is_set():
            try:
                more = link.recv(65_536)
            except TimeoutError:
                continue
            if not more:
                return
            heard += more
            if self.fault is Fault.DROPS_MIDWAY and b"^XA" in heard:
                return
            while found := _NEXT.search(heard):
                said, heard = found[0], heard[found.end() :]
                goes_on = (
                    self.take(said) if said.startswith(b"^XA") else self.answer(link, said.strip())
                )
                if not goes_on:
                    return


@contextmanager
def fake_printer(dpi: int = 203, fault: Fault | None = None) -> Iterator[FakePrinter]:
    """A printer that listens on a port of its own until the test is over."""
    printer = FakePrinter(dpi, fault)
    talks: list[Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        printer.port = server.getsockname()[1]

        def talk(link: socket.socket) -> None:
            with link, suppress(ConnectionError):
                printer.serve(link)

        def listen() -> None:
            while not printer.stop.is_set():
                try:
                    link, _ = server.accept()
                except TimeoutError:
                    continue
                talks.append(Thread(target=talk, args=(link,)))
                talks[-1].start()

        listener = Thread(target=listen)
        listener.start()
        try:
            yield printer
        finally:
            printer.stop.set()
            for thread in (listener, *talks):
                thread.join()


def until(happened: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something that another thread does; fail if it never happens."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)
