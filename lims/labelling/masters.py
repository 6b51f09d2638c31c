"""Label masters: files that QA can read, versioned; no label is drawn from anything else."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lims.core.errors import Missing


@dataclass(frozen=True)
class TextField:
    """A line of text; lengths in mm from the upper left corner."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = False


@dataclass(frozen=True)
class SymbolField:
    """A Data Matrix or Code 128; `module` is the X dimension in mm."""

    x: float
    y: float
    module: float
    value: str
    height: float = 0


@dataclass(frozen=True)
class Master:
    """A label as it was approved."""

    name: str
    version: int
    width: float
    height: float
    fields: tuple[str, ...]
    texts: tuple[TextField, ...]
    data_matrix: SymbolField
    code_128: SymbolField | None


@cache
def load_master(folder: Path, name: str) -> Master:
    """Read a master; a missing entry in its file is an error at once."""
    path = folder / f"{name}.toml"
    if not path.is_file():
        raise Missing("label master")
    data: Mapping[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return Master(
        name=data["name"],
        version=data["version"],
        width=data["width"],
        height=data["height"],
        fields=tuple(data["fields"]),
        texts=tuple(TextField(**text) for text in data["texts"]),
        data_matrix=SymbolField(**data["datamatrix"]),
        code_128=SymbolField(**data["code128"]) if "code128" in data else None,
    )
