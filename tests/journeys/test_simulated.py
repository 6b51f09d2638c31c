"""Seeds: each a world of its own in which processes die, answers are lost and clocks jump."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.simulated import simulate
from tests.journeys.test_any_order import furnished, in_files
from tests.support.worlds import World

FIRST, LAST = (int(n) for n in os.environ.get("FUNIS_SEEDS", "0:24").split(":"))
PARTS = 2  # one for each core


@pytest.mark.parametrize("part", range(PARTS))
def test_no_seed_loses_doubles_or_contradicts_anything(
    told_world: World, tmp_path: Path, part: int
) -> None:
    template = furnished(in_files(told_world, tmp_path / "template")())
    tally: Counter[Any] = Counter()
    for seed in range(FIRST + part, LAST, PARTS):
        try:
            tally += simulate(template, tmp_path / f"seed-{seed}", seed)
        except BaseException as error:
            error.add_note(f"seed {seed}: FUNIS_SEEDS={seed}:{seed + 1}")
            raise
    print({name: times for name, times in tally.items() if isinstance(name, str)})
    assert tally["crashes"] >= tally["seeds"]
    assert tally["acknowledged"] > 5 * tally["seeds"]
