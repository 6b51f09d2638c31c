"""Ward and laboratory in any order: whatever comes between, nothing wrong passes.

FUNIS_STEPS=10000 asks for so many steps on SQLite, and for a tenth of them on PostgreSQL.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from lims.blinding.models import Arm
from tests.journeys.any_order.eyes import furnished
from tests.journeys.any_order.rules import AnyOrder
from tests.support.postgres import new_database
from tests.support.worlds import World, retold

ASKED = int(os.environ.get("FUNIS_STEPS", "1500"))
RULES, STEPS_OF_A_RULE = 30, 3  # in one example; what comes between, and two that go on
FOR_ONE_GO = 250  # steps of which at least one ends with a GO in each arm


def played(fresh: Callable[[], World], steps: int) -> Counter[Any]:
    """So many steps, each example in a fresh world; what was done, refused and said."""
    tally: Counter[Any] = Counter()
    asked = settings(
        max_examples=-(-steps // (RULES * STEPS_OF_A_RULE)),
        stateful_step_count=RULES,
        deadline=None,
        database=None,
        derandomize=bool(os.environ.get("CI")),
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    while tally["steps"] < steps:  # an example may end early
        run_state_machine_as_test(lambda: AnyOrder(fresh(), tally), settings=asked)
    for key, times in sorted(tally.items(), key=str):
        print(f"{times:6} {key if isinstance(key, str) else ' '.join(map(str, key))}")
    return tally


def nothing_is_left_out(tally: Counter[Any], steps: int) -> None:
    """Both arms reached a GO several times, and steps were both done and refused."""
    least = max(1, steps // FOR_ONE_GO)
    for arm in Arm:
        assert tally["GO", arm] >= least, tally
        assert tally["STOP", arm] >= least, tally
    for name in ("release_bag", "dispatch_bag", "start_infusion", "draw_cells", "sign_fitness"):
        assert tally[name, "done"] >= least, (name, tally)
        assert tally[name, "refused"] >= 1, (name, tally)


def in_files(template: World, folder: Path) -> Callable[[], World]:
    """Makes copies of a world on SQLite, each in a folder of its own."""
    template.site.engine.dispose()
    source, numbers = str(template.site.engine.url.database), count()

    def copy() -> World:
        mine = folder / str(next(numbers))
        mine.mkdir(parents=True)
        shutil.copy(source, mine / "funis.sqlite")
        return retold(template, mine, f"sqlite:///{mine / 'funis.sqlite'}", folder.name)

    return copy


def in_clones(template: World, server: str, folder: Path) -> Callable[[], World]:
    """Makes copies of a world on PostgreSQL, each a database of its own."""
    template.site.engine.dispose()
    numbers = count()

    def copy() -> World:
        mine = folder / str(next(numbers))
        url = new_database(server, template.site.settings.database_url)
        mine.mkdir(parents=True)
        return retold(template, mine, url, folder.name)

    return copy


def test_nothing_wrong_passes_whatever_comes_between(told_world: World, tmp_path: Path) -> None:
    template = furnished(in_files(told_world, tmp_path / "template")())

    tally = played(in_files(template, tmp_path / "copies"), ASKED)

    nothing_is_left_out(tally, ASKED)


def test_nothing_wrong_passes_on_postgresql_either(
    told_on_postgres: World, postgres: str, tmp_path: Path
) -> None:
    template = furnished(in_clones(told_on_postgres, postgres, tmp_path / "template")())

    tally = played(in_clones(template, postgres, tmp_path / "copies"), ASKED // 10)

    nothing_is_left_out(tally, ASKED // 10)
