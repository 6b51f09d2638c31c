"""Faults of the program are logged with a number and hidden behind no person's refusal."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

import lims
from lims.bags.queries import bag
from lims.bags.rules import BagStanding
from lims.bank.rules import VialStanding
from lims.core.errors import Refused
from lims.core.quantities import Celsius
from lims.core.trouble import is_taken
from lims.demonstration import making
from lims.dispatch import actions as dispatch
from lims.donation import actions as donation
from lims.donation.queries import donor as find_donor
from lims.filling import actions as filling
from lims.filling.queries import fill
from lims.orders.queries import order
from lims.orders.rules import OrderStanding
from lims.trial import actions as trial
from lims.trial import ordering
from lims.trust.context import Work
from lims.unblinding.actions import BreakCode, break_code
from lims.unblinding.rules import BreakReason
from tests.nothing_wrong.doing import GOOD_COUNT, Count, D, begun_for_both, draw, sent
from tests.support.at_once import at_once, deed
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, counted_too, read
from tests.support.scenes import two_released as released_on
from tests.support.worlds import World


def test_a_life_of_a_hundred_million_years_is_refused_and_the_page_stays(world: World) -> None:
    body = {"name": "Trypsin", "supplier": "B", "supplier_lot": "1", "expires_on": "2030-01-01",
            "in_use_life": "87600"}  # fmt: skip
    assert sent(world, "tian", "supplies/receive-material",
                body | {"in_use_life": "999999999999"}).status_code == 422  # fmt: skip
    number = sent(world, "tian", "supplies/receive-material", body).get_json()["number"]
    accept = {"number": number, "certificate": "CoA"}
    assert sent(world, "quinn", "supplies/accept-material", accept).status_code == 200
    assert world.client("tang").get(f"/supplies/materials/{number}").status_code == 200


@pytest.mark.parametrize("end", [VialStanding.DESTROYED, VialStanding.QC, VialStanding.RETAINED])
def test_vials_that_were_picked_and_then_destroyed_are_drawn_without_a_crash(
    world: World, end: VialStanding
) -> None:
    cells, _, _ = begun_for_both(world)
    for number in read(world, fill, cells.bag).vials:
        body = {"vial": number, "what_for": end.value, "reason": "fell on the floor"}
        assert sent(world, "tang", "bank/take-vial", body).status_code in {200, 409}
    wanted = draw(cells.bag, GOOD_COUNT)
    assert codes(world, "tang", filling.draw_cells, wanted, "tian")
    assert world.client("tang").get(f"/filling/bags/{cells.bag}").status_code == 200


def test_one_of_three_picked_vials_destroyed_leaves_a_dose_of_the_others(world: World) -> None:
    cells, _, _ = begun_for_both(world)
    first, *others = read(world, fill, cells.bag).vials
    gone = {"vial": first, "what_for": "destroyed", "reason": "cracked"}
    if sent(world, "tang", "bank/take-vial", gone).status_code == 200:
        for number in others:
            thaw = filling.ThawForBag(cells.bag, number)
            world.story.do("tang", filling.thaw_for_bag, thaw)
        wanted = draw(cells.bag, Count(440, 24, 8, "20", "7.2"))  # of two vials
        found = codes(world, "tang", filling.draw_cells, counted_too(world, wanted), "tian")
        assert found == {"not-enough-cells"}
    assert world.client("tang").get(f"/filling/bags/{cells.bag}").status_code == 200


def breaking(monkeypatch: pytest.MonkeyPatch, forge: Any) -> None:
    """The weighing's function does something that no function of ours may do."""

    def function(work: Work, wanted: trial.Weigh) -> Any:
        return forge(work, wanted)

    function.__name__, function.__module__ = "weigh", "lims.trial.actions"  # its route's path
    monkeypatch.setitem(trial.weigh.__dict__, "function", function)


def forge_insert_only(work: Work, wanted: trial.Weigh) -> Any:
    work.session.connection().execute(text("UPDATE signature SET meaning = 'forged'"))
    raise AssertionError(wanted)


def forge_nothing(work: Work, wanted: trial.Weigh) -> Any:
    work.session.connection().execute(text("UPDATE lot SET name = NULL"))
    raise AssertionError(wanted)


def forge_foreign(work: Work, wanted: trial.Weigh) -> Any:
    work.session.connection().execute(text("UPDATE vial SET lot = 'nobody'"))
    raise AssertionError(wanted)


@pytest.mark.parametrize("forge", [forge_insert_only, forge_nothing, forge_foreign])
def test_a_forged_change_is_a_logged_fault_with_a_number_and_no_conflict(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, forge: Any
) -> None:
    breaking(monkeypatch, forge)
    body = {"participant": world.participants[0], "visit": 1, "weight": "72.5", "scale": "3"}
    answer = sent(world, "nora", "trial/weigh", body)
    assert answer.status_code == 500
    number = re.search(r"fault ([0-9a-f]{6,})", answer.text)
    assert number
    assert number[1] in caplog.text
    assert "same kind" not in answer.text
    assert "UPDATE" not in answer.text


