"""Ward and laboratory in any order: whatever comes between, nothing wrong passes.

FUNIS_STEPS=10000 asks for so many steps on SQLite, and for a tenth of them on PostgreSQL.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from lims.accounts.actions import GrantRole, grant_role
from lims.bank.actions import FillVials, fill_vials
from lims.blinding.rules import Arm
from lims.core.quantities import CellCount
from lims.demonstration import freezing, making, treating
from lims.demonstration.executing import executed
from lims.protocol.steps import StepKind
from lims.release.actions import ReleaseLot, ReviewTrail, release_lot, review_trail
from lims.supplies.actions import MakeVehicle, make_vehicle
from lims.supplies.rules import LotKind
from lims.trust.identity.roles import Role
from tests.journeys.any_order.rules import AnyOrder
from tests.support.postgres import new_database
from tests.support.worlds import World, retold

ASKED = int(os.environ.get("FUNIS_STEPS", "1000"))
STEPS_OF_A_RULE = 5  # what comes between, and some that go on
FOR_ONE_GO = 500  # steps of which at least one ends with a GO in each arm


def furnished(world: World) -> World:
    """People with two roles, two light participants, and lots that expire soon or wait for QA."""
    story, stores = world.story, world.stores
    assert stores is not None
    for login, role in (("qiu", Role.TECHNICIAN), ("tang", Role.QA), ("ana", Role.QA)):
        story.do("ada", grant_role, GrantRole(login, role), "quinn")
    story.actors.clear()
    world.lots["second donor"] = making.a_donor(story)
    p0 = making.harvested(
        story, stores, making.isolated(story, stores, world.lots["second donor"]), 20
    )
    flasks = making.passaged(story, stores, p0, 2, 5_000_000)
    p1 = making.harvested(story, stores, flasks, 60 * 14)
    executed(story, StepKind.FILLING, p1.id)
    soon = story.today + timedelta(days=45)
    filling = FillVials(
        p1.id, LotKind.PRODUCT, 14, CellCount(Decimal(50_000_000)), soon,
        (stores.medium_for_freezing,), (stores.cabinet,),
    )  # fmt: skip
    product = story.do("tang", fill_vials, filling, "tian").number
    freezing.frozen(story, product)
    making.stored(story, product, stores.box, [f"J{n}" for n in range(1, 13)])
    mixing = MakeVehicle("Saline", soon, (stores.albumin, stores.saline), (stores.cabinet,))
    vehicle = story.do("qiu", make_vehicle, mixing).number
    making.tested(story, product)
    story.do("quinn", review_trail, ReviewTrail(product))
    story.do("quinn", release_lot, ReleaseLot(product))
    making.tested(story, vehicle)  # and waits for its release
    world.lots |= {"second product": product, "second vehicle": vehicle}
    world.participants += [treating.randomised(story, f"L{n}", f"H-L{n}", "46.0") for n in range(2)]
    world.site.engine.dispose()
    return world


def played(fresh: Callable[[], World], steps: int) -> Counter[Any]:
    """So many steps, each example in a fresh world; what was done, refused and said."""
    tally: Counter[Any] = Counter()
    rules = min(30, steps // 25)  # the first example is the plainest: a few more must follow
    while (left := steps - tally["steps"]) > 0:  # an example may end early
        asked = settings(
            max_examples=-(-left // (rules * STEPS_OF_A_RULE)),
            stateful_step_count=rules,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            derandomize=bool(os.environ.get("CI")),
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(lambda: AnyOrder(fresh(), tally), settings=asked)
    for key, times in sorted(tally.items(), key=str):
        print(f"{times:6} {key if isinstance(key, str) else ' '.join(map(str, key))}")
    return tally


def nothing_is_left_out(tally: Counter[Any], steps: int) -> None:
    """Both arms reached a GO several times, and steps were both done and refused."""
    assert tally["start_fill", "done"], tally
    least = steps // FOR_ONE_GO
    for arm in Arm if least else ():
        assert tally["GO", arm] >= least, (arm, tally)
        assert tally["STOP", arm], (arm, tally)
    for name in ("release_bag", "dispatch_bag", "start_fill", "draw_cells") if least else ():
        assert tally[name, "done"] >= least, (name, tally)
        assert tally[name, "refused"], (name, tally)


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
