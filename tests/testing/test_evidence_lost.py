"""What was released on a result is stopped when the result is not proved any more."""

import pytest

from lims.accounts.actions import GrantRole, grant_role
from lims.core.rounding import Qualifier
from lims.demonstration.treating import D
from lims.deviations.actions import OpenDeviation, open_deviation
from lims.release.actions import JudgeLot, hold_lot, return_lot
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from lims.testing import amending
from lims.testing.queries import samples_of
from lims.testing.rules import ResultFacts
from lims.trust.identity.roles import Role
from tests.support.scenes import codes, read, row, stores_of
from tests.support.worlds import World


def result_of(world: World, lot: str, code: str) -> ResultFacts:
    (sample,) = read(world, samples_of, lot)
    return next(found for found in sample.results if found.code == code)


@pytest.mark.parametrize("how", ["invalid run", "proves nothing", "fails"])
def test_a_released_lot_goes_on_hold_when_a_result_of_its_release_falls(
    world: World, how: str
) -> None:
    lot = world.lots["product"]
    result = result_of(world, lot, "VIA").id
    if how == "invalid run":
        invalid = amending.InvalidateRun(result, "dead dye control")
        world.story.do("aiko", amending.invalidate_run, invalid, "quinn")
    else:
        sign, value = (
            (Qualifier.LESS, D(95)) if how == "proves nothing" else (Qualifier.EQUAL, D(60))
        )
        amended = amending.AmendResult(result, "misread", sign, value)
        world.story.do("ana", amending.amend_result, amended, "aiko")

    assert row(world, Lot, lot).standing is LotStanding.HOLD


def test_who_made_the_lot_countersigns_no_amendment_of_its_results(world: World) -> None:
    world.story.do("ada", grant_role, GrantRole("tian", Role.ANALYST), "quinn")
    world.story.actors.clear()
    result = result_of(world, world.lots["vehicle"], "PH").id
    amended = amending.AmendResult(result, "misread", Qualifier.EQUAL, D("7.1"))

    assert codes(world, "ana", amending.amend_result, amended, "tian") == {"your-hands"}


def test_qa_countersigns_no_invalid_run_of_her_own_result(world: World) -> None:
    world.story.do("ada", grant_role, GrantRole("quinn", Role.ANALYST), "qiu")
    world.story.actors.clear()
    lot = world.lots["vehicle"]
    amended = amending.AmendResult(result_of(world, lot, "PH").id, "x", Qualifier.EQUAL, D("7.2"))
    world.story.do("quinn", amending.amend_result, amended, "aiko")
    newest = [r for r in read(world, samples_of, lot)[0].results if r.code == "PH"][-1].id
    invalid = amending.InvalidateRun(newest, "buffer out of date")

    assert codes(world, "aiko", amending.invalidate_run, invalid, "quinn") == {"your-own-result"}


def test_a_material_with_an_open_deviation_stays_on_hold(world: World) -> None:
    from_hold = JudgeLot(stores_of(world).medium, "supplier withdrew the warning")
    world.story.do("quinn", hold_lot, from_hold)
    about = OpenDeviation(stores_of(world).medium, "colour changed")
    world.story.do("tang", open_deviation, about)

    assert codes(world, "qiu", return_lot, from_hold) == {"open-deviation"}