def test_only_a_unique_violation_is_something_of_the_same_kind() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL CHECK (b <> 'x'))")
    connection.execute("INSERT INTO t VALUES (1, 'y')")
    said = {}
    for values in ("(1, 'z')", "(2, NULL)", "(3, 'x')"):
        with pytest.raises(sqlite3.IntegrityError) as error:
            connection.execute(f"INSERT INTO t VALUES {values}")
        said[values] = is_taken(IntegrityError("", {}, error.value))
    assert said == {"(1, 'z')": True, "(2, NULL)": False, "(3, 'x')": False}


def test_a_bag_is_dispatched_or_its_order_cancelled_but_never_both(either_world: World) -> None:
    world = either_world
    for baby in released_on(world):
        leaves = dispatch.DispatchBag(baby.bag, "courier Bo", Celsius(D(5)))
        off = ordering.OfOrder(baby.order, "a fever")
        said = at_once([
            deed(world, "tang", dispatch.dispatch_bag, leaves),
            deed(world, "nora", ordering.cancel_order, off),
        ])  # fmt: skip
        assert len([one for one in said if isinstance(one, Refused)]) == 1
        sent_off = read(world, bag, baby.bag).standing is BagStanding.DISPATCHED
        cancelled = read(world, order, baby.order).standing is OrderStanding.CANCELLED
        assert sent_off is not cancelled


def test_no_english_words_steer_the_program() -> None:
    steering = re.compile(r"""says\.(startswith|split|lower)|\bin words\.lower\(\)""")
    found = []
    for path in Path(lims.__file__).parent.rglob("*.py"):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if steering.search(line):
                found.append(f"{path.name}:{number}: {line.strip()}")
    assert found == []


def test_an_informative_marker_outside_the_window_blocks_nobody(world: World) -> None:
    donor = making.a_donor(world.story, decide=False)
    late = donation.EnterSerology(
        donor, "CMV IgG", world.clock.now - making.timedelta(days=30), True, "Central laboratory"
    )
    world.story.do("ana", donation.enter_serology, late)
    decide = donation.DecideEligibility(donor, True, "all required not reactive")
    world.story.do("quinn", donation.decide_eligibility, decide)
    assert read(world, find_donor, donor).standing == "eligible"


@pytest.mark.parametrize("stratum", ["all", "ALL ", "NORTH", ""])
def test_a_stratum_is_one_of_the_protocols(world: World, stratum: str) -> None:
    body = {"initials": "P", "sex": "female", "hospital_number": "H-77", "consent_version": "3",
            "born_on": "1976-05-04", "consent_at": world.clock.now.isoformat(),
            "stratum": stratum}  # fmt: skip
    assert sent(world, "ines", "trial/register-participant", body).status_code in {409, 422}


def test_a_code_break_says_the_protocols_words(world: World) -> None:
    word = BreakCode(world.participants[0], next(iter(BreakReason)), "an anaphylactic shock")
    said = world.story.do("ines", break_code, word).once
    assert "UC-MSC cells" in said
    assert "脐带间充质干细胞" in said
    source = "\n".join(p.read_text("utf-8") for p in Path(lims.__file__).parent.rglob("*.py"))
    assert "UC-MSC" not in source


@pytest.mark.parametrize("visit", [999999, 10**15, 0, -1, 51, 4])
def test_an_order_for_an_infusion_that_is_none_is_refused_and_nothing_crashes(
    world: World, visit: int
) -> None:
    slot = world.clock.now.isoformat()
    body = {"participant": world.participants[0], "visit": visit, "slot_at": slot}
    assert sent(world, "nora", "trial/order-infusion", body).status_code in {409, 422}
    weigh = {"participant": world.participants[0], "visit": visit, "weight": "72", "scale": "3"}
    assert sent(world, "nora", "trial/weigh", weigh).status_code in {409, 422}
    fit = {"participant": world.participants[0], "visit": visit, "fit": True, "reason": "well"}
    assert sent(world, "ines", "trial/sign-fitness", fit).status_code in {409, 422}


@pytest.mark.parametrize("slot", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00-14:00"])
def test_a_slot_at_the_end_of_time_is_refused(world: World, slot: str) -> None:
    body = {"participant": world.participants[0], "visit": 1, "slot_at": slot}
    assert sent(world, "nora", "trial/order-infusion", body).status_code == 422


def test_a_received_bag_stays_with_its_order(received: Scene) -> None:
    world, cells, _ = received
    off = ordering.OfOrder(cells.order, "a fever")
    assert codes(world, "nora", ordering.cancel_order, off) == {"bag-on-its-way"}
