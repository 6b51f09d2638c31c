"""Whoever has no database: an inspector with one file verifies everything, by two programs."""

import gzip
import json
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from docs.verify_archive import check
from lims.cli import main
from lims.trust.trail.anchors import told
from lims.trust.trail.archive import Archive, NoArchiveError, write_archive
from lims.trust.trail.seals import last_seal
from lims.trust.trail.verify import Database, verify
from tests.support.worlds import World

Lines = list[dict[str, Any]]
ROOT = Path(__file__).resolve().parents[2]


def exported(world: World, folder: Path) -> Path:
    file = folder / "trail.gz"
    with world.site.reading() as session:
        write_archive(Database(session), world.site.key.public_key(), file)
    return file


def lines_of(file: Path) -> Lines:
    with gzip.open(file, "rt", encoding="utf-8") as read:
        return [json.loads(line) for line in read]


def rewritten(lines: Lines, folder: Path) -> Path:
    file = folder / "changed.gz"
    with gzip.open(file, "wt", encoding="utf-8") as written:
        written.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return file


def both(file: Path, anchor: str = "") -> tuple[tuple[str, ...], list[str]]:
    """What Funis finds, and what the other verifier finds."""
    archive = Archive(file)
    return verify(archive, archive.key, anchor).faults, check(file, anchor=anchor)


def test_an_exported_trail_is_whole_for_both(either_world: World, tmp_path: Path) -> None:
    file = exported(either_world, tmp_path)
    assert both(file) == ((), [])
    assert file.stat().st_mode & 0o077 == 0
    with either_world.site.reading() as session:
        here = verify(Database(session), either_world.site.key.public_key())
    archive = Archive(file)
    there = verify(archive, archive.key)
    assert (there.entries, there.rows, there.seals) == (here.entries, here.rows, here.seals)
    assert there.rows > 300


def of(lines: Lines, kind: str) -> list[int]:
    return [place for place, line in enumerate(lines) if kind in line]


def payload(lines: Lines, place: int, change: Callable[[dict[str, Any]], None]) -> None:
    read = json.loads(b64decode(lines[place]["entry"][3]))
    change(read)
    lines[place]["entry"][3] = b64encode(json.dumps(read).encode()).decode()


def swap(lines: Lines, first: int, second: int) -> None:
    lines[first], lines[second] = lines[second], lines[first]


def row_of(lines: Lines, table: str) -> int:
    return next(p for p in of(lines, "row") if lines[p]["row"][0] == table)


PLANTED: dict[str, Callable[[Lines], Any]] = {
    "an entry says another name": lambda k: payload(
        k, of(k, "entry")[40], lambda e: e.update(by="somebody else")
    ),
    "an entry is left out": lambda k: k.pop(of(k, "entry")[50]),
    "the last entry is left out": lambda k: k.pop(of(k, "entry")[-1]),
    "an entry stands twice": lambda k: k.insert(of(k, "entry")[9], k[of(k, "entry")[9]]),
    "an entry is in another batch": lambda k: k[of(k, "entry")[30]]["entry"].__setitem__(2, 3),
    "a seal is left out": lambda k: k.pop(of(k, "seal")[20]),
    "the last seal is left out": lambda k: k.pop(of(k, "seal")[-1]),
    "a seal has another moment": lambda k: k[of(k, "seal")[7]]["seal"].update(
        at="2026-01-01T00:00:00+00:00"
    ),
    "a seal has another root": lambda k: k[of(k, "seal")[7]]["seal"].update(root="0" * 64),
    "two seals changed places": lambda k: swap(k, *of(k, "seal")[4:6]),
    "a seal cannot be read": lambda k: k[of(k, "seal")[6]].update(seal=None),
    "a head is shorter": lambda k: k[of(k, "head")[3]]["head"].__setitem__(1, 1_000),
    "a head is left out": lambda k: k.pop(of(k, "head")[3]),
    "a result was turned": lambda k: k[row_of(k, "result")]["row"][2].update(outcome="maybe"),
    "a vial was taken away": lambda k: k.pop(row_of(k, "vial")),
    "a release was put there": lambda k: k.append(
        {"row": ["release_decision", "999", {"lot": "LML26000001K"}]}
    ),
    "a role was changed": lambda k: k[row_of(k, "role_grant")]["row"][2].update(role="qa2"),
}


@pytest.mark.parametrize("what", PLANTED)
def test_whatever_is_changed_in_it_both_find(world: World, tmp_path: Path, what: str) -> None:
    lines = lines_of(exported(world, tmp_path))
    PLANTED[what](lines)
    ours, theirs = both(rewritten(lines, tmp_path))
    assert ours
    assert theirs


def test_an_anchor_that_is_not_in_it_both_miss(world: World, tmp_path: Path) -> None:
    file = exported(world, tmp_path)
    with world.site.engine.connect() as connection:
        newest = told(last_seal(connection))
    assert both(file, newest) == ((), [])
    number, rest = newest.split("/", 1)
    ours, theirs = both(file, f"{int(number) + 1}/{rest}")
    assert ours
    assert theirs


def test_no_secret_is_in_it(world: World, tmp_path: Path) -> None:
    text = "".join(json.dumps(line) for line in lines_of(exported(world, tmp_path)))
    assert "$argon2" not in text


def test_it_is_exported_and_verified_by_commands_and_by_a_copied_file(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lims.trail.the_site", lambda: world.site)
    file = tmp_path / "trail.gz"
    made = CliRunner().invoke(main, ["trail", "export", str(file)])
    assert made.exit_code == 0, made.output
    assert CliRunner().invoke(main, ["trail", "export", str(file)]).exit_code == 1
    key = world.site.key.public_key().public_bytes_raw().hex()
    fine = CliRunner().invoke(main, ["verify", str(file), "--key", key])
    assert fine.exit_code == 0, fine.output
    assert key in fine.output
    assert CliRunner().invoke(main, ["verify", str(file), "--key", "00" * 32]).exit_code == 1
    copied = tmp_path / "alone.py"
    copied.write_bytes((ROOT / "docs/verify_archive.py").read_bytes())
    alone = subprocess.run(
        [sys.executable, "-I", str(copied), str(file), "--key", key],
        check=False, capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert (alone.returncode, alone.stdout) == (0, "0 faults\n"), alone.stderr


NO_ARCHIVES = {
    "empty": b"",
    "a letter": b"x",
    "nothing packed": gzip.compress(b"", mtime=0),
    "no format": gzip.compress(b"{}\n", mtime=0),
    "another format": gzip.compress(b'{"format": "other"}\n', mtime=0),
}


@pytest.mark.parametrize("what", NO_ARCHIVES)
def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path, what: str) -> None:
    file = tmp_path / "odd.gz"
    file.write_bytes(NO_ARCHIVES[what])
    with pytest.raises(NoArchiveError):
        Archive(file)
    told = CliRunner().invoke(main, ["verify", str(file)])
    assert told.exit_code == 1
    assert "no exported trail" in told.output


def test_the_other_verifier_shares_no_line_with_this_program() -> None:
    text = (ROOT / "docs/verify_archive.py").read_text()
    assert "lims" not in [
        word for line in text.split("\n") if "import" in line for word in line.split()
    ]
