"""Worlds for this folder, and a printer that answers within the patience of a test."""

from collections.abc import Iterator

import pytest

from lims.labelling import zebra
from tests.labelling.benches import placed
from tests.support.fake_printer import FakePrinter, fake_printer
from tests.support.scene_fixtures import received, released
from tests.support.worlds import World

__all__ = ["received", "released"]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zebra, "CONNECT_SECONDS", 1.0)
    monkeypatch.setattr(zebra, "ANSWER_SECONDS", 0.4)
    monkeypatch.setattr(zebra, "PRINT_SECONDS", 0.5)


@pytest.fixture
def printer(world: World) -> Iterator[FakePrinter]:
    """A printer of the laboratory that works until a test breaks it."""
    with fake_printer() as made:
        placed(world, made)
        yield made
