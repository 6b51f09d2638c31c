"""Frozen facts from rows: pages and rules get these, never a row that can be walked."""

import dataclasses
from typing import Any, TypeVar

T = TypeVar("T")


def facts(shape: type[T], row: object, **known: Any) -> T:
    """Copy exactly the fields that the shape names, from what is known or from the row."""
    names = [field.name for field in dataclasses.fields(shape)]  # type: ignore[arg-type]
    return shape(**{n: known[n] if n in known else getattr(row, n) for n in names})
