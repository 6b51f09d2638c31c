"""Label masters: files that QA can read, versioned; no label is drawn from anything else."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from string import Formatter
from typing import Any

from lims.core.errors import Missing, Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.identifiers.numbers import Kind

_NAME = re.compile(r"[a-z]+(-[a-z]+)*", re.ASCII)
GIVEN = frozenset({"code", "number"})  # every label has them; the rest are a master's own fields


@dataclass(frozen=True)
class Text:
    """A line of text: fixed words in the protocol's languages, then what is filled in.

    Lengths in mm from the upper left corner. A text wider than `width` shrinks to `smallest`
    at the least; if that is not given it is refused.
    """

    x: float
    y: float
    size: float
    bold: bool = False
    en: str = ""
    zh: str = ""
    value: str = ""
    width: float | None = None
    smallest: float | None = None

    def words(self, languages: tuple[str, ...]) -> str:
        """The fixed words in these languages, then the placeholders, as one line."""
        fixed = [getattr(self, language, "") for language in languages]
        return " ".join(part for part in (*fixed, self.value) if part)


@dataclass(frozen=True)
class Symbol:
    """A Data Matrix or Code 128; `module` is the X dimension in mm."""

    x: float
    y: float
    module: float
    value: str = "{code}"
    height: float = 0


@dataclass(frozen=True)
class Master:
    """One version of a label; `diameter` in mm is of the tube that it is wrapped round."""

    name: str
    version: int
    digest: str
    title: str
    kinds: tuple[Kind, ...]
    width: float
    height: float
    diameter: float
    texts: tuple[Text, ...]
    data_matrix: Symbol
    code_128: Symbol | None
    sample: Mapping[str, str]

    @property
    def fields(self) -> frozenset[str]:
        """What must be filled in, besides number and code."""
        values = [*(text.value for text in self.texts), self.data_matrix.value]
        if self.code_128:
            values.append(self.code_128.value)
        names = {name for value in values for _, name, _, _ in Formatter().parse(value) if name}
        return frozenset(names) - GIVEN

    def __hash__(self) -> int:
        return hash(self.digest)


def load_master(folder: Path, name: str, version: int) -> Master:
    """Read one version of a master; an entry that is missing or unknown is an error at once."""
    path = folder / name / f"{version}.toml"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise Missing(say("thing.label_master"))
    try:
        return _parsed(name, version, path.read_bytes())
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        broken = Reason("master-broken", name=name, version=version, error=error)
        raise Refused(broken) from error


@cache
def _parsed(name: str, version: int, file: bytes) -> Master:
    data: dict[str, Any] = tomllib.loads(file.decode("utf-8"))
    bars = data.pop("code_128", None)
    return Master(
        name=name,
        version=version,
        digest=sha256(file).hexdigest(),
        title=data.pop("title"),
        kinds=tuple(Kind(letter) for letter in data.pop("kinds")),
        width=data.pop("width"),
        height=data.pop("height"),
        diameter=data.pop("diameter", 0),
        texts=tuple(Text(**text) for text in data.pop("texts")),
        data_matrix=Symbol(**data.pop("data_matrix")),
        code_128=Symbol(**bars) if bars else None,
        sample=data.pop("sample", {}),
        **data,  # anything left is unknown, and refused
    )


def masters_in(folder: Path) -> list[tuple[str, int]]:
    """Every master and version that lies in the folder, in order."""
    return sorted(
        (path.parent.name, int(path.stem))
        for path in folder.glob("*/*.toml")
        if path.stem.isdigit() and _NAME.fullmatch(path.parent.name)
    )


def readable_masters(folder: Path) -> list[tuple[str, Master]]:
    """Every master that can be read, by name, the newest version last."""
    found = []
    for name, version in masters_in(folder):
        try:
            found.append((name, load_master(folder, name, version)))
        except Refused:  # its own page says what is wrong with the file
            continue
    return found


@dataclass(frozen=True)
class Sheet:
    """A sheet of labels for an office printer; lengths in mm, labels count from the upper left."""

    page: tuple[float, float]
    label: tuple[float, float]
    columns: int
    rows: int
    left: float
    top: float
    across: float
    down: float

    def takes(self, master: Master) -> bool:
        """Whether the label has room on one of the sheet's labels."""
        return master.width <= self.label[0] and master.height <= self.label[1]

    def place(self, position: int) -> tuple[float, float]:
        """Left and top of a position on its page, in mm."""
        row, column = divmod(position % (self.rows * self.columns), self.columns)
        return self.left + column * self.across, self.top + row * self.down


def load_sheets(folder: Path) -> dict[str, Sheet]:
    """The sheets that an installation has, by name."""
    data = tomllib.loads((folder / "sheets.toml").read_text(encoding="utf-8"))
    return {
        name: Sheet(**{**entry, "page": tuple(entry["page"]), "label": tuple(entry["label"])})
        for name, entry in data.items()
    }
