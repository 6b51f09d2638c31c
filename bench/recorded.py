"""What a disk has when the power goes: every write of a run recorded, and put together again.

strace notes what a program asks of the file system. At any moment of the run a file holds what was
synced before; of what was written since, each sector may be there or not. Names (made, renamed,
removed) and lengths are as a journalling file system has them: in their order.
"""

import os
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
CALLS = (
    "openat,creat,write,pwrite64,pwritev,pwritev2,lseek,ftruncate,fallocate,fsync,fdatasync,"
    "rename,renameat,renameat2,unlink,unlinkat,link"
)
_LINE = re.compile(rb"(\d+\.\d+) (\w+)\((.*)\)\s+= (-?\d+)(?:<(.*)>)? <(\d+\.\d+)>$")
_DESCRIPTOR = re.compile(rb"(\d+)<((?:[^<>]|\\x..)*)>(?:\(deleted\))?, ?(.*)", re.DOTALL)
_TEXT = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


def strace(notes: Path) -> list[str]:
    """The words before a command whose every write is noted in this folder, a file each process."""
    how = ["-ff", "-ttt", "-T", "-y", "-xx", "-qq", "-s", "20000000"]
    return ["strace", *how, "-e", f"trace={CALLS}", "-o", str(notes / "calls")]


@dataclass(frozen=True)
class Call:
    """One system call under the folder that matters, by when it came back."""

    end: float
    begin: float
    name: str
    path: str  # within the folder
    data: bytes = b""
    at: int = 0
    to: str = ""


@dataclass
class _File:
    sure: bytearray
    since: list[Call] = field(default_factory=list)

    def sync(self, before: float) -> None:
        for call in self.since:
            if call.end <= before:
                self.put(call.at, call.data)
        self.since = [call for call in self.since if call.end > before]

    def put(self, at: int, data: bytes) -> None:
        if len(self.sure) < at + len(data):
            self.sure.extend(bytes(at + len(data) - len(self.sure)))
        self.sure[at : at + len(data)] = data

    def lose(self, dice: random.Random) -> None:
        """Of what no sync made sure: all, nothing, or some of its sectors."""
        for call in self.since:
            fate = dice.choice(("there", "gone", "torn"))
            if fate == "there":
                self.put(call.at, call.data)
            elif fate == "torn":
                for at in range(0, len(call.data), SECTOR):
                    if dice.random() < 0.5:
                        self.put(call.at + at, call.data[at : at + SECTOR])


def recorded(notes: Path, folder: Path) -> list[Call]:
    """Every call of a run below this folder, in the order in which they came back."""
    found = [call for file in notes.iterdir() for call in _calls(file, str(folder))]
    return sorted(found, key=lambda call: call.end)


@dataclass
class _Disk:
    """A folder as a run leaves it, call by call."""

    folder: Path
    files: dict[str, _File] = field(default_factory=dict)

    def file(self, path: str) -> _File:
        if path not in self.files:
            there = self.folder / path
            self.files[path] = _File(bytearray(there.read_bytes() if there.exists() else b""))
        return self.files[path]

    def take(self, call: Call) -> None:
        """Let one more call have come back."""
        match call.name:
            case "write":
                self.file(call.path).since.append(call)
            case "sync" if call.path in self.files:  # a folder too can be synced
                self.file(call.path).sync(call.begin)
            case "length":
                _cut(self.file(call.path), call.at)
            case "longer":
                kept = self.file(call.path)
                kept.put(max(len(kept.sure), call.at), b"")
            case "made":
                self.file(call.path)
            case "renamed":
                self.files[call.to] = self.file(call.path)
                self.remove(call.path)
            case "removed":
                self.file(call.path)
                self.remove(call.path)

    def remove(self, path: str) -> None:
        del self.files[path]
        (self.folder / path).unlink(missing_ok=True)


def image(calls: list[Call], base: Path, target: Path, moment: float, dice: random.Random) -> int:
    """The folder as the power left it at this moment; how many writes were not yet sure."""
    shutil.copytree(base, target, symlinks=True)
    disk = _Disk(target)
    for call in calls:
        under_way = call.begin <= moment < call.end
        if call.end <= moment or (under_way and call.name == "write"):
            disk.take(call)
    unsure = sum(len(one.since) for one in disk.files.values())
    for path, one in disk.files.items():
        one.lose(dice)
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(one.sure)
    return unsure


def _cut(kept: _File, length: int) -> None:
    kept.sync(float("inf"))  # a length is a journal's; what was written before it comes with it
    del kept.sure[length:]
    kept.put(length, b"")


def _calls(file: Path, folder: str) -> Iterator[Call]:
    where: dict[int, int] = {}  # where each descriptor stands
    for line in file.read_bytes().splitlines():
        found = _LINE.match(line)
        if not found or int(found[4]) < 0:
            continue
        begin, name, result = float(found[1]), found[2].decode(), int(found[4])
        yield from (
            Call(begin + float(found[6]), begin, *told)
            for told in _told(name, found[3], result, found[5] or b"", where, folder)
        )


def _told(  # noqa: C901 -- a table of the calls
    name: str, given: bytes, result: int, made: bytes, where: dict[int, int], folder: str
) -> Iterator[tuple[str, str, bytes, int, str]]:
    if name in {"rename", "renameat", "renameat2", "link", "unlink", "unlinkat"}:
        # a server's relative names are below its folder
        texts = (_bytes(text) for text, _ in _TEXT.findall(given))
        names = [_within(os.fsencode(Path(folder) / os.fsdecode(text)), folder) for text in texts]
        if None in names:
            return
        if name.startswith("unlink"):
            yield "removed", str(names[0]), b"", 0, ""
        else:
            yield "renamed", str(names[0]), b"", 0, str(names[1])
        return
    if name in {"openat", "creat"}:
        path = _within(_plain(made), folder)
        where[result] = 0
        if path is None or b"O_DIRECTORY" in given:
            return
        if b"O_CREAT" in given or name == "creat":
            yield "made", path, b"", 0, ""
        if b"O_TRUNC" in given or name == "creat":
            yield "length", path, b"", 0, ""
        return
    descriptor = _DESCRIPTOR.match(given + b", ")
    if not descriptor:
        return
    number, path, rest = int(descriptor[1]), _within(_plain(descriptor[2]), folder), descriptor[3]
    if name == "lseek":
        where[number] = result
    if path is None:
        return
    numbers = [int(n) for n in re.findall(rb"(?:^|, )(\d+)(?=,|$)", _TEXT.sub(b"", rest))]
    data = b"".join(_bytes(text) for text, _ in _TEXT.findall(rest))[:result]
    match name:
        case "write":
            at = where.get(number, 0)
            where[number] = at + result
            yield "write", path, data, at, ""
        case "pwrite64" | "pwritev" | "pwritev2":
            at = numbers[-1] if name != "pwritev2" else numbers[-2]
            yield "write", path, data, at, ""
        case "fsync" | "fdatasync":
            yield "sync", path, b"", 0, ""
        case "ftruncate":
            yield "length", path, b"", numbers[-1], ""
        case "fallocate":
            yield "longer", path, b"", sum(numbers[-2:]), ""


def _bytes(escaped: bytes) -> bytes:
    return bytes.fromhex(escaped.replace(b"\\x", b"").decode())


def _plain(path: bytes) -> bytes:
    return _bytes(path) if path.startswith(b"\\x") else path


def _within(path: bytes, folder: str) -> str | None:
    """A path below the folder; None for any other."""
    name = os.fsdecode(path)
    return name[len(folder) + 1 :] if name.startswith(f"{folder}/") else None
